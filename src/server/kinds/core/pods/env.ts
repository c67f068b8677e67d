import {
  compareQuantities,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  parseQuantity,
} from '../../../../meta/index.js';
import { entryOf, fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalidValue, notFoundValue, notSupported, required } from '../../../object/field-error.js';
import {
  configKeyProblems,
  envNameProblems,
  qualifiedProblems,
  relativePathProblems,
} from '../../../validation/value-problems.js';

/** Validates the environment of a container. */
export function envProblems(container: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, variable] of objectsOf(container.env).entries()) {
    const at = `${path}.env[${index}]`;
    const name = textOf(variable.name);
    errors.push(...(name === '' ? [required(`${at}.name`)] : envNameProblems(`${at}.name`, name)));
    errors.push(...valueFromProblems(variable, `${at}.valueFrom`));
  }
  // A source that is null or an empty object is one that names nothing.
  for (const [index, source] of listOf(container.envFrom).map(fieldsOf).entries()) {
    const at = `${path}.envFrom[${index}]`;
    const prefix = textOf(source.prefix);
    if (prefix !== '') errors.push(...envNameProblems(`${at}.prefix`, prefix));
    const given = ['configMapRef', 'secretRef'].filter((kind) => isGiven(source[kind]));
    for (const kind of given) errors.push(...referenceProblems(fieldsOf(source[kind]), `${at}.${kind}`));
    if (given.length === 0)
      errors.push(invalidValue(`${path}.envFrom`, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (given.length > 1)
      errors.push(invalidValue(`${path}.envFrom`, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Validates a reference that must name an object. */
function referenceProblems(reference: JsonObject, path: string): FieldError[] {
  const name = textOf(reference.name);
  if (name === '') return [required(`${path}.name`)];
  return dns1123SubdomainProblems(name).map((why) => invalidValue(`${path}.name`, name, why));
}

const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;

function valueFromProblems(variable: JsonObject, path: string): FieldError[] {
  if (!isGiven(variable.valueFrom)) return [];
  const from = fieldsOf(variable.valueFrom);
  const given = sources.filter((source) => isGiven(from[source]));
  const errors = given.flatMap((source) => {
    const at = `${path}.${source}`;
    const value = fieldsOf(from[source]);
    if (source === 'fieldRef') return fieldRefProblems(value, at, envFields);
    if (source === 'resourceFieldRef') return resourceRefProblems(value, at, false);
    return source === 'fileKeyRef' ? fileKeyProblems(value, at) : keyRefProblems(value, at);
  });
  if (given.length === 0) {
    const why =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(invalidValue(path, '', why));
  } else if (textOf(variable.value) !== '') {
    errors.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  } else if (given.length > 1) {
    errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

function keyRefProblems(reference: JsonObject, path: string): FieldError[] {
  const [name, key] = [textOf(reference.name), textOf(reference.key)];
  const errors = dns1123SubdomainProblems(name).map((why) => invalidValue(`${path}.name`, name, why));
  if (key === '') return [...errors, required(`${path}.key`)];
  return [...errors, ...configKeyProblems(key).map((why) => invalidValue(`${path}.key`, key, why))];
}

function fileKeyProblems(reference: JsonObject, path: string): FieldError[] {
  const [volume, key, file] = [textOf(reference.volumeName), textOf(reference.key), textOf(reference.path)];
  const errors =
    volume === ''
      ? [required(`${path}.volumeName`)]
      : dns1123LabelProblems(volume).map((why) => invalidValue(`${path}.volumeName`, volume, why));
  errors.push(...(file === '' ? [required(`${path}.path`)] : relativePathProblems(`${path}.path`, file)));
  return [...errors, ...(key === '' ? [required(`${path}.key`)] : envNameProblems(`${path}.key`, key))];
}

/** Validates that the volumes that environment variables read from exist, and are empty directories. */
export function fileKeyVolumeProblems(spec: JsonObject, path: string): FieldError[] {
  const volumes = new Map(objectsOf(spec.volumes).map((volume) => [textOf(volume.name), volume]));
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    objectsOf(spec[list]).flatMap((container, which) =>
      objectsOf(container.env).flatMap(({ valueFrom }, index) => {
        const { fileKeyRef } = fieldsOf(valueFrom);
        if (!isGiven(fileKeyRef)) return [];
        const at = `${path}.${list}[${which}].env[${index}].valueFrom.fileKeyRef`;
        const name = textOf(fieldsOf(fileKeyRef).volumeName);
        const volume = volumes.get(name);
        if (volume === undefined) return [notFoundValue(`${at}.volumeName`, name)];
        return isGiven(volume.emptyDir) ? [] : [invalidValue(at, name, 'referenced volume must be of type emptyDir')];
      }),
    ),
  );
}

/** The fields of a pod an environment variable can show. */
const envFields: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** The fields of a pod a file can show. */
export const fileFields: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** All fields of a pod that have a name in the downward API. */
const known = new Set([...envFields, ...fileFields, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase']);

/** Validates a reference to a field of the pod itself (the downward API). */
export function fieldRefProblems(reference: JsonObject, path: string, allowed: readonly string[]): FieldError[] {
  const text = textOf(reference.fieldPath);
  if (text === '') return [required(`${path}.fieldPath`)];
  const version = textOf(reference.apiVersion);
  if (version !== 'v1') {
    const why = `error converting fieldPath: unsupported pod version: ${version}`;
    return [version === '' ? required(`${path}.apiVersion`) : invalidValue(`${path}.fieldPath`, text, why)];
  }
  const at = text.endsWith("']") ? text.indexOf("['") : -1;
  const [field, key] = at < 0 || at + 4 > text.length ? [text] : [text.slice(0, at), text.slice(at + 2, -2)];
  const subscripted = field === 'metadata.annotations' || field === 'metadata.labels';
  if (!known.has(field) || (key !== undefined && !subscripted)) {
    const why =
      key === undefined || !known.has(field)
        ? `error converting fieldPath: field label not supported: ${text}`
        : `error converting fieldPath: field label does not support subscript: ${text}`;
    return [invalidValue(`${path}.fieldPath`, text, why)];
  }
  if (key !== undefined) return qualifiedProblems(path, field === 'metadata.annotations' ? key.toLowerCase() : key);
  return allowed.includes(field) ? [] : [notSupported(`${path}.fieldPath`, field, [...allowed].sort())];
}

const resources = ['cpu', 'ephemeral-storage', 'memory'];
const resourceFields = ['limits', 'requests'].flatMap((list) => resources.map((name) => `${list}.${name}`));

/** Validates a reference to the requests and limits of a container. */
export function resourceRefProblems(reference: JsonObject, path: string, inVolume: boolean): FieldError[] {
  const resource = textOf(reference.resource);
  if (inVolume && textOf(reference.containerName) === '') return [required(`${path}.containerName`)];
  if (resource === '') return [required(`${path}.resource`)];
  if (resourceFields.includes(resource) || /^(limits|requests)\.hugepages-/.test(resource))
    return divisorProblems(resource, reference.divisor, `${path}.divisor`);
  return [notSupported(`${path}.resource`, resource, resourceFields)];
}

const sizes = ['1', ...['k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit) => `1${unit}`)];
const kinds: { readonly [resource: string]: string } = {
  memory: 'memory',
  'ephemeral-storage': 'local ephemeral storage',
};

/** Validates the unit of an amount: thousandths or whole ones of cpu, and the usual units of bytes. */
function divisorProblems(reference: string, divisor: unknown, field: string): FieldError[] {
  if (divisor === undefined || compareQuantities(String(divisor), '0') === 0) return [];
  const resource = reference.replace(/^(limits|requests)\./, '');
  const allowed = resource === 'cpu' ? ['1m', '1'] : sizes;
  if (resource === '' || allowed.includes(parseQuantity(String(divisor)).toString())) return [];
  const listed =
    resource === 'cpu'
      ? '1m and 1 are supported with the cpu'
      : `${sizes.join(', ')} are supported with the ${entryOf(kinds, resource) ?? 'hugepages'}`;
  return [invalidValue(field, reference, `only divisor's values ${listed} resource`)];
}
