import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { matchesPattern } from '../../../../util/go-pattern.js';
import { fieldsOf, listOf, numberOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import { driverNameProblems } from '../../../validation/storage-problems.js';
import { backstepProblems } from '../../../validation/value-problems.js';

// What is wrong with where a volume's bytes come from, as far as pods and PersistentVolumes have the same rules.

type Check = (source: JsonObject, path: string) => FieldError[];

const maxLun = 255;
const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** A check that some texts are there. */
function needs(...fields: string[]): Check {
  return (source, path) =>
    fields.filter((field) => textOf(source[field]) === '').map((field) => required(`${path}.${field}`));
}

const checks: { readonly [kind: string]: Check } = {
  hostPath: (source, path) => {
    const errors = needs('path')(source, path);
    if (errors.length > 0) return errors;
    const type = textOf(source.type);
    const known = hostPathTypes.includes(type);
    return [
      ...backstepProblems(`${path}.path`, textOf(source.path)),
      ...(known ? [] : [notSupported(`${path}.type`, type, hostPathTypes)]),
    ];
  },
  nfs: (source, path) => [
    ...needs('server', 'path')(source, path),
    ...(textOf(source.path).startsWith('/')
      ? []
      : [invalidValue(`${path}.path`, textOf(source.path), 'must be an absolute path')]),
  ],
  gcePersistentDisk: (source, path) => partitioned(source, path.replace(/gceP(ersistentDisk)$/, 'p$1'), 'pdName'),
  awsElasticBlockStore: (source, path) => partitioned(source, path, 'volumeID'),
  flocker: (source, path) => {
    const [name, uuid] = [textOf(source.datasetName), textOf(source.datasetUUID)];
    const errors: FieldError[] = [];
    if (name === '' && uuid === '') errors.push(required(path, 'one of datasetName and datasetUUID is required'));
    if (name !== '' && uuid !== '') {
      const why = 'datasetName and datasetUUID can not be specified simultaneously';
      errors.push(invalidValue(path, 'resource', why));
    }
    if (name.includes('/')) errors.push(invalidValue(`${path}.datasetName`, name, "must not contain '/'"));
    return errors;
  },
  fc: (source, path) => {
    const [names, ids] = [listOf(source.targetWWNs), listOf(source.wwids)];
    const errors: FieldError[] = [];
    if (names.length === 0 && ids.length === 0)
      errors.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
    if (names.length > 0 && ids.length > 0) {
      const why = 'targetWWNs and wwids can not be specified simultaneously';
      errors.push(invalidValue(`${path}.targetWWNs`, names, why));
    }
    if (names.length === 0) return errors;
    const lun = numberOf(source.lun);
    if (lun === undefined) errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'));
    else errors.push(...lunProblems(`${path}.lun`, lun));
    return errors;
  },
  quobyte: (source, path) => {
    const why = 'must be a host:port pair or multiple pairs separated by commas';
    const registry = textOf(source.registry);
    const errors: FieldError[] = [];
    if (registry === '') errors.push(required(`${path}.registry`, why));
    else if (textOf(source.tenant).length >= 65)
      errors.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
    else {
      const pairs = registry.split(',').filter((pair) => !/^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(pair));
      errors.push(...pairs.map(() => invalidValue(`${path}.registry`, registry, why)));
    }
    return [...errors, ...needs('volume')(source, path)];
  },
  vsphereVolume: needs('volumePath'),
  photonPersistentDisk: needs('pdID'),
  portworxVolume: needs('volumeID'),
  scaleIO: needs('gateway', 'system', 'volumeName'),
  azureFile: (source, path) => {
    const errors = needs('secretName', 'shareName')(source, path);
    return source.secretNamespace === '' ? [...errors, required(`${path}.secretNamespace`)] : errors;
  },
  azureDisk: azureDiskProblems,
  iscsi: iscsiProblems,
  rbd: (source, path) => [
    ...(listOf(source.monitors).length === 0 ? [required(`${path}.monitors`)] : []),
    ...needs('image')(source, path),
  ],
  cephfs: (source, path) => (listOf(source.monitors).length === 0 ? [required(`${path}.monitors`)] : []),
  cinder: (source, path) => needs('volumeID')(source, path),
  flexVolume: (source, path) => [
    ...needs('driver')(source, path),
    ...Object.keys(fieldsOf(source.options))
      .filter((key) =>
        /(^|\.)(kubernetes|k8s)\.io(\/|$)/.test(`${key.toLowerCase().split('/', 1)[0]}${key.includes('/') ? '/' : ''}`),
      )
      .map((key) => invalidValue(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved')),
  ],
  glusterfs: (source, path) => [
    ...needs('endpoints', 'path')(source, path),
    ...(source.endpointsNamespace === undefined
      ? []
      : namespaceProblems(`${path}.endpointsNamespace`, textOf(source.endpointsNamespace))),
  ],
  storageos: (source, path) => {
    const [name, namespace] = [textOf(source.volumeName), textOf(source.volumeNamespace)];
    const errors = needs('volumeName')(source, path);
    if (name !== '') errors.push(...labelProblems(`${path}.volumeName`, name));
    if (namespace !== '') errors.push(...labelProblems(`${path}.volumeNamespace`, namespace));
    return errors;
  },
};

/** Validates a volume's source of a kind that pods and PersistentVolumes share. */
export function sharedSourceProblems(kind: string, source: JsonObject, path: string): FieldError[] {
  return Object.hasOwn(checks, kind) ? (checks[kind]?.(source, path) ?? []) : [];
}

function labelProblems(field: string, name: string): FieldError[] {
  return dns1123LabelProblems(name).map((why) => invalidValue(field, name, why));
}

function namespaceProblems(field: string, name: string): FieldError[] {
  return name === ''
    ? [invalidValue(field, name, 'if the endpointnamespace is set, it must be a valid namespace name')]
    : labelProblems(field, name);
}

function partitioned(source: JsonObject, path: string, id: string): FieldError[] {
  const partition = numberOf(source.partition) ?? 0;
  const wrong = partition < 0 || partition > 255;
  return [
    ...needs(id)(source, path),
    ...(wrong ? [invalidValue(`${path}.partition`, partition, 'must be between 1 and 255, inclusive')] : []),
  ];
}

function lunProblems(field: string, lun: number): FieldError[] {
  return lun < 0 || lun > maxLun ? [invalidValue(field, lun, `must be between 0 and ${maxLun}, inclusive`)] : [];
}

const iscsiNames: readonly string[] = [
  '(?i)^iqn\\.\\d{4}-\\d{2}\\.[a-z0-9.-]+(\\.[^;\\s]*)?(:[^,;*&$|\\s]+)?$',
  '(?i)^eui\\.[0-9a-f]{16}$',
  '(?i)^naa\\.[0-9a-f]{32}$',
];

function iscsiNameProblems(field: string, name: string, unknown: string): FieldError[] {
  if (!/^(iqn|eui|naa)/.test(name)) return [invalidValue(field, name, unknown)];
  return iscsiNames.some((one) => matchesPattern(one, name)) ? [] : [invalidValue(field, name, 'must be valid format')];
}

function iscsiProblems(source: JsonObject, path: string): FieldError[] {
  const unknown = 'must be valid format starting with iqn, eui, or naa';
  const errors = needs('targetPortal', 'iqn')(source, path);
  const [iqn, initiator] = [textOf(source.iqn), source.initiatorName];
  if (iqn !== '') errors.push(...iscsiNameProblems(`${path}.iqn`, iqn, unknown));
  errors.push(...lunProblems(`${path}.lun`, numberOf(source.lun) ?? 0));
  if ((source.chapAuthDiscovery === true || source.chapAuthSession === true) && source.secretRef === undefined)
    errors.push(required(`${path}.secretRef`));
  if (initiator !== undefined) errors.push(...iscsiNameProblems(`${path}.initiatorname`, textOf(initiator), unknown));
  return errors;
}

const cachingModes = ['None', 'ReadOnly', 'ReadWrite'];
const diskKinds = ['Dedicated', 'Managed', 'Shared'];

function azureDiskProblems(source: JsonObject, path: string): FieldError[] {
  const [uri, kind, caching] = [textOf(source.diskURI), source.kind, source.cachingMode];
  const errors = needs('diskName', 'diskURI')(source, path);
  if (caching !== undefined && !cachingModes.includes(textOf(caching)))
    errors.push(notSupported(`${path}.cachingMode`, caching, cachingModes));
  if (kind === undefined) return errors;
  if (!diskKinds.includes(textOf(kind))) errors.push(notSupported(`${path}.kind`, kind, diskKinds));
  const managed = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
  const blob = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  if (kind === 'Managed' && !uri.startsWith('/subscriptions/'))
    errors.push(notSupported(`${path}.diskURI`, uri, [managed]));
  if (kind !== 'Managed' && !uri.startsWith('https://')) errors.push(notSupported(`${path}.diskURI`, uri, [blob]));
  return errors;
}

/** Validates a reference to a Secret in any namespace. */
function secretReferenceProblems(reference: JsonObject, path: string): FieldError[] {
  const [name, namespace] = [textOf(reference.name), textOf(reference.namespace)];
  return [
    ...(name === ''
      ? [required(`${path}.name`)]
      : dns1123SubdomainProblems(name).map((why) => invalidValue(`${path}.name`, name, why))),
    ...(namespace === '' ? [required(`${path}.namespace`)] : labelProblems(`${path}.namespace`, namespace)),
  ];
}

const csiSecrets = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
];

/** Validates the CSI source of a PersistentVolume. */
export function csiSourceProblems(source: JsonObject, path: string): FieldError[] {
  return [
    ...driverNameProblems(`${path}.driver`, textOf(source.driver)),
    ...needs('volumeHandle')(source, path),
    ...csiSecrets
      .filter((field) => source[field] !== undefined)
      .flatMap((field) => secretReferenceProblems(fieldsOf(source[field]), `${path}.${field}`)),
  ];
}
