import { fieldsOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from '../../../object/field-error.js';
import { relativePathProblems } from '../../../validation/value-problems.js';

/** Validates the volume mounts of a container. `volumes` holds the pod's valid volumes by name. */
export function mountProblems(
  container: JsonObject,
  path: string,
  volumes: ReadonlyMap<string, JsonObject>,
): FieldError[] {
  const [mounts, devices] = [objectsOf(container.volumeMounts), objectsOf(container.volumeDevices)];
  const errors = mounts.flatMap((mount, index) => {
    const at = `${path}.volumeMounts[${index}]`;
    const [name, target] = [textOf(mount.name), textOf(mount.mountPath)];
    const found: FieldError[] = name === '' ? [required(`${at}.name`)] : [];
    if (!volumes.has(name)) found.push(notFoundValue(`${at}.name`, name));
    if (target === '') found.push(required(`${at}.mountPath`));
    if (mounts.slice(0, index).some(({ mountPath }) => textOf(mountPath) === target))
      found.push(invalidValue(`${at}.mountPath`, target, 'must be unique'));
    if (devices.some((device) => textOf(device.name) === name))
      found.push(invalidValue(`${at}.name`, name, 'must not already exist in volumeDevices'));
    if (devices.some((device) => textOf(device.devicePath) === target))
      found.push(invalidValue(`${at}.mountPath`, target, 'must not already exist as a path in volumeDevices'));
    return [
      ...found,
      ...subPathProblems(mount, at, `${path}.volumeMounts`),
      ...propagationProblems(container, mount, `${path}.volumeMounts.mountPropagation`),
      ...recursionProblems(mount, `${path}.volumeMounts.recursiveReadOnly`),
    ];
  });
  return [...errors, ...deviceProblems(devices, mounts, path, volumes)];
}

function deviceProblems(
  devices: readonly JsonObject[],
  mounts: readonly JsonObject[],
  path: string,
  volumes: ReadonlyMap<string, JsonObject>,
): FieldError[] {
  const paths = new Set<string>();
  return devices.flatMap((device, index) => {
    const at = `${path}.volumeDevices[${index}]`;
    const [name, target] = [textOf(device.name), textOf(device.devicePath)];
    const volume = volumes.get(name);
    const errors: FieldError[] = name === '' ? [required(`${at}.name`)] : [];
    if (name !== '' && devices.slice(0, index).some((one) => one.name === name))
      errors.push(invalidValue(`${at}.name`, name, 'must be unique'));
    if (volume === undefined) errors.push(notFoundValue(`${at}.name`, name));
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      const why = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalidValue(`${at}.name`, name, why));
    }
    if (target === '') errors.push(required(`${at}.devicePath`));
    if (paths.has(target)) errors.push(invalidValue(`${at}.devicePath`, target, 'must be unique'));
    if (target.split('/').includes('..'))
      errors.push(invalidValue(`${at}.devicePath`, target, "can not contain backsteps ('..')"));
    else paths.add(target);
    if (mounts.some((mount) => textOf(mount.name) === name))
      errors.push(invalidValue(`${at}.name`, name, 'must not already exist in volumeMounts'));
    if (mounts.some((mount) => textOf(mount.mountPath) === target))
      errors.push(invalidValue(`${at}.devicePath`, target, 'must not already exist as a path in volumeMounts'));
    return errors;
  });
}

/** As in the real server, errors about the path itself name the list, not the mount. */
function subPathProblems(mount: JsonObject, path: string, list: string): FieldError[] {
  const [plain, expression] = [textOf(mount.subPath), textOf(mount.subPathExpr)];
  const errors = relativePathProblems(`${list}.subPath`, plain);
  if (plain !== '' && expression !== '')
    errors.push(invalidValue(`${path}.subPathExpr`, expression, 'subPathExpr and subPath are mutually exclusive'));
  return [...errors, ...relativePathProblems(`${list}.subPathExpr`, expression)];
}

const propagations = ['Bidirectional', 'HostToContainer', 'None'];

function propagationProblems(container: JsonObject, { mountPropagation }: JsonObject, field: string): FieldError[] {
  if (mountPropagation === undefined) return [];
  if (!propagations.includes(textOf(mountPropagation))) return [notSupported(field, mountPropagation, propagations)];
  if (mountPropagation !== 'Bidirectional' || fieldsOf(container.securityContext).privileged === true) return [];
  return [forbiddenField(field, 'Bidirectional mount propagation is available only to privileged containers')];
}

const recursions = ['Disabled', 'Enabled', 'IfPossible'];

function recursionProblems(mount: JsonObject, field: string): FieldError[] {
  const { recursiveReadOnly, readOnly, mountPropagation } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return [];
  if (!recursions.includes(textOf(recursiveReadOnly))) return [notSupported(field, recursiveReadOnly, recursions)];
  const errors = readOnly === true ? [] : [forbiddenField(field, 'may only be specified when readOnly is true')];
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    errors.push(forbiddenField(field, 'may only be specified when mountPropagation is None or not specified'));
  return errors;
}
