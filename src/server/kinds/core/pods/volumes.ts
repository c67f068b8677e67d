import { compareQuantities, dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../../object/field-error.js';
import { annotationProblems, labelProblems } from '../../../validation/meta-problems.js';
import { driverNameProblems } from '../../../validation/storage-problems.js';
import { relativePathProblems } from '../../../validation/value-problems.js';
import { claimSpecProblems } from '../persistentvolumeclaims/persistent-volume-claims.js';
import { fieldRefProblems, fileFields, resourceRefProblems } from './env.js';
import { sharedSourceProblems } from './volume-sources.js';

/** The volumes of a pod: what is wrong with them, and those with which nothing is, by name. */
export function checkVolumes(spec: JsonObject, path: string): { errors: FieldError[]; sound: Map<string, JsonObject> } {
  const sound = new Map<string, JsonObject>();
  const all = objectsOf(spec.volumes).flatMap((volume, index) => {
    const at = `${path}.volumes[${index}]`;
    const errors = sourceProblems(volume, at);
    const name = textOf(volume.name);
    if (name === '') errors.push(required(`${at}.name`));
    else errors.push(...dns1123LabelProblems(name).map((why) => invalidValue(`${at}.name`, name, why)));
    if (sound.has(name)) errors.push(duplicate(`${at}.name`, name));
    if (errors.length === 0) sound.set(name, volume);
    return errors;
  });
  return { errors: all, sound };
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
  'flexVolume',
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

/** The real server's names for some sources in the error about several sources. */
const misspelt: { readonly [kind: string]: string } = { downwardAPI: 'downwarAPI', cephfs: 'cephFS' };

function sourceProblems(volume: JsonObject, path: string): FieldError[] {
  const [first, ...others] = order.filter((kind) => volume[kind] !== undefined && volume[kind] !== null);
  if (first === undefined) return [required(path, 'must specify a volume type')];
  return [
    ...ofSource(first, fieldsOf(volume[first]), `${path}.${first}`),
    ...others.map((kind) =>
      forbiddenField(`${path}.${misspelt[kind] ?? kind}`, 'may not specify more than 1 volume type'),
    ),
  ];
}

function ofSource(kind: string, source: JsonObject, path: string): FieldError[] {
  return checks[kind]?.(source, path) ?? sharedSourceProblems(kind, source, path);
}

const checks: { readonly [kind: string]: (source: JsonObject, path: string) => FieldError[] } = {
  emptyDir: (source, path) =>
    source.sizeLimit !== undefined && compareQuantities(String(source.sizeLimit), '0') < 0
      ? [forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  gitRepo: (source, path) => [
    ...named(source, path, 'repository'),
    ...relativePathProblems(`${path}.directory`, textOf(source.directory)),
  ],
  persistentVolumeClaim: (source, path) => named(source, path, 'claimName'),
  secret: (source, path) => [...named(source, path, 'secretName'), ...fileProblems(source, path)],
  configMap: (source, path) => [...named(source, path, 'name'), ...fileProblems(source, path)],
  downwardAPI: (source, path) => [
    ...modeProblems(source.defaultMode, `${path}.defaultMode`),
    ...objectsOf(source.items).flatMap((file) => downwardFileProblems(file, path)),
  ],
  projected: (source, path) => {
    const taken = new Set<string>();
    return [
      ...modeProblems(source.defaultMode, `${path}.defaultMode`),
      ...objectsOf(source.sources).flatMap((one, index) =>
        projectionProblems(one, `${path}.sources[${index}]`, path, taken),
      ),
    ];
  },
  csi: (source, path) => {
    const { nodePublishSecretRef: secret } = source;
    const errors = driverNameProblems(`${path}.driver`, textOf(source.driver));
    if (secret === undefined) return errors;
    const name = textOf(fieldsOf(secret).name);
    if (name === '') return [...errors, required(`${path}.nodePublishSecretRef.name`)];
    return [...errors, ...dns1123SubdomainProblems(name).map((why) => invalidValue(`${path}.name`, name, why))];
  },
  image: ({ reference, pullPolicy }, path) => {
    const errors = textOf(reference) === '' ? [required(`${path}.reference`)] : [];
    return pullPolicy === undefined || pullPolicies.includes(textOf(pullPolicy))
      ? errors
      : [...errors, notSupported(`${path}.pullPolicy`, pullPolicy, pullPolicies)];
  },
  ephemeral: (source, path) => {
    const template = source.volumeClaimTemplate;
    const at = `${path}.volumeClaimTemplate`;
    if (template === undefined) return [required(at)];
    const { spec, metadata } = fieldsOf(template);
    const { labels, annotations } = fieldsOf(metadata);
    return [
      ...annotationProblems(fieldsOf(annotations) as Texts, `${at}.metadata.annotations`),
      ...labelProblems(fieldsOf(labels) as Texts, `${at}.metadata.labels`),
      ...claimSpecProblems(fieldsOf(spec), `${at}.spec`),
    ];
  },
};

type Texts = { [key: string]: string };

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

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
      return [
        ...named(item, at, 'key'),
        ...named(item, at, 'path'),
        ...localPathProblems(`${at}.path`, textOf(item.path)),
        ...modeProblems(item.mode, `${at}.mode`),
      ];
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
  const errors = [...named(file, path, 'path'), ...localPathProblems(`${path}.path`, textOf(file.path))];
  const [field, resource] = [file.fieldRef, file.resourceFieldRef];
  if (field !== undefined) {
    if (textOf(fieldsOf(field).fieldPath) === '') errors.push(required(`${path}.fieldRef.fieldPath`));
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

/** `volume` is the path of the volume that the source is part of, `taken` the files that its sources have made so far. */
function projectionProblems(source: JsonObject, path: string, volume: string, taken: Set<string>): FieldError[] {
  const errors: FieldError[] = [];
  const kinds = Object.keys(source).filter((kind) => projections.has(kind) && source[kind] !== undefined);
  const take = (file: unknown, shown: unknown): void => {
    const name = textOf(file);
    if (name !== '' && taken.has(name)) errors.push(invalidValue(volume, shown, 'conflicting duplicate paths'));
    taken.add(name);
  };
  for (const kind of kinds) {
    const [at, one] = [`${path}.${kind}`, fieldsOf(source[kind])];
    if (kind === 'secret' || kind === 'configMap') {
      errors.push(...named(one, at, 'name'), ...fileProblems(one, at));
      for (const item of objectsOf(one.items)) take(item.path, textOf(one.name));
    } else if (kind === 'downwardAPI') {
      errors.push(...objectsOf(one.items).flatMap((file) => downwardFileProblems(file, at)));
      for (const item of objectsOf(one.items)) take(item.path, item.path);
    } else errors.push(...tokenProblems(one, at, volume));
  }
  if (kinds.length > 1) errors.push(forbiddenField(path, 'may not specify more than 1 volume type per source'));
  return errors;
}

const projections = new Set(['secret', 'configMap', 'downwardAPI', 'serviceAccountToken']);

/** Validates a projected token. The error of its path is reported for the volume. */
function tokenProblems(token: JsonObject, path: string, volume: string): FieldError[] {
  const seconds = numberOf(token.expirationSeconds) ?? 0;
  const errors: FieldError[] = [];
  const at = `${path}.expirationSeconds`;
  if (seconds < shortestToken)
    errors.push(invalidValue(at, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > 2 ** 32) errors.push(invalidValue(at, seconds, 'may not specify a duration larger than 2^32 seconds'));
  const file = textOf(token.path);
  if (file === '') return [...errors, required(`${volume}.path`)];
  return [...errors, ...localPathProblems(`${volume}.path`, file)];
}
