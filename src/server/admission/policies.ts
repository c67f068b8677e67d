import { type LabelSelector, matchesLabelSelector } from '../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../fields.js';
import type { JsonObject } from '../patch/json-value.js';
import type { ServerContext } from '../registry/context.js';
import { namespaceResource } from '../registry/namespaces.js';
import { decodeStored, type ServerObject } from '../registry/stored.js';
import { storageKey, storageRange } from '../scheme/resource.js';
import { forbidden, StatusError } from '../status-error.js';
import { requestOf } from './admission-request.js';
import type { AdmissionAttributes } from './attributes.js';
import { isExempt } from './exemption.js';
import { conditionsMet, evaluate as evaluateExpression } from './match-conditions.js';
import { compilePolicy, lazyVariables, policyValue } from './policy-expressions.js';
import { isMeant } from './policy-matching.js';

const group = 'admissionregistration.k8s.io';

const codes: { readonly [reason: string]: number } = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };

/** What one expression of a policy objects to. */
interface Finding {
  readonly message: string;
  readonly reason: string;
}

/**
 * Asks the ValidatingAdmissionPolicies of the cluster that have a binding about this write (KEP-3488). Where the CEL package is not
 * installed no expression can be read: a policy that fails closed then refuses. Throws the Status of the first refusal.
 */
export async function checkPolicies(attributes: AdmissionAttributes): Promise<void> {
  const { request } = attributes;
  const { server, resource, path } = request;
  if (isExempt(resource)) return;
  const bindings = await all(server, 'validatingadmissionpolicybindings');
  if (bindings.length === 0) return;
  const policies = await all(server, 'validatingadmissionpolicies');
  if (policies.length === 0) return;
  const namespace = path.namespace === undefined ? undefined : await namespaceOf(server, path.namespace);
  for (const policy of policies) {
    const spec = fieldsOf(policy.spec);
    const own = bindings.filter(({ spec: bound }) => fieldsOf(bound).policyName === policy.metadata.name);
    if (own.length === 0 || !isMeant(fieldsOf(spec.matchConstraints), attributes, namespace)) continue;
    for (const binding of own) {
      const bound = fieldsOf(binding.spec);
      if (bound.matchResources !== undefined && !isMeant(fieldsOf(bound.matchResources), attributes, namespace))
        continue;
      await enforce(attributes, policy, binding, namespace);
    }
  }
}

async function enforce(
  attributes: AdmissionAttributes,
  policy: ServerObject,
  binding: ServerObject,
  namespace: ServerObject | undefined,
): Promise<void> {
  const { request } = attributes;
  const [spec, bound] = [fieldsOf(policy.spec), fieldsOf(binding.spec)];
  const findings: Finding[] = [];
  const paramsList = await parametersOf(request.server, spec, bound, request.path.namespace);
  if (typeof paramsList === 'string') findings.push({ message: paramsList, reason: 'Invalid' });
  else for (const params of paramsList) findings.push(...(await evaluate(attributes, spec, params, namespace)));
  const names = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
  const actions = listOf(bound.validationActions).map(textOf);
  for (const { message, reason } of findings) {
    if (actions.includes('Warn')) request.warnings.push(`Validation failed for ${names}: ${message}`);
    if (actions.includes('Deny')) throw denied(attributes, `${names} denied request: ${message}`, reason);
  }
}

function denied({ request, object, old }: AdmissionAttributes, message: string, reason: string): StatusError {
  const { status } = forbidden(request.resource, (object ?? old)?.metadata.name ?? '', message, [{ message }]);
  return new StatusError({ ...status, reason, code: codes[reason] ?? 422 });
}

/** What the expressions of a policy say of a write; what cannot be worked out counts as an objection where the policy fails closed. */
async function evaluate(
  attributes: AdmissionAttributes,
  spec: JsonObject,
  params: ServerObject | undefined,
  namespace: ServerObject | undefined,
): Promise<Finding[]> {
  const closed = spec.failurePolicy !== 'Ignore';
  const failed = (message: string): Finding[] => (closed ? [{ message, reason: 'Invalid' }] : []);
  const context: JsonObject = {
    object: policyValue(attributes.object),
    oldObject: policyValue(attributes.old),
    request: policyValue(requestOf(attributes)),
    params: policyValue(params),
    namespaceObject: policyValue(namespace),
  };
  const named: [string, Exclude<Awaited<ReturnType<typeof compilePolicy>>, undefined>][] = [];
  for (const { name, expression } of objectsOf(spec.variables)) {
    const program = await compilePolicy(textOf(expression));
    named.push([textOf(name), program ?? 'the package that reads CEL is not installed']);
  }
  context.variables = lazyVariables(named, context);
  const verdict = await conditionsMet(spec.matchConditions, context);
  if (verdict === 'unmet') return [];
  if (verdict !== 'met') {
    const [first] = verdict.errors;
    return failed(first?.message ?? '');
  }
  const findings: Finding[] = [];
  for (const validation of objectsOf(spec.validations)) {
    const expression = textOf(validation.expression);
    const result = await evaluateExpression(expression, context);
    if ('error' in result) {
      findings.push(...failed(`expression '${expression}' resulted in error: ${result.error}`));
      continue;
    }
    if (result.value === true) continue;
    const made =
      validation.messageExpression === undefined
        ? undefined
        : await evaluateExpression(textOf(validation.messageExpression), context);
    const text = made !== undefined && 'value' in made && typeof made.value === 'string' ? made.value.trim() : '';
    const message = text || textOf(validation.message).trim() || `failed expression: ${expression.trim()}`;
    findings.push({ message, reason: textOf(validation.reason) || 'Invalid' });
  }
  return findings;
}

/** The parameters a binding hands to its policy, one run each; a text where they have to be there and are not. */
async function parametersOf(
  server: ServerContext,
  { paramKind }: JsonObject,
  { paramRef }: JsonObject,
  namespace: string | undefined,
): Promise<(ServerObject | undefined)[] | string> {
  if (paramKind === undefined || paramRef === undefined) return [undefined];
  const { apiVersion, kind } = fieldsOf(paramKind);
  const ref = fieldsOf(paramRef);
  const resource = server.scheme.resourceOfKind(textOf(apiVersion), textOf(kind));
  if (resource === undefined)
    return `failed to find resource referenced by paramKind: '${textOf(apiVersion)}, Kind=${textOf(kind)}'`;
  const within = resource.namespaced ? textOf(ref.namespace) || namespace : undefined;
  const found: ServerObject[] = [];
  if (textOf(ref.name) !== '') {
    const { kv } = await server.storage.get(storageKey(resource, within, textOf(ref.name)));
    if (kv !== undefined) found.push(decodeStored(kv, resource));
  } else {
    const { start, end } = storageRange(resource, within);
    const { kvs } = await server.storage.range(start, end);
    const selector = fieldsOf(ref.selector) as LabelSelector;
    for (const kv of kvs) {
      const one = decodeStored(kv, resource);
      if (matchesLabelSelector(selector, one.metadata.labels)) found.push(one);
    }
  }
  if (found.length > 0) return found;
  return ref.parameterNotFoundAction === 'Allow'
    ? []
    : 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction';
}

async function all(server: ServerContext, plural: string): Promise<ServerObject[]> {
  const resource = server.scheme.resource(group, 'v1', plural);
  if (resource === undefined) return [];
  const { start, end } = storageRange(resource, undefined);
  const { kvs } = await server.storage.range(start, end);
  return kvs.map((kv) => decodeStored(kv, resource));
}

/** The namespace of a write; undefined where there is none. */
export async function namespaceOf(server: ServerContext, namespace: string): Promise<ServerObject | undefined> {
  const resource = namespaceResource(server);
  const { kv } = await server.storage.get(`${resource.prefix}${namespace}`);
  return kv === undefined ? undefined : decodeStored(kv, resource);
}
