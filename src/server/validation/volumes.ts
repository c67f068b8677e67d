import { dns1123LabelProblems } from '../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../fields.js';
import type { JsonObject } from '../patch/json-value.js';
import { fieldRefProblems, fileFields, resourceRefProblems } from './env.js';
import { duplicate, type FieldError, forbiddenField, invalidValue, notFoundValue, required } from './field-error.js';
import { backstepProblems, relativePathProblems } from './values.js';

/** What is wrong with the volumes of a pod. */
export function volumeProblems(spec: JsonObject, path: string): FieldError[] {
  const names = new Set<string>();
  return objectsOf(spec.volumes).flatMap((volume, index) => {
    const at = `${path}.volumes[${index}]`;
    const errors = sourceProblems(volume, at);
    const name = textOf(volume.name);
    if (name === '') return errors;
    for (const why of dns1123LabelProblems(name)) errors.push(invalidValue(`${at}.name`, name, why));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    return errors;
  });
}

/** The sources in the order in which they are looked at: what follows the first is one too many. */
const order = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
];

function sourceProblems(volume: JsonObject, path: string): FieldError[] {
  const [first, ...others] = order.filter((kind) => volume[kind] !== undefined && volume[kind] !== null);
  if (first === undefined) {
    const unknown = Object.keys(volume).some((key) => key !== 'name');
    return unknown ? [] : [required(path, 'must specify a volume type')];
  }
  return [
    ...(checks[first]?.(fieldsOf(volume[first]), `${path}.${first}`) ?? []),
    ...others.map((kind) => forbiddenField(`${path}.${kind}`, 'may not specify more than 1 volume type')),
  ];
}

const checks: { readonly [kind: string]: (source: JsonObject, path: string) => FieldError[] } = {
  hostPath: (source, path) => backstepProblems(`${path}.path`, textOf(source.path)),
  gitRepo: (source, path) => relativePathProblems(`${path}.directory`, textOf(source.directory)),
  secret: (source, path) => [...named(source, path, 'secretName'), ...fileProblems(source, path)],
  configMap: (source, path) => [...named(source, path, 'name'), ...fileProblems(source, path)],
  nfs: (source, path) =>
    textOf(source.path).startsWith('/')
      ? []
      : [invalidValue(`${path}.path`, textOf(source.path), 'must be an absolute path')],
  downwardAPI: (source, path) => [
    ...modeProblems(source.defaultMode, `${path}.defaultMode`),
    ...objectsOf(source.items).flatMap((file) => downwardFileProblems(file, path)),
  ],
  projected: (source, path) => [
    ...modeProblems(source.defaultMode, `${path}.defaultMode`),
    ...objectsOf(source.sources).flatMap((one, index) => projectionProblems(one, `${path}.sources[${index}]`, path)),
  ],
  ephemeral: (source, path) =>
    source.volumeClaimTemplate === undefined ? [required(`${path}.volumeClaimTemplate`)] : [],
};

function named(source: JsonObject, path: string, field: string): FieldError[] {
  return textOf(source[field]) === '' ? [required(`${path}.${field}`)] : [];
}

function modeProblems(mode: unknown, field: string): FieldError[] {
  const number = numberOf(mode) ?? 0;
  return number < 0 || number > 0o777
    ? [invalidValue(field, number, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : [];
}

/** Keys laid out as files: below the volume, and not among the names that the kubelet keeps for itself. */
function fileProblems(source: JsonObject, path: string): FieldError[] {
  return [
    ...modeProblems(source.defaultMode, `${path}.defaultMode`),
    ...objectsOf(source.items).flatMap((item, index) => {
      const at = `${path}.items[${index}]`;
      return [...localPathProblems(`${at}.path`, textOf(item.path)), ...modeProblems(item.mode, `${at}.mode`)];
    }),
  ];
}

function localPathProblems(field: string, path: string): FieldError[] {
  const errors = relativePathProblems(field, path);
  if (path.startsWith('..') && !path.startsWith('../'))
    errors.push(invalidValue(field, path, "must not start with '..'"));
  return errors;
}

/** The real server names no index here. */
function downwardFileProblems(file: JsonObject, path: string): FieldError[] {
  const errors = localPathProblems(`${path}.path`, textOf(file.path));
  const [field, resource] = [file.fieldRef, file.resourceFieldRef];
  if (field !== undefined) {
    errors.push(...fieldRefProblems(fieldsOf(field), `${path}.fieldRef`, fileFields));
    if (resource !== undefined)
      errors.push(invalidValue(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (resource !== undefined) {
    errors.push(...resourceRefProblems(fieldsOf(resource), `${path}.resourceFieldRef`, true));
  } else {
    errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...errors, ...modeProblems(file.mode, `${path}.mode`)];
}

const shortestToken = 600;

function projectionProblems(source: JsonObject, path: string, volume: string): FieldError[] {
  const kinds = Object.keys(source).filter((kind) => source[kind] !== undefined && source[kind] !== null);
  const errors = kinds.flatMap((kind) => {
    const at = `${path}.${kind}`;
    const one = fieldsOf(source[kind]);
    if (kind === 'secret' || kind === 'configMap') return [...named(one, at, 'name'), ...fileProblems(one, at)];
    if (kind === 'downwardAPI') return objectsOf(one.items).flatMap((file) => downwardFileProblems(file, at));
    if (kind !== 'serviceAccountToken') return [];
    const seconds = numberOf(one.expirationSeconds) ?? shortestToken;
    const why =
      seconds < shortestToken
        ? 'may not specify a duration less than 10 minutes'
        : 'may not specify a duration larger than 2^32 seconds';
    const wrong = seconds < shortestToken || seconds > 2 ** 32;
    return [
      ...(wrong ? [invalidValue(`${at}.expirationSeconds`, seconds, why)] : []),
      ...localPathProblems(`${volume}.path`, textOf(one.path)),
    ];
  });
  if (kinds.length > 1) errors.push(forbiddenField(path, 'may not specify more than 1 volume type per source'));
  return errors;
}

/** What is wrong with where a container puts volumes. */
export function mountProblems(container: JsonObject, path: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>();
  const mounts = objectsOf(container.volumeMounts).flatMap((mount, index) => {
    const at = `${path}.volumeMounts[${index}]`;
    const [name, target] = [textOf(mount.name), textOf(mount.mountPath)];
    const errors: FieldError[] = [];
    if (name !== '' && !volumes.has(name)) errors.push(notFoundValue(`${at}.name`, name));
    if (target !== '' && paths.has(target)) errors.push(invalidValue(`${at}.mountPath`, target, 'must be unique'));
    paths.add(target);
    return [
      ...errors,
      ...subPathProblems(mount, at, `${path}.volumeMounts`),
      ...propagationProblems(container, mount, path),
    ];
  });
  const devices = objectsOf(container.volumeDevices).flatMap(({ name }, index) =>
    textOf(name) !== '' && !volumes.has(textOf(name))
      ? [notFoundValue(`${path}.volumeDevices[${index}].name`, name)]
      : [],
  );
  return [...mounts, ...devices];
}

/** As in the real server, errors about the path itself name the list, not the mount. */
function subPathProblems(mount: JsonObject, path: string, list: string): FieldError[] {
  const [plain, expression] = [textOf(mount.subPath), textOf(mount.subPathExpr)];
  const errors = relativePathProblems(`${list}.subPath`, plain);
  if (plain !== '' && expression !== '')
    errors.push(invalidValue(`${path}.subPathExpr`, expression, 'subPathExpr and subPath are mutually exclusive'));
  return [...errors, ...relativePathProblems(`${list}.subPathExpr`, expression)];
}

function propagationProblems(container: JsonObject, mount: JsonObject, path: string): FieldError[] {
  if (mount.mountPropagation !== 'Bidirectional' || fieldsOf(container.securityContext).privileged === true) return [];
  const why = 'Bidirectional mount propagation is available only to privileged containers';
  return [forbiddenField(`${path}.volumeMounts.mountPropagation`, why)];
}
