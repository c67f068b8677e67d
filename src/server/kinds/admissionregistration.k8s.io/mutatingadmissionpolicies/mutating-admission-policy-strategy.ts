import { fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { setDefault } from '../../../object/set-default.js';
import { type PolicyOptions, patchTypes } from '../../../policy/policy-environment.js';
import {
  bindingProblems,
  conditionProblems,
  defaultMatch,
  expressionProblems,
  policyProblems,
  variableProblems,
} from '../policy-validation.js';

/** MutatingAdmissionPolicies: what is changed of writes, in CEL. */
export const mutatingAdmissionPolicies: Strategy = {
  generation: true,
  unconditionalUpdate: false,
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'failurePolicy', 'Fail');
    if (fields.matchConstraints !== undefined) defaultMatch(fieldsOf(fields.matchConstraints));
  },
  validate: mutatingPolicyProblems,
};

function mutatingPolicyProblems({ spec: given }: ServerObject): FieldError[] {
  const spec = fieldsOf(given);
  const params = spec.paramKind !== undefined;
  const errors = [...policyProblems(spec), ...operationProblems(spec.matchConstraints, 'spec.matchConstraints')];
  errors.push(...conditionProblems(spec.matchConditions, 'spec.matchConditions', params));
  const { errors: wrong, found } = variableProblems(spec.variables, 'spec.variables', { params, authorizer: true });
  errors.push(...wrong);
  const mutations = objectsOf(spec.mutations);
  if (mutations.length === 0) errors.push(required('spec.mutations', 'mutations must contain at least one item'));
  const options = { params, authorizer: true, variables: found, patches: true };
  for (const [index, mutation] of mutations.entries())
    errors.push(...mutationProblems(mutation, `spec.mutations[${index}]`, options));
  const policies = ['IfNeeded', 'Never'];
  const reinvocation = textOf(spec.reinvocationPolicy);
  if (reinvocation === '') errors.push(required('spec.reinvocationPolicy'));
  else if (!policies.includes(reinvocation))
    errors.push(notSupported('spec.reinvocationPolicy', spec.reinvocationPolicy, policies));
  return errors;
}

const operations = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

/** Validates the operations: an object that is deleted cannot be mutated. */
function operationProblems(match: unknown, path: string): FieldError[] {
  return objectsOf(fieldsOf(match).resourceRules).flatMap((rule) =>
    listOf(rule.operations)
      .filter((one) => !operations.includes(textOf(one)))
      .map((one) => notSupported(`${path}.resourceRules.operations`, one, operations)),
  );
}

function mutationProblems(mutation: JsonObject, path: string, options: PolicyOptions): FieldError[] {
  const { patchType, jsonPatch, applyConfiguration } = mutation;
  const type = textOf(patchType);
  if (type === '') return [required(`${path}.patchType`)];
  const kinds = ['ApplyConfiguration', 'JSONPatch'];
  if (type !== 'JSONPatch' && type !== 'ApplyConfiguration') return [notSupported(`${path}.patchType`, type, kinds)];
  const [own, other] =
    type === 'JSONPatch'
      ? (['jsonPatch', 'applyConfiguration'] as const)
      : (['applyConfiguration', 'jsonPatch'] as const);
  const given = { jsonPatch, applyConfiguration };
  const errors: FieldError[] = [];
  if (given[own] === undefined) errors.push(required(`${path}.${own}`, `must be specified when patchType is ${type}`));
  else {
    const text = textOf(fieldsOf(given[own]).expression).trim();
    errors.push(...expressionProblems(text, `${path}.${own}.expression`, options, [patchTypes[type]], ''));
  }
  if (given[other] !== undefined)
    errors.push(invalidValue(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${type}`));
  return errors;
}

/** Their bindings: where a policy changes something. */
export const mutatingAdmissionPolicyBindings: Strategy = {
  generation: true,
  unconditionalUpdate: false,
  defaults: ({ spec }) => {
    const { matchResources } = fieldsOf(spec);
    if (matchResources !== undefined) defaultMatch(fieldsOf(matchResources));
  },
  validate: ({ spec }) => {
    const fields = fieldsOf(spec);
    return [...bindingProblems(fields), ...operationProblems(fields.matchResources, 'spec.matchResources')];
  },
};
