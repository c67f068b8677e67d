import { fieldsOf, numberOf, textOf } from '../../../util/json-fields.js';
import { isObject, type JsonObject } from '../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../object/field-error.js';
import { nonNegative } from '../../validation/value-problems.js';

const percent =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** Why a value is neither a number of at least zero nor a percentage. */
export function intOrPercentProblems(field: string, value: unknown): FieldError[] {
  if (typeof value !== 'string') return nonNegative(field, value);
  return /^[0-9]+%$/.test(value) ? [] : [invalidValue(field, value, percent)];
}

/** Why a percentage is more than all. */
export function atMostAll(field: string, value: unknown): FieldError[] {
  const more = typeof value === 'string' && /^[0-9]+%$/.test(value) && Number.parseInt(value, 10) > 100;
  return more ? [invalidValue(field, value, 'must not be greater than 100%')] : [];
}

function amount(value: unknown): number {
  return typeof value === 'number' ? value : Number.parseInt(textOf(value), 10) || 0;
}

/** Validates the strategy by which a Deployment replaces its pods. */
export function deploymentStrategyProblems(spec: JsonObject): FieldError[] {
  const path = 'spec.strategy.rollingUpdate';
  const { type, rollingUpdate } = fieldsOf(spec.strategy);
  if (type !== 'RollingUpdate' && type !== 'Recreate')
    return [notSupported('spec.strategy', shown(spec.strategy), ['Recreate', 'RollingUpdate'])];
  if (type !== 'RollingUpdate')
    return rollingUpdate === undefined
      ? []
      : [forbiddenField(path, "may not be specified when strategy `type` is 'Recreate'")];
  const { maxUnavailable, maxSurge } = fieldsOf(rollingUpdate);
  const errors = [
    ...intOrPercentProblems(`${path}.maxUnavailable`, maxUnavailable),
    ...intOrPercentProblems(`${path}.maxSurge`, maxSurge),
  ];
  if (amount(maxUnavailable) === 0 && amount(maxSurge) === 0)
    errors.push(invalidValue(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  return [...errors, ...atMostAll(`${path}.maxUnavailable`, maxUnavailable)];
}

/** The same for a DaemonSet: one of the two, and not both. */
export function daemonSetStrategyProblems(spec: JsonObject): FieldError[] {
  const path = 'spec.updateStrategy.rollingUpdate';
  const { type, rollingUpdate } = fieldsOf(spec.updateStrategy);
  if (type !== 'RollingUpdate' && type !== 'OnDelete')
    return [notSupported('spec.updateStrategy', shown(spec.updateStrategy), ['RollingUpdate', 'OnDelete'])];
  if (type !== 'RollingUpdate') return [];
  const { maxUnavailable, maxSurge } = fieldsOf(rollingUpdate);
  const errors = [
    ...intOrPercentProblems(`${path}.maxUnavailable`, maxUnavailable),
    ...intOrPercentProblems(`${path}.maxSurge`, maxSurge),
    ...atMostAll(`${path}.maxUnavailable`, maxUnavailable),
    ...atMostAll(`${path}.maxSurge`, maxSurge),
  ];
  const [less, more] = [amount(maxUnavailable) !== 0, amount(maxSurge) !== 0];
  if (less && more)
    errors.push(invalidValue(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  else if (!less && !more) errors.push(required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return errors;
}

/** The same for a StatefulSet. */
export function statefulSetStrategyProblems(spec: JsonObject): FieldError[] {
  const path = 'spec.updateStrategy.rollingUpdate';
  const { type, rollingUpdate } = fieldsOf(spec.updateStrategy);
  if (type !== 'RollingUpdate' && type !== 'OnDelete')
    return [invalidValue('spec.updateStrategy', shown(spec.updateStrategy), "must be 'RollingUpdate' or 'OnDelete'")];
  if (rollingUpdate === undefined) return [];
  if (type !== 'RollingUpdate') {
    const shown = { Partition: numberOf(fieldsOf(rollingUpdate).partition) ?? 0, MaxUnavailable: null };
    return [invalidValue(path, shown, "only allowed for updateStrategy 'RollingUpdate'")];
  }
  return nonNegative(`${path}.partition`, fieldsOf(rollingUpdate).partition);
}

/** A strategy as messages show it: with the names it has in Go. */
function shown(strategy: unknown): JsonObject {
  const { type, rollingUpdate } = fieldsOf(strategy);
  return { Type: textOf(type), RollingUpdate: isObject(rollingUpdate) ? inGo(rollingUpdate) : null };
}

/** The bounds that there are, in the order they have in Go. */
function inGo(rolling: JsonObject): JsonObject {
  const bounds = ['partition', 'maxUnavailable', 'maxSurge'].filter((name) => rolling[name] !== undefined);
  return Object.fromEntries(bounds.map((name) => [name.charAt(0).toUpperCase() + name.slice(1), rolling[name]]));
}

/** Numbers of a workload's spec that are never below zero. */
export function workloadNumberProblems(spec: JsonObject): FieldError[] {
  return ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'].flatMap((name) =>
    nonNegative(`spec.${name}`, spec[name]),
  );
}
