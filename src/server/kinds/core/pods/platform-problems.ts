import { fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { isObject, type JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../../object/field-error.js';

/** A container of any list of a pod, and its path. */
interface Place {
  readonly container: JsonObject;
  readonly path: string;
}

function containersOf(spec: JsonObject, path: string): Place[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    objectsOf(spec[list]).map((container, index) => ({ container, path: `${path}.${list}[${index}]` })),
  );
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null;

/** Validates what a pod asks for whose users are not those of the node. */
export function hostUsersProblems(spec: JsonObject, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const why = 'when `hostUsers` is false';
  const errors: FieldError[] = [];
  if (spec.hostNetwork === true) errors.push(forbiddenField(`${path}.hostNetwork`, why));
  // kube-apiserver writes these two paths with a capital.
  if (spec.hostPID === true) errors.push(forbiddenField(`${path}.HostPID`, why));
  if (spec.hostIPC === true) errors.push(forbiddenField(`${path}.HostIPC`, why));
  for (const { container, path: at } of containersOf(spec, path))
    if (listOf(container.volumeDevices).length > 0) errors.push(forbiddenField(`${at}.volumeDevices`, why));
  return errors;
}

/** Validates HostProcess containers of Windows: all containers of a pod are, or none. */
export function hostProcessProblems(spec: JsonObject, path: string): FieldError[] {
  const ofPod = hostProcessOf(spec);
  const containers = containersOf(spec, path);
  const errors: FieldError[] = [];
  let count = 0;
  for (const { container, path: at } of containers) {
    const own = hostProcessOf(container);
    if (isSet(ofPod) && isSet(own) && own !== ofPod) {
      const why = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalidValue(`${at}.securityContext.windowsOptions.hostProcess`, own, why));
    }
    if ((own ?? ofPod) === true) count++;
  }
  if (count === 0) return errors;
  if (count !== containers.length) {
    const why = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalidValue(path, '', why));
  }
  if (spec.hostNetwork !== true) {
    const why = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalidValue(`${path}.hostNetwork`, false, why));
  }
  return errors;
}

function hostProcessOf({ securityContext }: JsonObject): unknown {
  return fieldsOf(fieldsOf(securityContext).windowsOptions).hostProcess ?? undefined;
}

const systems = ['linux', 'windows'];

/** Validates the operating system of a pod, and that the pod has nothing of the other one. */
export function osProblems(spec: JsonObject, path: string): FieldError[] {
  if (!isSet(spec.os)) return [];
  const name = textOf(fieldsOf(spec.os).name);
  if (name === '') return [required(`${path}.os.name`)];
  if (!systems.includes(name)) return [notSupported(`${path}.os`, name, systems)];
  return name === 'linux' ? linuxProblems(spec, path) : windowsProblems(spec, path);
}

function linuxProblems(spec: JsonObject, path: string): FieldError[] {
  const places = [{ container: spec, path }, ...containersOf(spec, path)];
  return places
    .filter(({ container }) => isSet(fieldsOf(container.securityContext).windowsOptions))
    .map(({ path: at }) =>
      forbiddenField(`${at}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod'),
    );
}

/** The fields of a pod that Windows does not have, in the order in which kube-apiserver complains. True ones stand in the spec. */
const podFields: readonly (readonly [string, inSpec?: boolean])[] = [
  ['appArmorProfile'],
  ['seLinuxOptions'],
  ['hostUsers', true],
  ['hostPID', true],
  ['hostIPC', true],
  ['seccompProfile'],
  ['fsGroup'],
  ['fsGroupChangePolicy'],
  ['sysctls'],
  ['shareProcessNamespace', true],
  ['runAsUser'],
  ['runAsGroup'],
  ['supplementalGroups'],
  ['supplementalGroupsPolicy'],
  ['seLinuxChangePolicy'],
];

const containerFields = [
  ...['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged'],
  ...['allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'],
];

function windowsProblems(spec: JsonObject, path: string): FieldError[] {
  const why = 'cannot be set for a windows pod';
  const context = fieldsOf(spec.securityContext);
  const isUsed = (value: unknown): boolean => isSet(value) && value !== false && !isEmptyList(value);
  const errors = podFields.flatMap(([field, inSpec = false]) => {
    const value = (inSpec ? spec : context)[field];
    // The pointers among the fields of the spec may say false.
    const isThere = field === 'hostUsers' || field === 'shareProcessNamespace' ? isSet(value) : isUsed(value);
    return isThere ? [forbiddenField(inSpec ? `${path}.${field}` : `${path}.securityContext.${field}`, why)] : [];
  });
  const ofContainers = containersOf(spec, path).flatMap(({ container, path: at }) => {
    const own = container.securityContext;
    if (!isObject(own)) return [];
    return containerFields
      .filter((field) => isSet(own[field]))
      .map((field) => forbiddenField(`${at}.securityContext.${field}`, why));
  });
  return [...errors, ...ofContainers];
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
