import { type CelType, types } from '../../../cel/types.js';
import {
  dns1035LabelProblems,
  dns1123SubdomainProblems,
  pathSegmentNameProblems,
  qualifiedNameProblems,
} from '../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../../object/field-error.js';
import { setDefault } from '../../object/set-default.js';
import { type PolicyOptions, policyEnvironment } from '../../policy/policy-environment.js';
import { compilePolicy } from '../../policy/policy-expressions.js';
import { labelSelectorProblems } from '../../validation/label-selector-problems.js';

/** Sets the defaults of the rules and selectors of policies and bindings. */
export function defaultMatch(match: JsonObject): void {
  setDefault(match, 'matchPolicy', 'Equivalent');
  setDefault(match, 'namespaceSelector', {});
  setDefault(match, 'objectSelector', {});
  for (const list of ['resourceRules', 'excludeResourceRules'])
    for (const rule of objectsOf(match[list])) setDefault(rule, 'scope', '*');
}

/** Checks the fields that policies of both kinds have, except their expressions. */
export function policyProblems(spec: JsonObject): FieldError[] {
  const { failurePolicy, paramKind, matchConstraints } = spec;
  const errors: FieldError[] = [];
  if (failurePolicy !== 'Fail' && failurePolicy !== 'Ignore')
    errors.push(notSupported('spec.failurePolicy', failurePolicy, ['Fail', 'Ignore']));
  if (paramKind !== undefined) errors.push(...paramKindProblems(fieldsOf(paramKind), 'spec.paramKind'));
  if (matchConstraints === undefined) errors.push(required('spec.matchConstraints'));
  else {
    errors.push(...matchProblems(fieldsOf(matchConstraints), 'spec.matchConstraints'));
    if (objectsOf(fieldsOf(matchConstraints).resourceRules).length === 0)
      errors.push(required('spec.matchConstraints.resourceRules'));
  }
  return errors;
}

function paramKindProblems({ apiVersion, kind }: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const parts = textOf(apiVersion).split('/');
  const [group, version] = parts.length === 1 ? ['', parts[0] ?? ''] : [parts[0] ?? '', parts[1] ?? ''];
  const at = `${path}.apiVersion`;
  const complain = (value: string, faults: readonly string[]): void => {
    if (faults.length > 0) errors.push(invalidValue(at, value, faults.join(',')));
  };
  if (textOf(apiVersion) === '') errors.push(required(at));
  else if (parts.length > 2) complain(textOf(apiVersion), [`unexpected GroupVersion string: ${textOf(apiVersion)}`]);
  else {
    if (group !== '') complain(group, dns1123SubdomainProblems(group));
    if (version === '') complain(textOf(apiVersion), ['version must be specified']);
    else complain(version, dns1035LabelProblems(version));
  }
  if (textOf(kind) === '') errors.push(required(`${path}.kind`));
  else {
    const faults = dns1035LabelProblems(textOf(kind).toLowerCase());
    const why = `may have mixed case, but should otherwise match: ${faults.join(',')}`;
    if (faults.length > 0) errors.push(invalidValue(`${path}.kind`, kind, why));
  }
  return errors;
}

/** Checks rules and selectors. */
function matchProblems(match: JsonObject, path: string): FieldError[] {
  const { matchPolicy, namespaceSelector, objectSelector } = match;
  const errors: FieldError[] = [];
  if (matchPolicy !== 'Equivalent' && matchPolicy !== 'Exact')
    errors.push(notSupported(`${path}.matchPolicy`, matchPolicy, ['Equivalent', 'Exact']));
  errors.push(
    ...labelSelectorProblems(namespaceSelector, `${path}.namespaceSelector`),
    ...labelSelectorProblems(objectSelector, `${path}.objectSelector`),
  );
  for (const list of ['resourceRules', 'excludeResourceRules'])
    for (const [index, rule] of objectsOf(match[list]).entries())
      errors.push(...ruleProblems(rule, `${path}.${list}[${index}]`));
  return errors;
}

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

/** Checks one rule of a policy or of a webhook. */
export function ruleProblems(rule: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = listOf(rule.resourceNames).map(textOf);
  for (const [index, name] of names.entries()) {
    const at = `${path}.resourceNames[${index}]`;
    errors.push(...pathSegmentNameProblems(name).map((why) => invalidValue(at, name, why)));
    if (names.indexOf(name) < index) errors.push(duplicate(at, name));
  }
  const words = { operations: 'operations', apiGroups: 'API groups', apiVersions: 'API versions' } as const;
  for (const field of ['operations', 'apiGroups', 'apiVersions'] as const) {
    const values = listOf(rule[field]).map(textOf);
    const at = `${path}.${field}`;
    if (values.length === 0) errors.push(required(at));
    const why = `if '*' is present, must not specify other ${words[field]}`;
    if (values.length > 1 && values.includes('*')) errors.push(invalidValue(at, values, why));
    for (const [index, value] of values.entries()) {
      if (field === 'operations' && !operations.includes(value))
        errors.push(notSupported(`${at}[${index}]`, value, operations));
      if (field === 'apiVersions' && value === '') errors.push(required(`${at}[${index}]`));
    }
  }
  const scopes = ['*', 'Cluster', 'Namespaced'];
  errors.push(...resourceProblems(listOf(rule.resources).map(textOf), `${path}.resources`));
  if (rule.scope !== undefined && !scopes.includes(textOf(rule.scope)))
    errors.push(notSupported(`${path}.scope`, rule.scope, scopes));
  return errors;
}

function resourceProblems(resources: readonly string[], path: string): FieldError[] {
  const errors = resources.length === 0 ? [required(path)] : [];
  const [anySub, anyResource] = [new Set<string>(), new Set<string>()];
  for (const [index, one] of resources.entries()) {
    const at = `${path}[${index}]`;
    if (one === '') errors.push(required(at));
    const [resource = '', ...rest] = one.split('/');
    if (one === '' || rest.length === 0) continue;
    const sub = rest.join('/');
    if (anySub.has(resource))
      errors.push(invalidValue(at, one, `if '${resource}/*' is present, must not specify ${one}`));
    if (anyResource.has(sub)) errors.push(invalidValue(at, one, `if '*/${sub}' is present, must not specify ${one}`));
    if (sub === '*') anySub.add(resource);
    if (resource === '*') anyResource.add(sub);
  }
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(invalidValue(path, resources, "if '*/*' is present, must not specify other resources"));
  const last = resources.findLast((one) => one !== '' && !one.includes('/'));
  if (resources.includes('*') && last !== undefined && last !== '*') {
    const why = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalidValue(path, resources, why));
  }
  return errors;
}

/** Checks an expression that is required and has to be of one of the wanted types. */
export function expressionProblems(
  value: unknown,
  path: string,
  options: PolicyOptions,
  wanted: readonly CelType[],
  missing = 'expression is not specified',
): FieldError[] {
  const text = textOf(value);
  if (text.trim() === '') return [required(path, missing)];
  const program = compilePolicy(policyEnvironment(options), text, wanted);
  return typeof program === 'string' ? [invalidValue(path, text, program)] : [];
}

/** Checks `matchConditions`, which cannot use variables. */
export function conditionProblems(conditions: unknown, path: string, params: boolean): FieldError[] {
  const list = objectsOf(conditions);
  const errors = list.length > 64 ? [tooMany(path, list.length, 64)] : [];
  const seen = new Set<string>();
  for (const [index, { name, expression }] of list.entries()) {
    const at = `${path}[${index}]`;
    const trimmed = textOf(expression).trim();
    errors.push(...expressionProblems(trimmed, `${at}.expression`, { params, authorizer: true }, [types.bool], ''));
    const text = textOf(name);
    if (text === '') errors.push(required(`${at}.name`));
    else errors.push(...qualifiedNameProblems(text).map((why) => invalidValue(`${at}.name`, text, why)));
    if (text !== '' && seen.has(text)) errors.push(duplicate(`${at}.name`, text));
    seen.add(text);
  }
  return errors;
}

const reserved =
  /^(?:true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while)$/;

/** Checks the variables of a policy, each of which can use those before it. Returns the types of the valid ones. */
export function variableProblems(
  variables: unknown,
  path: string,
  options: PolicyOptions,
): { errors: FieldError[]; found: ReadonlyMap<string, CelType> } {
  const errors: FieldError[] = [];
  const found = new Map<string, CelType>();
  for (const [index, { name, expression }] of objectsOf(variables).entries()) {
    const at = `${path}[${index}]`;
    const text = textOf(name);
    if (text.trim() === '') errors.push(required(`${at}.name`, 'name is not specified'));
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(text) || reserved.test(text))
      errors.push(invalidValue(`${at}.name`, text, 'must be a valid CEL identifier'));
    const own = { ...options, variables: found };
    const wrong = expressionProblems(expression, `${at}.expression`, own, []);
    errors.push(...wrong);
    const program = wrong.length > 0 ? undefined : policyEnvironment(own).compile(textOf(expression));
    found.set(text, program === undefined || typeof program === 'string' ? types.dyn : program.type);
  }
  return { errors, found };
}

/** Checks the fields that bindings of both kinds have. */
export function bindingProblems(spec: JsonObject): FieldError[] {
  const { policyName, paramRef, matchResources } = spec;
  const name = textOf(policyName);
  const errors =
    name === ''
      ? [required('spec.policyName')]
      : dns1123SubdomainProblems(name).map((why) => invalidValue('spec.policyName', name, why));
  if (paramRef !== undefined) errors.push(...paramRefProblems(fieldsOf(paramRef), 'spec.paramRef'));
  if (matchResources !== undefined) errors.push(...matchProblems(fieldsOf(matchResources), 'spec.matchResources'));
  return errors;
}

function paramRefProblems({ name, selector, parameterNotFoundAction }: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const exclusive = 'name and selector are mutually exclusive';
  const text = textOf(name);
  if (text !== '') {
    errors.push(...pathSegmentNameProblems(text).map((why) => invalidValue(`${path}.name`, text, why)));
    if (selector !== undefined) errors.push(forbiddenField(`${path}.name`, exclusive));
  }
  if (selector !== undefined) {
    errors.push(...labelSelectorProblems(selector, `${path}.selector`));
    if (text !== '') errors.push(forbiddenField(`${path}.selector`, exclusive));
  }
  if (text === '' && selector === undefined) errors.push(required(path, 'one of name or selector must be specified'));
  const action = textOf(parameterNotFoundAction);
  if (action === '') errors.push(required(`${path}.parameterNotFoundAction`));
  else if (action !== 'Deny' && action !== 'Allow')
    errors.push(notSupported(`${path}.parameterNotFoundAction`, action, ['Deny', 'Allow']));
  return errors;
}
