import { parseQuantity } from '../../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { ensure, setDefault } from '../../../object/set-default.js';
import { pathNameProblems } from '../../../validation/references.js';
import { nonNegative } from '../../../validation/value-problems.js';
import { metricProblems } from './metric-validation.js';

/** HorizontalPodAutoscalers. */
export const horizontalPodAutoscalers: Strategy = {
  generation: false,
  schemaChecked: false,
  defaults: (object) => {
    const spec = fieldsOf(object.spec);
    setDefault(spec, 'minReplicas', 1);
    if (object.apiVersion === 'autoscaling/v1') {
      if (spec.targetCPUUtilizationPercentage === undefined) spec.targetCPUUtilizationPercentage = 80;
      return;
    }
    if (spec.behavior !== undefined) defaultBehavior(fieldsOf(spec.behavior));
    if (listOf(spec.metrics).length === 0) {
      const target = { type: 'Utilization', averageUtilization: 80 };
      spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }
  },
  validate: (object, old) => autoscalerProblems(object, old),
  validateSubresource: (subresource, { status }) => {
    if (subresource !== 'status') return [];
    return ['currentReplicas', 'desiredReplicas'].flatMap((field) =>
      nonNegative(`status.${field}`, fieldsOf(status)[field]),
    );
  },
};

/** Applies the defaults of an autoscaler's `behavior`, if it has one. */
function defaultBehavior(behavior: JsonObject): void {
  const all = { type: 'Percent', value: 100, periodSeconds: 15 };
  const up = ensure(behavior, 'scaleUp');
  setDefault(up, 'stabilizationWindowSeconds', 0);
  setDefault(up, 'selectPolicy', 'Max');
  setDefault(up, 'policies', [{ type: 'Pods', value: 4, periodSeconds: 15 }, all]);
  const down = ensure(behavior, 'scaleDown');
  setDefault(down, 'selectPolicy', 'Max');
  setDefault(down, 'policies', [all]);
}

function autoscalerProblems(object: ServerObject, old: ServerObject | undefined): FieldError[] {
  const [spec, before] = [fieldsOf(object.spec), fieldsOf(old?.spec)];
  const [min, max] = [numberOf(spec.minReplicas), numberOf(spec.maxReplicas) ?? 0];
  // Scaling to nothing is not on by default: an autoscaler that does may go on.
  const least = numberOf(before.minReplicas) === 0 ? 0 : 1;
  const errors: FieldError[] = [];
  if (min !== undefined && min < least)
    errors.push(invalidValue('spec.minReplicas', min, `must be greater than or equal to ${least}`));
  if (max === 0) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (max < 0) errors.push(invalidValue('spec.maxReplicas', max, 'must be greater than or equal to 1'));
  if (min !== undefined && max < min)
    errors.push(invalidValue('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  const [target, wasTarget] = [fieldsOf(spec.scaleTargetRef), fieldsOf(before.scaleTargetRef)];
  const same = target.apiVersion === wasTarget.apiVersion && target.kind === wasTarget.kind;
  const group = target.kind === 'ReplicationController' ? 'any' : 'named';
  errors.push(...targetProblems(target, 'spec.scaleTargetRef', old !== undefined && same ? 'unchecked' : group));
  // What describes nothing that could be already is let be.
  const lenient = objectsOf(before.metrics).some(
    ({ type, object: source }) =>
      type === 'Object' &&
      source !== undefined &&
      versionProblem(textOf(fieldsOf(fieldsOf(source).describedObject).apiVersion), 'any') !== undefined,
  );
  // The one target of version 1 is a metric in the others.
  const share = numberOf(spec.targetCPUUtilizationPercentage);
  if (share !== undefined && share < 1) {
    const path = 'spec.metrics[0].resource.target.averageUtilization';
    errors.push(invalidValue(path, share, 'must be greater than 0'));
  }
  errors.push(
    ...metricProblems(spec.metrics, 'spec.metrics', (reference, path) =>
      targetProblems(reference, path, lenient ? 'unchecked' : 'any'),
    ),
  );
  const types = objectsOf(spec.metrics).map(({ type }) => type);
  if (min === 0 && !types.includes('Object') && !types.includes('External')) {
    const why = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbiddenField('spec.metrics', why));
  }
  return [...errors, ...behaviorProblems(fieldsOf(spec.behavior))];
}

/** The check of an `apiVersion`: it must name a group, may be of the core group, or is not checked. */
type Version = 'named' | 'any' | 'unchecked';

function versionProblem(apiVersion: string, version: Version): string | undefined {
  if (version === 'unchecked') return undefined;
  if (apiVersion.split('/').length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  return version === 'named' && !/^[^/]+\//.test(apiVersion) ? 'apiVersion must specify API group' : undefined;
}

function targetProblems(reference: JsonObject, path: string, version: Version): FieldError[] {
  const errors = [
    ...pathNameProblems(`${path}.kind`, reference.kind),
    ...pathNameProblems(`${path}.name`, reference.name),
  ];
  const apiVersion = textOf(reference.apiVersion);
  const why = versionProblem(apiVersion, version);
  return why === undefined ? errors : [...errors, invalidValue(`${path}.apiVersion`, apiVersion, why)];
}

const selections = ['Disabled', 'Max', 'Min'];
const maxWindowSeconds = 3_600;
const maxPeriodSeconds = 1_800;

function behaviorProblems(behavior: JsonObject): FieldError[] {
  return ['scaleUp', 'scaleDown'].flatMap((direction) => {
    if (behavior[direction] === undefined || behavior[direction] === null) return [];
    const rules = fieldsOf(behavior[direction]);
    const path = `spec.behavior.${direction}`;
    const errors: FieldError[] = [];
    const window = numberOf(rules.stabilizationWindowSeconds) ?? 0;
    const at = `${path}.stabilizationWindowSeconds`;
    if (window < 0) errors.push(invalidValue(at, window, 'must be greater than or equal to zero'));
    if (window > maxWindowSeconds)
      errors.push(invalidValue(at, window, `must be less than or equal to ${maxWindowSeconds}`));
    if (!selections.includes(textOf(rules.selectPolicy)))
      errors.push(notSupported(`${path}.selectPolicy`, rules.selectPolicy, selections));
    const policies = objectsOf(rules.policies);
    if (policies.length === 0) errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
    errors.push(...policies.flatMap((policy, index) => policyProblems(policy, `${path}.policies[${index}]`)));
    const { tolerance } = rules;
    if (tolerance !== undefined && parseQuantity(String(tolerance)).sign < 0)
      errors.push(invalidValue(`${path}.tolerance`, String(tolerance), 'must be greater than or equal to 0'));
    return errors;
  });
}

function policyProblems(policy: JsonObject, path: string): FieldError[] {
  const type = textOf(policy.type);
  const [value, period] = [numberOf(policy.value) ?? 0, numberOf(policy.periodSeconds) ?? 0];
  const errors: FieldError[] = [];
  if (type !== 'Pods' && type !== 'Percent') errors.push(notSupported(`${path}.type`, type, ['Percent', 'Pods']));
  if (value <= 0) errors.push(invalidValue(`${path}.value`, value, 'must be greater than zero'));
  if (period <= 0) errors.push(invalidValue(`${path}.periodSeconds`, period, 'must be greater than zero'));
  if (period > maxPeriodSeconds)
    errors.push(invalidValue(`${path}.periodSeconds`, period, `must be less than or equal to ${maxPeriodSeconds}`));
  return errors;
}
