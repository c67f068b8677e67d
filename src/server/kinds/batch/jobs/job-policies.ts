import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../../../object/field-error.js';
import { nonNegative, qualifiedProblems } from '../../../validation/value-problems.js';
import { countIndexes } from './job-indexes.js';

const maxRules = 20;
const maxPatterns = 20;
const maxExitCodes = 255;
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];

const listed = (values: readonly string[]): string =>
  `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`;

/** Validates the failure policy of a Job. */
export function failurePolicyProblems(spec: JsonObject, path: string): FieldError[] {
  if (spec.podFailurePolicy === undefined) return [];
  const rules = objectsOf(fieldsOf(spec.podFailurePolicy).rules);
  const podSpec = fieldsOf(fieldsOf(spec.template).spec);
  const containers = new Set(
    ['containers', 'initContainers'].flatMap((list) => objectsOf(podSpec[list]).map(({ name }) => textOf(name))),
  );
  const errors = rules.length > maxRules ? [tooMany(`${path}.rules`, rules.length, maxRules)] : [];
  const perIndex = spec.backoffLimitPerIndex !== undefined;
  return [
    ...errors,
    ...rules.flatMap((rule, index) => ruleProblems(rule, `${path}.rules[${index}]`, containers, perIndex)),
  ];
}

function ruleProblems(
  rule: JsonObject,
  path: string,
  containers: ReadonlySet<string>,
  perIndex: boolean,
): FieldError[] {
  const action = textOf(rule.action);
  const conditions = objectsOf(rule.onPodConditions);
  const errors: FieldError[] = [];
  if (action === '') errors.push(required(`${path}.action`, listed(actions)));
  else if (action === 'FailIndex' && !perIndex)
    errors.push(invalidValue(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  else if (!actions.includes(action)) errors.push(notSupported(`${path}.action`, action, actions));
  if (rule.onExitCodes !== undefined)
    errors.push(...exitCodeProblems(fieldsOf(rule.onExitCodes), `${path}.onExitCodes`, containers));
  errors.push(...conditionProblems(conditions, `${path}.onPodConditions`));
  const without = (why: string): FieldError => ({ ...invalidValue(path, '', why), message: `Invalid value: ${why}` });
  if (rule.onExitCodes !== undefined && conditions.length > 0)
    errors.push(without('specifying both OnExitCodes and OnPodConditions is not supported'));
  if (rule.onExitCodes === undefined && conditions.length === 0)
    errors.push(without('specifying one of OnExitCodes and OnPodConditions is required'));
  return errors;
}

function exitCodeProblems(requirement: JsonObject, path: string, containers: ReadonlySet<string>): FieldError[] {
  const [operator, name] = [textOf(requirement.operator), requirement.containerName];
  const values = listOf(requirement.values).map((value) => numberOf(value) ?? 0);
  const errors: FieldError[] = [];
  if (operator === '') errors.push(required(`${path}.operator`, listed(operators)));
  else if (!operators.includes(operator)) errors.push(notSupported(`${path}.operator`, operator, operators));
  if (name !== undefined && !containers.has(textOf(name))) {
    const why = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalidValue(`${path}.containerName`, name, why));
  }
  const at = `${path}.values`;
  if (values.length === 0) errors.push(invalidValue(at, requirement.values ?? null, 'at least one value is required'));
  else if (values.length > maxExitCodes) errors.push(tooMany(at, values.length, maxExitCodes));
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0)
      errors.push(invalidValue(`${at}[${index}]`, value, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < index) errors.push(duplicate(`${at}[${index}]`, value));
  }
  if (values.some((value, index) => index > 0 && (values[index - 1] ?? value) > value))
    errors.push(invalidValue(at, values, 'must be ordered'));
  return errors;
}

function conditionProblems(patterns: readonly JsonObject[], path: string): FieldError[] {
  const errors: FieldError[] = patterns.length > maxPatterns ? [tooMany(path, patterns.length, maxPatterns)] : [];
  for (const [index, pattern] of patterns.entries()) {
    const [at, status] = [`${path}[${index}]`, textOf(pattern.status)];
    errors.push(...qualifiedProblems(`${at}.type`, textOf(pattern.type)));
    if (status === '') errors.push(required(`${at}.status`, listed(statuses)));
    else if (!statuses.includes(status)) errors.push(notSupported(`${at}.status`, status, statuses));
  }
  return errors;
}

const maxIndexBytes = 64 * 1024;

/** Validates the success policy of an indexed Job. */
export function successPolicyProblems(spec: JsonObject, path: string): FieldError[] {
  if (spec.successPolicy === undefined) return [];
  const rules = objectsOf(fieldsOf(spec.successPolicy).rules);
  const errors: FieldError[] = [];
  const at = `${path}.rules`;
  if (rules.length === 0)
    errors.push(required(at, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > maxRules) errors.push(tooMany(at, rules.length, maxRules));
  const completions = numberOf(spec.completions) ?? 0;
  return [...errors, ...rules.flatMap((rule, index) => successRuleProblems(rule, `${at}[${index}]`, completions))];
}

function successRuleProblems(rule: JsonObject, path: string, completions: number): FieldError[] {
  const [count, indexes] = [numberOf(rule.succeededCount), rule.succeededIndexes];
  const errors: FieldError[] = [];
  if (count === undefined && indexes === undefined)
    errors.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  let total = 0;
  if (indexes !== undefined) {
    const text = textOf(indexes);
    const field = `${path}.succeededIndexes`;
    if (text.length > maxIndexBytes) errors.push(tooLong(field, maxIndexBytes));
    const found = countIndexes(text, completions);
    if (typeof found === 'number') total = found;
    else errors.push(invalidValue(field, text, `error parsing succeededIndexes: ${found}`));
  }
  if (count === undefined) return errors;
  const field = `${path}.succeededCount`;
  errors.push(...nonNegative(field, count));
  if (count > completions) {
    const why = `must be less than or equal to ${completions} (the number of specified completions)`;
    errors.push(invalidValue(field, count, why));
  }
  if (indexes !== undefined && count > total) {
    const why = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
    errors.push(invalidValue(field, count, why));
  }
  return errors;
}
