import { dns1123SubdomainProblems, parseQuantity } from '../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../util/json-value.js';
import { externalEcho, internalEcho } from '../../go-text/echo.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../object/field-error.js';
import type { Strategy } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { setDefault } from '../../object/set-default.js';
import { labelSelectorProblems } from '../../validation/label-selector-problems.js';
import { labelKeyWarnings } from '../../validation/label-warnings.js';
import { driverNameProblems, parameterProblems, provisionerProblems } from '../../validation/storage-problems.js';
import { nonNegative, qualifiedProblems } from '../../validation/value-problems.js';
import { termWarnings } from '../core/pods/pod-warnings.js';
import { volumeSpecProblems } from './storage-kinds.js';

const policies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const modes = ['Persistent', 'Ephemeral'];

/** CSIDrivers. */
export const csiDrivers: Strategy = {
  generation: false,
  returnsDeleted: true,
  unconditionalUpdate: false,
  schemaChecked: false,
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'attachRequired', true);
    for (const field of ['podInfoOnMount', 'storageCapacity', 'requiresRepublish', 'seLinuxMount'])
      setDefault(fields, field, false);
    setDefault(fields, 'fsGroupPolicy', 'ReadWriteOnceWithFSType');
    if (listOf(fields.volumeLifecycleModes).length === 0) fields.volumeLifecycleModes = ['Persistent'];
  },
  // Made without a generation, which a change of what it wants begins to count.
  // A feature that is off by default.
  prepareForCreate: ({ spec }) => void delete fieldsOf(spec).preventPodSchedulingIfMissing,
  prepareForUpdate: (driver, old) => {
    if (fieldsOf(old.spec).preventPodSchedulingIfMissing === undefined)
      delete fieldsOf(driver.spec).preventPodSchedulingIfMissing;
    if (!equal(driver.spec, old.spec)) driver.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: ({ spec }) => driverProblems(fieldsOf(spec)),
  validateUpdate: ({ spec }, old) => {
    const [now, before] = [fieldsOf(spec), fieldsOf(old.spec)];
    // The real server writes the first of these otherwise than the field is called.
    const paths = { attachRequired: 'spec.attachedRequired', volumeLifecycleModes: 'spec.volumeLifecycleModes' };
    return Object.entries(paths)
      .filter(([field]) => !equal(now[field] ?? null, before[field] ?? null))
      .map(([field, path]) => invalidValue(path, now[field] ?? null, 'field is immutable'));
  },
  warnings: ({ spec }, old) => {
    const { tokenRequests, serviceAccountTokenInSecrets } = fieldsOf(spec);
    const before = old === undefined ? [] : listOf(fieldsOf(old.spec).tokenRequests);
    const asked = listOf(tokenRequests);
    if (asked.length === 0 || serviceAccountTokenInSecrets !== undefined || equal(asked, before)) return [];
    return [
      'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes',
    ];
  },
};

const shortestToken = 600;
const shortestPeriod = 10;

function driverProblems(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!policies.includes(textOf(spec.fsGroupPolicy)))
    errors.push(notSupported('spec.fsGroupPolicy', spec.fsGroupPolicy, policies));
  const audiences = new Set<string>();
  for (const [index, request] of objectsOf(spec.tokenRequests).entries()) {
    const at = `spec.tokenRequests[${index}]`;
    const audience = textOf(request.audience);
    if (audiences.has(audience)) {
      errors.push(duplicate(`${at}.audience`, audience));
      continue;
    }
    audiences.add(audience);
    const seconds = numberOf(request.expirationSeconds) ?? shortestToken;
    if (seconds < shortestToken)
      errors.push(invalidValue(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
    if (seconds > 2 ** 32)
      errors.push(
        invalidValue(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'),
      );
  }
  for (const mode of listOf(spec.volumeLifecycleModes).map(textOf))
    if (!modes.includes(mode)) errors.push(notSupported('spec.volumeLifecycleModes', mode, modes));
  const period = numberOf(spec.nodeAllocatableUpdatePeriodSeconds) ?? shortestPeriod;
  if (period < shortestPeriod)
    errors.push(
      invalidValue('spec.nodeAllocatableUpdatePeriodSeconds', period, 'must be greater than or equal to 10 seconds'),
    );
  const inSecrets = spec.serviceAccountTokenInSecrets;
  if (inSecrets !== undefined && audiences.size === 0) {
    const why = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    errors.push(invalidValue('spec.serviceAccountTokenInSecrets', inSecrets, why));
  }
  return errors;
}

/** CSINodes: which drivers a node has, and what it is called by each. */
export const csiNodes: Strategy = {
  generation: false,
  returnsDeleted: true,
  unconditionalUpdate: false,
  schemaChecked: false,
  validate: ({ spec }) => nodeDriverProblems(fieldsOf(spec).drivers),
  validateUpdate: ({ spec }, old) => {
    const settled = (driver: JsonObject): JsonObject => ({ ...driver, allocatable: undefined });
    return objectsOf(fieldsOf(old.spec).drivers).flatMap((before) =>
      objectsOf(fieldsOf(spec).drivers)
        .filter((driver) => driver.name === before.name && !equal(settled(driver), settled(before)))
        .map((driver) =>
          invalidValue('spec.drivers', internalEcho('storage/v1.CSINodeDriver', settled(driver)), 'field is immutable'),
        ),
    );
  },
};

const maxNodeId = 256;

function nodeDriverProblems(drivers: unknown): FieldError[] {
  const names = new Set<string>();
  return objectsOf(drivers).flatMap((driver, index) => {
    const at = `spec.drivers[${index}]`;
    const [name, id] = [textOf(driver.name), textOf(driver.nodeID)];
    const errors = driverNameProblems(`${at}.name`, name);
    if (id === '') errors.push(required(`${at}.nodeID`));
    if (id.length > maxNodeId) errors.push(invalidValue(`${at}.nodeID`, id, `must be ${maxNodeId} characters or less`));
    errors.push(...nonNegative(`${at}.allocatable.count`, fieldsOf(driver.allocatable).count));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    const keys = listOf(driver.topologyKeys).map(textOf);
    // As in the real server, what is wrong with a key is told of the driver.
    for (const [which, key] of keys.entries()) {
      if (key === '') errors.push(required(at));
      if (keys.indexOf(key) !== which) errors.push(duplicate(at, key));
      errors.push(...qualifiedProblems(at, key));
    }
    return errors;
  });
}

function capacityProblems({ nodeTopology, storageClassName, capacity }: ServerObject): FieldError[] {
  const name = textOf(storageClassName);
  return [
    ...labelSelectorProblems(nodeTopology, 'nodeTopology'),
    ...dns1123SubdomainProblems(name).map((why) => invalidValue('storageClassName', name, why)),
    ...sizeProblems('capacity', capacity),
  ];
}

function sizeProblems(field: string, size: unknown): FieldError[] {
  if (size === undefined || parseQuantity(String(size)).sign >= 0) return [];
  return [invalidValue(field, String(size), 'must be greater than or equal to 0')];
}

/** CSIStorageCapacities. */
export const csiStorageCapacities: Strategy = {
  unconditionalUpdate: false,
  schemaChecked: false,
  warnings: ({ nodeTopology }) => [
    ...termWarnings(fieldsOf(nodeTopology), 'nodeTopology'),
    ...labelKeyWarnings(
      Object.keys(fieldsOf(fieldsOf(nodeTopology).matchLabels)),
      (key) => `nodeTopology.matchLabels.${key}`,
    ),
  ],
  validateCreate: capacityProblems,
  validateUpdate: (object, old) => [
    ...capacityProblems(object),
    ...['nodeTopology', 'storageClassName']
      .filter((field) => !equal(object[field] ?? null, old[field] ?? null))
      .map((field) =>
        invalidValue(
          field,
          field === 'nodeTopology' ? externalEcho('apis/meta/v1.LabelSelector', object[field]) : textOf(object[field]),
          'field is immutable',
        ),
      ),
  ],
};

/** VolumeAttachments: what is to be attached where is settled when one is made. */
export const volumeAttachments: Strategy = {
  generation: false,
  returnsDeleted: true,
  unconditionalUpdate: false,
  schemaChecked: false,
  validate: (object) => attachmentProblems(object),
  validateUpdate: ({ spec }, old) =>
    equal(spec, old.spec)
      ? []
      : [invalidValue('spec', internalEcho('storage/v1.VolumeAttachmentSpec', spec), 'field is immutable')],
  validateSubresource: (_subresource, object) => attachmentProblems(object),
};

function attachmentProblems({ spec, status }: ServerObject): FieldError[] {
  const { attacher, nodeName, source } = fieldsOf(spec);
  const node = textOf(nodeName);
  return [
    ...driverNameProblems('spec.attacher', textOf(attacher)),
    ...sourceProblems(fieldsOf(source)),
    ...dns1123SubdomainProblems(node).map((why) => invalidValue('spec.nodeName', node, why)),
    ...attachmentStatusProblems(fieldsOf(status)),
    ...volumeNameProblems(fieldsOf(source)),
  ];
}

function sourceProblems({ inlineVolumeSpec, persistentVolumeName: name }: JsonObject): FieldError[] {
  const either = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  const errors: FieldError[] = [];
  if (inlineVolumeSpec === undefined && name === undefined) errors.push(required('spec.source', either));
  else if (inlineVolumeSpec !== undefined && name !== undefined) errors.push(forbiddenField('spec.source', either));
  else if (inlineVolumeSpec !== undefined)
    errors.push(...volumeSpecProblems(fieldsOf(inlineVolumeSpec), 'spec.source.inlineVolumeSpec', '', true));
  const at = 'spec.source.persistentVolumeName';
  if (name === '') errors.push(required(at, 'must specify non empty persistentVolumeName'));
  return errors;
}

function volumeNameProblems({ persistentVolumeName: name }: JsonObject): FieldError[] {
  if (typeof name !== 'string') return [];
  return dns1123SubdomainProblems(name).map((why) => invalidValue('spec.source.persistentVolumeName', name, why));
}

const maxMetadataBytes = 256 * 1024;
const maxMessageBytes = 1_024;

function attachmentStatusProblems(status: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const metadata = Object.entries(fieldsOf(status.attachmentMetadata));
  const size = metadata.reduce((total, [key, value]) => total + key.length + textOf(value).length, 0);
  if (size > maxMetadataBytes) errors.push(tooLong('status.attachmentMetadata', maxMetadataBytes));
  for (const field of ['attachError', 'detachError']) {
    const { message, errorCode } = fieldsOf(status[field]);
    // The bound that is named is another than the one that is held.
    if (textOf(message).length > maxMessageBytes) errors.push(tooLong(`status.${field}.message`, maxMetadataBytes));
    const code = numberOf(errorCode) ?? 0;
    if (code < 0)
      errors.push(invalidValue(`status.${field}.errorCode`, code, 'must be between 0 and 2147483647, inclusive'));
  }
  return errors;
}

/** VolumeAttributesClasses: settled when they are made. */
export const volumeAttributesClasses: Strategy = {
  generation: false,
  returnsDeleted: true,
  schemaChecked: false,
  validate: ({ driverName, parameters }, old) => [
    ...(old === undefined ? [] : changedClass({ driverName, parameters }, old)),
    ...provisionerProblems('driverName', textOf(driverName)),
    ...parameterProblems('parameters', fieldsOf(parameters), false),
  ],
};

function changedClass(object: JsonObject, old: JsonObject): FieldError[] {
  return ['driverName', 'parameters']
    .filter((field) => !equal(object[field] ?? null, old[field] ?? null))
    .map((field) => forbiddenField(field, `updates to ${field} are forbidden.`));
}
