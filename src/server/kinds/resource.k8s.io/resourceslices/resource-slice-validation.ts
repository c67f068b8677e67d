import { dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
  tooMany,
} from '../../../object/field-error.js';
import { nodeSelectorProblems } from '../../../validation/scheduling.js';
import { driverNameProblems } from '../../../validation/storage-problems.js';
import { bindingProblems, deviceTaintProblems } from '../devices.js';
import { attributeNameProblems, labelNameProblems, listProblems, poolNameProblems, setProblems } from '../items.js';
import { requestPolicyProblems } from './request-policy.js';

const maxDevices = 128;
const maxAdvancedDevices = 64;
const maxCounterSets = 8;
const maxCounters = 32;
const maxConsumptions = 2;
const maxTaints = 16;
const maxAttributes = 32;
const maxKeyLength = 96;
const maxValueLength = 64;

/** Checks the spec of a slice. `old` is the stored one, or undefined on create. */
export function sliceSpecProblems(spec: JsonObject, old: JsonObject | undefined): FieldError[] {
  const pool = fieldsOf(spec.pool);
  const errors = [...driverNameProblems('spec.driver', textOf(spec.driver)), ...poolProblems(pool)];
  if (old !== undefined) {
    const unchanged = (field: string, now: unknown, before: unknown): void => {
      if (!equal(now ?? null, before ?? null))
        errors.push(invalidValue(`spec.${field}`, now ?? null, 'field is immutable'));
    };
    unchanged('pool.name', textOf(pool.name), textOf(fieldsOf(old.pool).name));
    unchanged('driver', textOf(spec.driver), textOf(old.driver));
    unchanged('nodeName', spec.nodeName, old.nodeName);
  }
  errors.push(...placeProblems(spec));
  const devices = objectsOf(spec.devices);
  if (spec.sharedCounters !== undefined && Array.isArray(spec.devices))
    errors.push(invalidValue('spec', '', 'only one of `sharedCounters` or `devices` is allowed'));
  const isAdvanced = devices.some(
    ({ taints, consumesCounters }) => listOf(taints).length > 0 || listOf(consumesCounters).length > 0,
  );
  const before = new Map(objectsOf(old?.devices).map((device) => [textOf(device.name), device]));
  const check = (device: JsonObject, path: string): FieldError[] =>
    deviceProblems(device, before.get(textOf(device.name)), path, spec.perDeviceNodeSelection === true);
  return [
    ...errors,
    ...setProblems(devices, isAdvanced ? maxAdvancedDevices : maxDevices, 'spec.devices', check, nameOf),
    ...setProblems(objectsOf(spec.sharedCounters), maxCounterSets, 'spec.sharedCounters', counterSetProblems, nameOf),
  ];
}

function nameOf({ name }: JsonObject): string {
  return textOf(name);
}

function poolProblems({ name, resourceSliceCount, generation }: JsonObject): FieldError[] {
  const [count, version] = [numberOf(resourceSliceCount) ?? 0, numberOf(generation) ?? 0];
  const errors = poolNameProblems('spec.pool.name', textOf(name));
  if (count <= 0) errors.push(invalidValue('spec.pool.resourceSliceCount', count, 'must be greater than zero'));
  if (version < 0) errors.push(invalidValue('spec.pool.generation', version, 'must be greater than or equal to zero'));
  return errors;
}

const onlyOne = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';

function placeProblems(spec: JsonObject): FieldError[] {
  const { nodeName, nodeSelector } = spec;
  const errors: FieldError[] = [];
  const set: string[] = [];
  if (nodeName === '')
    errors.push(invalidValue('spec.nodeName', '', 'must be either unset or set to a non-empty string'));
  else if (typeof nodeName === 'string') {
    set.push('`nodeName`');
    errors.push(...dns1123SubdomainProblems(nodeName).map((why) => invalidValue('spec.nodeName', nodeName, why)));
  }
  if (nodeSelector !== undefined && nodeSelector !== null) {
    set.push('`nodeSelector`');
    errors.push(...nodeSelectorProblems(fieldsOf(nodeSelector), 'spec.nodeSelector'));
    const { nodeSelectorTerms } = fieldsOf(nodeSelector);
    if (listOf(nodeSelectorTerms).length !== 1) {
      const why = 'must have exactly one node selector term';
      errors.push(invalidValue('spec.nodeSelector.nodeSelectorTerms', nodeSelectorTerms ?? null, why));
    }
  }
  for (const field of ['allNodes', 'perDeviceNodeSelection']) {
    if (spec[field] === true) set.push(`\`${field}\``);
    else if (spec[field] === false)
      errors.push(invalidValue(`spec.${field}`, false, 'must be either unset or set to true'));
  }
  if (set.length === 0) errors.push(required('spec', onlyOne));
  if (set.length > 1)
    errors.push(invalidValue('spec', `{${set.join(', ')}}`, `${onlyOne}, but multiple fields are set`));
  return errors;
}

function counterSetProblems({ name, counters }: JsonObject, path: string): FieldError[] {
  const errors = textOf(name) === '' ? [required(`${path}.name`)] : labelNameProblems(`${path}.name`, textOf(name));
  return [...errors, ...counterProblems(fieldsOf(counters), `${path}.counters`)];
}

function counterProblems(counters: JsonObject, path: string): FieldError[] {
  const names = Object.keys(counters);
  if (names.length === 0) return [required(path)];
  if (names.length > maxCounters) return [tooMany(path, names.length, maxCounters)];
  return names.flatMap((name) => labelNameProblems(path, name));
}

function deviceProblems(
  device: JsonObject,
  old: JsonObject | undefined,
  path: string,
  hasOwnNodes: boolean,
): FieldError[] {
  const [attributes, capacity] = [fieldsOf(device.attributes), fieldsOf(device.capacity)];
  const errors = labelNameProblems(`${path}.name`, textOf(device.name));
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > maxAttributes) {
    const why = `the total number of attributes and capacities must not exceed ${maxAttributes}`;
    errors.push(invalidValue(path, count, why));
  }
  for (const [name, attribute] of Object.entries(attributes))
    errors.push(
      ...attributeNameProblems(`${path}.attributes`, name),
      ...attributeProblems(fieldsOf(attribute), `${path}.attributes[${shortened(name)}]`),
    );
  for (const [name, one] of Object.entries(capacity))
    errors.push(
      ...attributeNameProblems(`${path}.capacity`, name),
      ...capacityProblems(
        fieldsOf(one),
        `${path}.capacity[${shortened(name)}].requestPolicy`,
        device.allowMultipleAllocations === true,
      ),
    );
  if (old === undefined || !equal(old.taints ?? [], device.taints ?? []))
    errors.push(...listProblems(objectsOf(device.taints), maxTaints, `${path}.taints`, deviceTaintProblems));
  errors.push(
    ...setProblems(
      objectsOf(device.consumesCounters),
      maxConsumptions,
      `${path}.consumesCounters`,
      consumptionProblems,
      ({ counterSet }) => textOf(counterSet),
    ),
  );
  errors.push(...(hasOwnNodes ? ownNodeProblems(device, path) : foreignNodeProblems(device, path)));
  return [...errors, ...bindingProblems(device, path)];
}

/** A key as paths show it: the middle of a long one is left out. */
function shortened(key: string): string {
  if (key.length <= maxKeyLength) return key;
  const remaining = maxKeyLength - 3;
  return `${key.slice(0, Math.floor((remaining + 1) / 2))}...${key.slice(key.length - Math.floor(remaining / 2))}`;
}

const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

function attributeProblems({ int, bool, string, version }: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (typeof string === 'string' && string.length > maxValueLength)
    errors.push(tooLong(`${path}.string`, maxValueLength));
  if (typeof version === 'string') {
    const why = 'must be a string compatible with semver.org spec 2.0.0';
    if (!semver.test(version)) errors.push(invalidValue(`${path}.version`, version, why));
    if (version.length > maxValueLength) errors.push(tooLong(`${path}.version`, maxValueLength));
  }
  const given = [int, bool, string, version].filter((value) => value !== undefined && value !== null);
  const shown = {
    IntValue: int ?? null,
    BoolValue: bool ?? null,
    StringValue: string ?? null,
    VersionValue: version ?? null,
    IntValues: null,
    BoolValues: null,
    StringValues: null,
    VersionValues: null,
  };
  if (given.length !== 1)
    errors.push(invalidValue(path, given.length === 0 ? '' : shown, 'exactly one value must be specified'));
  return errors;
}

function capacityProblems({ value, requestPolicy }: JsonObject, path: string, isShared: boolean): FieldError[] {
  if (requestPolicy === undefined || requestPolicy === null) return [];
  if (!isShared) return [forbiddenField(path, 'allowMultipleAllocations must be true')];
  return requestPolicyProblems(String(value), fieldsOf(requestPolicy), path);
}

function consumptionProblems({ counterSet, counters }: JsonObject, path: string): FieldError[] {
  const name = textOf(counterSet);
  const at = `${path}.counterSet`;
  const errors = name === '' ? [required(at)] : labelNameProblems(at, name);
  return [...errors, ...counterProblems(fieldsOf(counters), `${path}.counters`)];
}

function ownNodeProblems(device: JsonObject, path: string): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  const errors: FieldError[] = [];
  const set: string[] = [];
  if (nodeName === '') errors.push(invalidValue(`${path}.nodeName`, '', 'must not be empty'));
  else if (typeof nodeName === 'string') {
    set.push('`nodeName`');
    const faults = dns1123SubdomainProblems(nodeName);
    errors.push(...faults.map((why) => invalidValue(`${path}.nodeName`, nodeName, why)));
  }
  if (nodeSelector !== undefined && nodeSelector !== null) {
    set.push('`nodeSelector`');
    errors.push(...nodeSelectorProblems(fieldsOf(nodeSelector), `${path}.nodeSelector`));
  }
  if (allNodes === true) set.push('`allNodes`');
  else if (allNodes === false)
    errors.push(invalidValue(`${path}.allNodes`, false, 'must be either unset or set to true'));
  const why =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (set.length === 0) errors.push(required(path, why));
  if (set.length > 1) errors.push(invalidValue(path, `{${set.join(', ')}}`, why));
  return errors;
}

function foreignNodeProblems(device: JsonObject, path: string): FieldError[] {
  const fields = ['nodeName', 'nodeSelector', 'allNodes'];
  if (fields.every((field) => device[field] === undefined || device[field] === null)) return [];
  const why =
    '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  return [invalidValue(path, null, why)];
}
