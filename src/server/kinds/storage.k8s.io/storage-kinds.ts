import { compareQuantities, parseQuantity } from '../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { equal, isObject, type JsonObject } from '../../../util/json-value.js';
import { internalDiff, internalEcho, mapEcho } from '../../go-text/echo.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../object/field-error.js';
import type { Strategy } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { setDefault } from '../../object/set-default.js';
import { timestamp } from '../../object/system-fields.js';
import { labelKeyWarnings } from '../../validation/label-warnings.js';
import { nodeSelectorProblems } from '../../validation/scheduling.js';
import { parameterProblems, provisionerProblems, topologyProblems } from '../../validation/storage-problems.js';
import { backstepProblems, isWhole, qualifiedProblems } from '../../validation/value-problems.js';
import {
  accessModeProblems,
  bytesProblems,
  claimSpecProblems,
  classNameProblems,
  volumeModeProblems,
} from '../core/persistentvolumeclaims/persistent-volume-claims.js';
import { fraction, termWarnings } from '../core/pods/pod-warnings.js';
import { csiSourceProblems, sharedSourceProblems } from '../core/pods/volume-sources.js';

/** PersistentVolumes: protected from deletion while a claim uses them. */
export const persistentVolumes: Strategy = {
  generation: false,
  returnsDeleted: true,
  schemaChecked: false,
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'persistentVolumeReclaimPolicy', 'Retain');
    setDefault(fields, 'volumeMode', 'Filesystem');
    if (fields.hostPath !== undefined) setDefault(fieldsOf(fields.hostPath), 'type', '');
  },
  prepareForCreate: (volume, { server }) => {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: timestamp(server.clock) };
  },
  validate: ({ spec, metadata }) => volumeSpecProblems(fieldsOf(spec), 'spec', metadata.name ?? '', false),
  // The real server looks at the whole volume once more when it has changed: what is wrong with it is told twice.
  validateUpdate: (volume, old) => [
    ...volumeSpecProblems(fieldsOf(volume.spec), 'spec', volume.metadata.name ?? '', false),
    ...volumeUpdateProblems(fieldsOf(volume.spec), fieldsOf(old.spec)),
  ],
  warnings: volumeWarnings,
};

const oldAnnotations: { readonly [key: string]: string } = {
  'volume.beta.kubernetes.io/storage-class': 'deprecated since v1.8; use "storageClassName" attribute instead',
  'volume.beta.kubernetes.io/mount-options': 'deprecated since v1.31; use "mountOptions" attribute instead',
};

const oldSources: { readonly [kind: string]: string } = {
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

function volumeWarnings({ metadata, spec }: ServerObject): string[] {
  const fields = fieldsOf(spec);
  const warnings = Object.entries(oldAnnotations)
    .filter(([key]) => Object.hasOwn(metadata.annotations ?? {}, key))
    .map(([key, why]) => `metadata.annotations[${key}]: ${why}`);
  if (fields.persistentVolumeReclaimPolicy === 'Recycle')
    warnings.push(
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    );
  const terms = objectsOf(fieldsOf(fieldsOf(fields.nodeAffinity).required).nodeSelectorTerms);
  for (const [index, term] of terms.entries())
    warnings.push(...termWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`));
  for (const [kind, why] of Object.entries(oldSources))
    if (fields[kind] !== undefined) warnings.push(`spec.${kind === 'storageos' ? 'storageOS' : kind}: ${why}`);
  return warnings;
}

/** The kinds of sources in the order in which they are looked at: what follows the first is one too many. */
const sources = [
  ...['hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'flocker', 'nfs', 'rbd', 'quobyte'],
  ...['cephfs', 'iscsi', 'cinder', 'fc', 'flexVolume', 'azureFile', 'vsphereVolume', 'photonPersistentDisk'],
  ...['portworxVolume', 'azureDisk', 'scaleIO', 'local', 'storageos', 'csi'],
];

const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];

/** Validates a volume, of a cluster or (if `inline`) of one attachment only. */
export function volumeSpecProblems(spec: JsonObject, path: string, _name: string, inline: boolean): FieldError[] {
  const errors: FieldError[] = inline ? inlineProblems(spec, path) : [];
  if (listOf(spec.accessModes).length === 0) errors.push(required(`${path}.accessModes`));
  errors.push(...accessModeProblems(spec.accessModes, `${path}.accessModes`));
  if (!inline) errors.push(...capacityProblems(fieldsOf(spec.capacity), `${path}.capacity`));
  const policy = textOf(spec.persistentVolumeReclaimPolicy);
  if (!inline && policy !== '' && !reclaimPolicies.includes(policy))
    errors.push(notSupported(`${path}.persistentVolumeReclaimPolicy`, policy, reclaimPolicies));
  if (!inline && spec.nodeAffinity !== undefined) errors.push(...affinityProblems(spec, path));
  errors.push(...volumeSourceProblems(spec, path));
  if (fieldsOf(spec.hostPath).path === '/' && policy === 'Recycle')
    errors.push(
      forbiddenField(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'"),
    );
  if (!inline) errors.push(...classNameProblems(spec.storageClassName, `${path}.storageClassName`));
  if (!inline) errors.push(...volumeModeProblems(spec.volumeMode, `${path}.volumeMode`));
  const attributes = spec.volumeAttributesClassName;
  if (attributes === undefined) return errors;
  const at = `${path}.volumeAttributesClassName`;
  if (attributes === '') errors.push(required(at, 'an empty string is disallowed'));
  errors.push(...classNameProblems(attributes, at));
  if (spec.csi === undefined)
    errors.push(required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName'));
  return errors;
}

function inlineProblems(spec: JsonObject, path: string): FieldError[] {
  const context = 'in the context of inline volumes';
  const errors = ['claimRef', 'capacity']
    .filter((field) => spec[field] !== undefined)
    .map((field) => forbiddenField(`${path}.${field}`, `may not be specified ${context}`));
  if (spec.csi === undefined) errors.push(required(`${path}.csi`, `has to be specified ${context}`));
  const policy = textOf(spec.persistentVolumeReclaimPolicy);
  if (policy !== '' && policy !== 'Retain')
    errors.push(forbiddenField(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${context}`));
  for (const field of ['nodeAffinity', 'storageClassName'])
    if (spec[field] !== undefined) errors.push(forbiddenField(`${path}.${field}`, `may not be specified ${context}`));
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Filesystem')
    errors.push(forbiddenField(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${context}`));
  return errors;
}

function capacityProblems(capacity: JsonObject, path: string): FieldError[] {
  const amounts = Object.entries(capacity);
  const errors: FieldError[] = amounts.length === 0 ? [required(path)] : [];
  const shown = amounts.length === 0 ? null : mapEcho(capacity);
  if (capacity.storage === undefined || amounts.length > 1) errors.push(notSupported(path, shown, ['storage']));
  return [...errors, ...amounts.flatMap(([name, amount]) => amountProblems(amount, `${path}[${name}]`))];
}

/** Below zero is told twice: as an amount, and as one of storage. */
function amountProblems(amount: unknown, field: string): FieldError[] {
  const below = compareQuantities(String(amount), '0') < 0;
  return [
    ...(below ? [invalidValue(field, String(amount), 'must be a valid resource quantity')] : []),
    ...bytesProblems(amount, field).filter(({ message }) => message.includes('greater than zero')),
  ];
}

function affinityProblems({ nodeAffinity }: JsonObject, path: string): FieldError[] {
  const { required: terms } = fieldsOf(nodeAffinity);
  const at = `${path}.nodeAffinity.required`;
  return terms === undefined
    ? [required(at, 'must specify required node constraints')]
    : nodeSelectorProblems(fieldsOf(terms), at);
}

function volumeSourceProblems(spec: JsonObject, path: string): FieldError[] {
  const [first, ...others] = sources.filter((kind) => spec[kind] !== undefined);
  if (first === undefined) return [required(path, 'must specify a volume type')];
  const source = fieldsOf(spec[first]);
  const at = `${path}.${first}`;
  const errors = first === 'csi' ? csiSourceProblems(source, at) : sharedSourceProblems(first, source, at);
  if (first === 'local') {
    const place = textOf(source.path);
    errors.push(...(place === '' ? [required(`${at}.path`)] : backstepProblems(`${at}.path`, place)));
    if (spec.nodeAffinity === undefined)
      errors.push(required(`${path}.nodeAffinity`, 'Local volume requires node affinity'));
  }
  return [
    ...errors,
    ...others.map((kind) => forbiddenField(`${path}.${kind}`, 'may not specify more than 1 volume type')),
  ];
}

/** A volume stays what and where it is. */
function volumeUpdateProblems(spec: JsonObject, before: JsonObject): FieldError[] {
  const source = (of: JsonObject): JsonObject => Object.fromEntries(sources.map((kind) => [kind, of[kind] ?? null]));
  const [now, was] = [source(spec), source(before)];
  if (fieldsOf(was.csi).controllerExpandSecretRef === undefined && now.csi !== null) {
    const { controllerExpandSecretRef: _, ...rest } = fieldsOf(now.csi);
    now.csi = rest;
  }
  const errors: FieldError[] = [];
  if (!equal(now, was)) {
    const why = 'spec.persistentvolumesource is immutable after creation';
    const diff = internalDiff('core/v1.PersistentVolumeSource', was, now);
    errors.push(forbiddenField('spec.persistentvolumesource', `${why}\n${diff}`));
  }
  if (spec.volumeMode !== before.volumeMode)
    errors.push(invalidValue('volumeMode', spec.volumeMode ?? null, 'field is immutable'));
  if (before.nodeAffinity !== undefined && !equal(spec.nodeAffinity ?? null, before.nodeAffinity)) {
    const shown =
      spec.nodeAffinity === undefined ? null : internalEcho('core/v1.VolumeNodeAffinity', spec.nodeAffinity);
    errors.push(invalidValue('nodeAffinity', shown, 'field is immutable, except for updating from beta label to GA'));
  }
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    errors.push(forbiddenField('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  return errors;
}

/** PersistentVolumeClaims: protected from deletion while a pod uses them. */
export const persistentVolumeClaims: Strategy = {
  generation: false,
  returnsDeleted: true,
  schemaChecked: false,
  defaults: ({ spec }) => setDefault(fieldsOf(spec), 'volumeMode', 'Filesystem'),
  prepareForCreate: (claim) => {
    claim.status = { phase: 'Pending' };
    alignDataSources(fieldsOf(claim.spec), {});
  },
  validate: ({ spec }) => claimSpecProblems(fieldsOf(spec), 'spec'),
  warnings: ({ metadata, spec }) => {
    const old = Object.hasOwn(metadata.annotations ?? {}, classAnnotation)
      ? [`metadata.annotations[${classAnnotation}]: ${oldAnnotations[classAnnotation]}`]
      : [];
    return [...old, ...claimWarnings(fieldsOf(spec), 'spec')];
  },
  validateUpdate: claimUpdateProblems,
  validateSubresource: (_subresource, { status }) => claimStatusProblems(fieldsOf(status)),
};

/** The states that the growth of a claim can be in. */
const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizePending',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
].sort();

function claimStatusProblems({ capacity, allocatedResourceStatuses, allocatedResources }: JsonObject): FieldError[] {
  const amount = (field: string, value: unknown): FieldError[] =>
    compareQuantities(String(value), '0') < 0
      ? [invalidValue(field, Number(parseQuantity(String(value)).value()), 'must be a valid resource quantity')]
      : [];
  const statuses = 'status.allocatedResourceStatuses';
  const amounts = 'status.allocatedResources';
  return [
    ...Object.entries(fieldsOf(capacity)).flatMap(([name, value]) => amount(`status.capacity[${name}]`, value)),
    ...Object.entries(fieldsOf(allocatedResourceStatuses)).flatMap(([name, state]) => [
      ...resizedNameProblems(statuses, name),
      ...(resizeStates.includes(textOf(state)) ? [] : [notSupported(statuses, name, resizeStates)]),
    ]),
    ...Object.entries(fieldsOf(allocatedResources)).flatMap(([name, value]) => {
      const errors = resizedNameProblems(amounts, name);
      return errors.length > 0 ? errors : amount(`${amounts}[${name}]`, value);
    }),
  ];
}

/** Checks the name of a resource that a claim grows in: its storage, or one of a storage provider's own. */
function resizedNameProblems(field: string, name: string): FieldError[] {
  const errors = qualifiedProblems(field, name);
  if (errors.length > 0) return errors;
  if (!name.includes('/')) return name === 'storage' ? [] : [notSupported(field, name, ['storage'])];
  return /^([^/]*\.)?kubernetes\.io\//.test(name) ? [notSupported(field, name, ['storage'])] : [];
}

/** Claims of less than a byte. */
export function claimWarnings(spec: JsonObject, path: string): string[] {
  return ['requests', 'limits'].flatMap((list) => {
    const { storage } = fieldsOf(fieldsOf(spec.resources)[list]);
    return storage === undefined || isWhole(storage) ? [] : [fraction(`${path}.resources.${list}[storage]`, storage)];
  });
}

/** Aligns the two fields for the source of a claim, of which one is derived from the other. */
function alignDataSources(spec: JsonObject, before: JsonObject): void {
  const isInUse = before.dataSource !== undefined || before.dataSourceRef !== undefined;
  // A claim takes no data from other namespaces: that feature is off.
  const { dataSourceRef: reference } = spec;
  if (before.dataSourceRef === undefined && textOf(fieldsOf(reference).namespace) !== '') delete spec.dataSourceRef;
  // A source that only newer fields can name is dropped from the old field, as it always was.
  if (!isInUse && spec.dataSourceRef === undefined && !isVolumeSource(fieldsOf(spec.dataSource)))
    delete spec.dataSource;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) spec.dataSourceRef = { ...fieldsOf(dataSource) };
  if (dataSourceRef !== undefined && dataSource === undefined && fieldsOf(dataSourceRef).namespace === undefined)
    spec.dataSource = { ...fieldsOf(dataSourceRef) };
}

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

function isVolumeSource({ kind, apiGroup }: JsonObject): boolean {
  const group = textOf(apiGroup);
  return (
    (kind === 'PersistentVolumeClaim' && group === '') ||
    (kind === 'VolumeSnapshot' && group === 'snapshot.storage.k8s.io')
  );
}

function claimUpdateProblems(claim: ServerObject, old: ServerObject): FieldError[] {
  const bound = fieldsOf(claim.status).phase === 'Bound';
  const [spec, before] = [fieldsOf(claim.spec), fieldsOf(old.spec)];
  const errors: FieldError[] = [];
  const [annotation, wasAnnotation] = [claim, old].map(({ metadata }) => metadata.annotations?.[classAnnotation]);
  const given = spec.storageClassName !== undefined && before.storageClassName === undefined;
  const named = given && (wasAnnotation === undefined || spec.storageClassName === wasAnnotation);
  if ((annotation ?? '') !== (wasAnnotation ?? '') && !(named && annotation === undefined))
    errors.push(forbiddenField('metadata.annotations', `annotation ${classAnnotation} is immutable`));
  const frozen = (of: JsonObject): JsonObject => {
    const { volumeName, resources, volumeAttributesClassName, storageClassName, ...rest } = of;
    const { requests, ...bounds } = fieldsOf(resources);
    const { storage, ...amounts } = fieldsOf(requests);
    // A claim gets its volume and its class once, and grows once it is bound.
    return {
      ...rest,
      resources: { ...bounds, requests: bound ? amounts : { ...amounts, storage } },
      ...(textOf(before.volumeName) === '' ? {} : { volumeName }),
      ...(bound ? {} : { volumeAttributesClassName }),
      ...(named ? {} : { storageClassName }),
    };
  };
  if (!equal(frozen(spec), frozen(before))) {
    const why =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    const diff = internalDiff(
      'core/v1.PersistentVolumeClaimSpec',
      { ...before, ...(textOf(before.volumeName) === '' ? { volumeName: spec.volumeName } : {}) },
      {
        ...spec,
        ...(named ? { storageClassName: before.storageClassName } : {}),
        ...(bound ? { volumeAttributesClassName: before.volumeAttributesClassName } : {}),
        ...(bound && isObject(fieldsOf(spec.resources).requests)
          ? { resources: withStorage(fieldsOf(spec.resources), storageOf(before)) }
          : {}),
      },
    );
    errors.push(forbiddenField('spec', `${why}\n${diff}`));
  }
  const size = (of: unknown): string => String(fieldsOf(of).storage ?? '0');
  const [wanted, had] = [spec, before].map(({ resources }) => size(fieldsOf(resources).requests));
  const held = size(fieldsOf(old.status).capacity);
  if (compareQuantities(wanted ?? '0', had ?? '0') < 0 && compareQuantities(wanted ?? '0', held) <= 0)
    errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  if (spec.volumeMode !== before.volumeMode)
    errors.push(invalidValue('volumeMode', spec.volumeMode ?? null, 'field is immutable'));
  return [...errors, ...attributesProblems(spec.volumeAttributesClassName, old)];
}

function storageOf(spec: JsonObject): unknown {
  return fieldsOf(fieldsOf(spec.resources).requests).storage ?? '0';
}

function withStorage(resources: JsonObject, storage: unknown): JsonObject {
  return { ...resources, requests: { ...fieldsOf(resources.requests), storage } };
}

/** Validates the attributes class: a driver cannot undo the change of a volume. */
function attributesProblems(name: unknown, old: ServerObject): FieldError[] {
  const applied = fieldsOf(old.status).currentVolumeAttributesClassName !== undefined;
  if (!applied || textOf(name) !== '' || name === fieldsOf(old.spec).volumeAttributesClassName) return [];
  const to = name === undefined ? 'nil' : 'empty string';
  const why = `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  return [forbiddenField('spec.volumeAttributesClassName', why)];
}

const classPolicies = ['Delete', 'Retain'];
const bindingModes = ['Immediate', 'WaitForFirstConsumer'];

/** StorageClasses, which change in a few fields only. */
export const storageClasses: Strategy = {
  returnsDeleted: true,
  schemaChecked: false,
  defaults: (object) => {
    setDefault(object, 'reclaimPolicy', 'Delete');
    setDefault(object, 'volumeBindingMode', 'Immediate');
  },
  validate: ({ provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies }) => {
    const errors = [
      ...provisionerProblems('provisioner', textOf(provisioner)),
      ...parameterProblems('parameters', fieldsOf(parameters), true),
    ];
    const policy = textOf(reclaimPolicy);
    if (policy !== '' && !classPolicies.includes(policy))
      errors.push(notSupported('reclaimPolicy', policy, classPolicies));
    if (!bindingModes.includes(textOf(volumeBindingMode)))
      errors.push(notSupported('volumeBindingMode', textOf(volumeBindingMode), bindingModes));
    return [...errors, ...topologyProblems(allowedTopologies, 'allowedTopologies')];
  },
  warnings: ({ allowedTopologies }) =>
    objectsOf(allowedTopologies).flatMap((term, index) =>
      objectsOf(term.matchLabelExpressions).flatMap(({ key }, which) =>
        labelKeyWarnings([textOf(key)], () => `allowedTopologies[${index}].matchLabelExpressions[${which}].key`),
      ),
    ),
  validateUpdate: (object, old) => {
    const errors: FieldError[] = [];
    if (!equal(object.parameters ?? {}, old.parameters ?? {})) {
      errors.push(invalidValue('parameters', mapEcho(object.parameters), 'field is immutable'));
    }
    for (const field of ['provisioner', 'reclaimPolicy', 'volumeBindingMode']) {
      if (textOf(object[field]) !== textOf(old[field]))
        errors.push(invalidValue(field, object[field] ?? '', 'field is immutable'));
    }
    return errors;
  },
};
