import { compilePolicy } from '../admission/policy-expressions.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../fields.js';
import type { JsonObject } from '../patch/json-value.js';
import type { ServerObject } from '../registry/stored.js';
import {
  duplicate,
  type FieldError,
  invalid,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.js';
import { setDefault } from './pod-spec-defaults.js';
import type { Strategy } from './strategy.js';

const kind = { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicy' };

function defaultMatch(match: JsonObject): void {
  setDefault(match, 'matchPolicy', 'Equivalent');
  setDefault(match, 'namespaceSelector', {});
  setDefault(match, 'objectSelector', {});
  for (const list of ['resourceRules', 'excludeResourceRules'])
    for (const rule of objectsOf(match[list])) setDefault(rule, 'scope', '*');
}

/** ValidatingAdmissionPolicies: what writes have to be like, in CEL. */
export const validatingAdmissionPolicies: Strategy = {
  generation: true,
  unconditionalUpdate: false,
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'failurePolicy', 'Fail');
    if (fields.matchConstraints !== undefined) defaultMatch(fieldsOf(fields.matchConstraints));
  },
  prepareForCreate: (policy) => checkExpressions(policy),
  prepareForUpdate: (policy) => checkExpressions(policy),
  validate: ({ spec }) => policyProblems(fieldsOf(spec)),
};

function policyProblems(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const { matchConstraints } = spec;
  if (matchConstraints === undefined) errors.push(required('spec.matchConstraints'));
  else {
    const rules = fieldsOf(matchConstraints).resourceRules;
    if (objectsOf(rules).length === 0) errors.push(required('spec.matchConstraints.resourceRules'));
    errors.push(
      ...objectsOf(rules).flatMap((rule, index) => ruleProblems(rule, `spec.matchConstraints.resourceRules[${index}]`)),
    );
  }
  if (objectsOf(spec.validations).length + objectsOf(spec.auditAnnotations).length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item';
    errors.push(required('spec.validations', why), required('spec.auditAnnotations', why));
  }
  const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
  for (const [index, { expression, reason }] of objectsOf(spec.validations).entries()) {
    const at = `spec.validations[${index}]`;
    if (textOf(expression).trim() === '') errors.push(required(`${at}.expression`, 'expression is not specified'));
    if (reason !== undefined && !reasons.includes(textOf(reason)))
      errors.push(notSupported(`${at}.reason`, reason, reasons));
  }
  return [
    ...errors,
    ...nameProblems(spec.variables, 'spec.variables'),
    ...nameProblems(spec.matchConditions, 'spec.matchConditions'),
  ];
}

function nameProblems(list: unknown, path: string): FieldError[] {
  const seen = new Set<string>();
  return objectsOf(list).flatMap(({ name, expression }, index) => {
    const [text, at] = [textOf(name), `${path}[${index}]`];
    const errors = text !== '' && seen.has(text) ? [duplicate(`${at}.name`, text)] : [];
    if (path === 'spec.variables' && text !== '' && !/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(text))
      errors.push(invalidValue(`${at}.name`, text, 'name is not a valid CEL identifier'));
    if (textOf(expression).trim() === '') errors.push(required(`${at}.expression`));
    seen.add(text);
    return errors;
  });
}

function ruleProblems(rule: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['apiGroups', 'apiVersions', 'resources', 'operations']) {
    const values = listOf(rule[field]).map(textOf);
    if (values.length === 0) errors.push(required(`${path}.${field}`));
    if (values.length > 1 && values.includes('*'))
      errors.push(invalidValue(`${path}.${field}`, values, "if '*' is present, must not specify other values"));
    if (field === 'apiVersions')
      for (const [index, value] of values.entries())
        if (value === '') errors.push(required(`${path}.${field}[${index}]`));
  }
  return errors;
}

/** What is wrong with the expressions as such. They are read here since reading them takes a package that has to be loaded first. */
async function checkExpressions({ spec, metadata }: ServerObject): Promise<void> {
  const fields = fieldsOf(spec);
  const places = [
    ...placesOf(fields.variables, 'spec.variables', 'expression'),
    ...placesOf(fields.matchConditions, 'spec.matchConditions', 'expression'),
    ...placesOf(fields.validations, 'spec.validations', 'expression'),
    ...placesOf(fields.validations, 'spec.validations', 'messageExpression'),
  ];
  const errors: FieldError[] = [];
  for (const [at, expression] of places) {
    const program = expression.trim() === '' ? undefined : await compilePolicy(expression);
    if (typeof program === 'string')
      errors.push(invalidValue(at, expression, `compilation failed: ERROR: <input>:1:1: ${program}`));
  }
  if (errors.length > 0) throw invalid(kind, metadata.name ?? '', errors);
}

function placesOf(list: unknown, path: string, field: string): [string, string][] {
  return objectsOf(list).flatMap((one, index): [string, string][] =>
    one[field] === undefined ? [] : [[`${path}[${index}].${field}`, textOf(one[field])]],
  );
}

/** Their bindings: where a policy is asked, and what comes of its objections. */
export const validatingAdmissionPolicyBindings: Strategy = {
  generation: true,
  unconditionalUpdate: false,
  defaults: ({ spec }) => {
    const { matchResources } = fieldsOf(spec);
    if (matchResources !== undefined) defaultMatch(fieldsOf(matchResources));
  },
  validate: ({ spec }) => {
    const { validationActions, paramRef } = fieldsOf(spec);
    const actions = listOf(validationActions).map(textOf);
    const at = 'spec.validationActions';
    const errors: FieldError[] = [];
    if (actions.length === 0) errors.push(required(at, 'at least one validation action is required'));
    for (const [index, action] of actions.entries())
      if (actions.indexOf(action) !== index) errors.push(duplicate(`${at}[${index}]`, action));
    if (actions.includes('Deny') && actions.includes('Warn')) {
      const why =
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
      errors.push(invalidValue(at, actions, why));
    }
    if (paramRef !== undefined) {
      const { name, selector, parameterNotFoundAction } = fieldsOf(paramRef);
      if ((textOf(name) === '') === (selector === undefined)) {
        const why = 'one of name or selector must be specified';
        errors.push(required('spec.paramRef', textOf(name) === '' ? why : 'name and selector are mutually exclusive'));
      }
      if (parameterNotFoundAction === undefined) errors.push(required('spec.paramRef.parameterNotFoundAction'));
    }
    return errors;
  },
};
