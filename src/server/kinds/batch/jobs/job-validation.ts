import { fieldsOf, numberOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { internalEcho } from '../../../go-text/echo.js';
import { type FieldError, invalidValue, notSupported, required, tooLong } from '../../../object/field-error.js';
import { nonNegative, qualifiedProblems } from '../../../validation/value-problems.js';
import { podTemplateProblems } from '../../core/pods/pod-template.js';
import { failurePolicyProblems, successPolicyProblems } from './job-policies.js';

const modes = ['NonIndexed', 'Indexed'];
const maxIndexed = 100_000;
const manyCompletions = 100_000;
const fewPods = 10_000;
const maxManagedBy = 63;

/** Validates the spec of a Job, in a Job or in the template of a CronJob. */
export function jobSpecProblems(spec: JsonObject, path: string): FieldError[] {
  const numbers = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ];
  const errors = numbers.flatMap((name) => nonNegative(`${path}.${name}`, spec[name]));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  const manager = textOf(spec.managedBy);
  if (spec.managedBy !== undefined) {
    if (!manager.includes('/'))
      errors.push(invalidValue(`${path}.managedBy`, manager, 'must be a domain-prefixed path (such as "acme.io/foo")'));
    else errors.push(...qualifiedProblems(`${path}.managedBy`, manager));
    if (manager.length > maxManagedBy) errors.push(tooLong(`${path}.managedBy`, maxManagedBy));
  }
  if (spec.completionMode !== undefined && !modes.includes(textOf(spec.completionMode)))
    errors.push(notSupported(`${path}.completionMode`, spec.completionMode, modes));
  const mode = spec.completionMode ?? 'NonIndexed';
  if (mode === 'Indexed') errors.push(...indexedProblems(spec, path));
  if (mode === 'NonIndexed') errors.push(...plainProblems(spec, path));
  errors.push(...failurePolicyProblems(spec, `${path}.podFailurePolicy`));
  if (mode === 'Indexed') errors.push(...successPolicyProblems(spec, `${path}.successPolicy`));
  else if (spec.successPolicy !== undefined)
    errors.push(
      invalidValue(
        `${path}.successPolicy`,
        internalEcho('batch/v1.SuccessPolicy', spec.successPolicy),
        'requires indexed completion mode',
      ),
    );
  const replacements = spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  if (spec.podReplacementPolicy !== undefined && !replacements.includes(textOf(spec.podReplacementPolicy)))
    errors.push(notSupported(`${path}.podReplacementPolicy`, spec.podReplacementPolicy, replacements));
  return [...errors, ...templateProblems(spec, path)];
}

/** Jobs that number their pods. */
function indexedProblems(spec: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [completions, parallelism] = [numberOf(spec.completions), numberOf(spec.parallelism) ?? 0];
  const failures = numberOf(spec.maxFailedIndexes);
  const atMost = (field: string, value: number, max: number, when: string): void => {
    if (value > max)
      errors.push(invalidValue(`${path}.${field}`, value, `must be less than or equal to ${max}${when}`));
  };
  if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  atMost('parallelism', parallelism, maxIndexed, ' when completion mode is Indexed');
  if (failures !== undefined && completions !== undefined && failures > completions)
    errors.push(invalidValue(`${path}.maxFailedIndexes`, failures, 'must be less than or equal to completions'));
  atMost('maxFailedIndexes', failures ?? 0, maxIndexed, '');
  if ((completions ?? 0) > manyCompletions && spec.backoffLimitPerIndex !== undefined) {
    if (failures === undefined)
      errors.push(
        required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${manyCompletions}`),
      );
    const when = ` when completions are above ${manyCompletions} and used with backoff limit per index`;
    atMost('parallelism', parallelism, fewPods, when);
    atMost('maxFailedIndexes', failures ?? 0, fewPods, when);
  }
  return errors;
}

function plainProblems(spec: JsonObject, path: string): FieldError[] {
  return ['backoffLimitPerIndex', 'maxFailedIndexes']
    .filter((name) => spec[name] !== undefined)
    .map((name) => invalidValue(`${path}.${name}`, spec[name], 'requires indexed completion mode'));
}

function templateProblems(spec: JsonObject, path: string): FieldError[] {
  const podSpec = fieldsOf(fieldsOf(spec.template).spec);
  const errors = podTemplateProblems(spec.template, `${path}.template`);
  const field = `${path}.template.spec.restartPolicy`;
  const policy = textOf(podSpec.restartPolicy);
  if (policy === 'Always' || policy === '') errors.push(required(field, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never')
    errors.push(notSupported(field, policy, ['OnFailure', 'Never']));
  else if (spec.podFailurePolicy !== undefined && policy !== 'Never')
    errors.push(invalidValue(field, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  return errors;
}
