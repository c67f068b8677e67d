import { types } from '../../cel/types.js';
import { entryOf, fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { forbidden, StatusError } from '../object/status-error.js';
import { Access } from '../policy/policy-access.js';
import {
  OutOfBudget,
  type PolicyContext,
  type PolicyExpression,
  PolicyRun,
  policyBudget,
  policyValue,
} from '../policy/policy-expressions.js';
import { namespaceResource } from '../scheme/namespaces.js';
import { decodeStored } from '../scheme/stored-object.js';
import type { KeyValue } from '../storage/storage.js';
import { nameOf, requestOf } from './admission-request.js';
import { isExempt } from './exemption.js';
import { conditionsMet } from './match-conditions.js';
import {
  bindingsOf,
  type CompiledPolicy,
  compileCommon,
  expressionOf,
  keptOf,
  type PolicyBinding,
} from './policy-definitions.js';
import { isMeant } from './policy-matching.js';
import { parametersOf } from './policy-params.js';

const codes: { readonly [reason: string]: number } = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };
const maxMessageLength = 5_120;

/** One check of a policy. */
interface Validation {
  readonly expression: PolicyExpression;
  readonly message: string;
  readonly messageExpression: PolicyExpression | undefined;
  readonly reason: string;
}

interface ValidatingPolicy extends CompiledPolicy {
  readonly validations: readonly Validation[];
  readonly auditAnnotations: readonly { readonly key: string; readonly expression: PolicyExpression }[];
}

/** An objection of one expression of a policy. `always`: it holds whatever action the binding names. */
interface Finding {
  readonly message: string;
  readonly reason: string;
  readonly always?: boolean;
  /** The place of the expression among the validations of the policy. */
  readonly index?: number;
}

const compiled = new WeakMap<KeyValue, ValidatingPolicy>();

function compile(policy: ServerObject): ValidatingPolicy {
  const { common, options } = compileCommon(policy);
  const silent = { ...options, authorizer: false };
  return {
    ...common,
    validations: objectsOf(common.spec.validations).map((validation) => ({
      expression: expressionOf(validation.expression, options, [types.bool]),
      message: textOf(validation.message).trim(),
      messageExpression:
        validation.messageExpression === undefined
          ? undefined
          : expressionOf(validation.messageExpression, silent, [types.string]),
      reason: textOf(validation.reason) || 'Invalid',
    })),
    auditAnnotations: objectsOf(common.spec.auditAnnotations).map(({ key, valueExpression }) => ({
      key: textOf(key),
      expression: expressionOf(valueExpression, silent, [types.string, types.null]),
    })),
  };
}

/** Asks the ValidatingAdmissionPolicies of the cluster that have a binding about this write (KEP-3488). Throws the Status of a refusal. */
export async function checkPolicies(attributes: AdmissionAttributes): Promise<void> {
  const { request } = attributes;
  const { server, resource, path } = request;
  if (isExempt(resource)) return;
  const bindings = await bindingsOf(server, 'validatingadmissionpolicybindings');
  if (bindings.length === 0) return;
  const policies = await keptOf(server, 'validatingadmissionpolicies', compiled, compile);
  if (policies.length === 0) return;
  const namespace = path.namespace === undefined ? undefined : await namespaceOf(server, path.namespace);
  let refusal: StatusError | undefined;
  for (const policy of policies) {
    const own = bindings.filter(({ policyName }) => policyName === policy.name);
    if (own.length === 0 || !isMeant(fieldsOf(policy.spec.matchConstraints), attributes, namespace)) continue;
    for (const binding of own) {
      const { matchResources } = binding.spec;
      if (matchResources !== undefined && !isMeant(fieldsOf(matchResources), attributes, namespace)) continue;
      refusal = (await enforce(attributes, policy, binding, namespace, refusal)) ?? refusal;
    }
  }
  if (refusal !== undefined) throw refusal;
}

/** Warns as a binding wants it, and gives the refusal it comes to; all bindings are asked, though the first refusal stands. */
async function enforce(
  attributes: AdmissionAttributes,
  policy: ValidatingPolicy,
  binding: PolicyBinding,
  namespace: ServerObject | undefined,
  before: StatusError | undefined,
): Promise<StatusError | undefined> {
  const { request } = attributes;
  const names = `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}'`;
  const actions = listOf(binding.spec.validationActions).map(textOf);
  let refusal = before;
  const refuse = ({ message, reason }: Finding): void => {
    refusal ??= denied(attributes, `${names} denied request: ${message}`, reason);
  };
  const paramsList = await parametersOf(request.server, policy.spec, binding.spec, request.path.namespace);
  const annotations = new Map<string, Set<string>>();
  if (typeof paramsList === 'string') {
    if (policy.failsClosed) refuse({ message: paramsList, reason: 'Invalid' });
    return refusal;
  }
  for (const params of paramsList) {
    for (const finding of await evaluate(attributes, policy, params, namespace, annotations)) {
      if (finding.always === true || actions.includes('Deny')) refuse(finding);
      if (actions.includes('Audit')) recordFailure(attributes, policy, binding, finding);
      if (actions.includes('Warn')) request.warnings.push(`Validation failed for ${names}: ${finding.message}`);
    }
  }
  for (const [key, values] of annotations) request.audit?.annotate(`${policy.name}/${key}`, [...values].join(', '));
  return refusal;
}

/** Records the failure of a policy whose binding has the action `Audit`. */
function recordFailure(
  { request }: AdmissionAttributes,
  policy: ValidatingPolicy,
  binding: PolicyBinding,
  { message, index = 0 }: Finding,
): void {
  const failure = {
    message,
    policy: policy.name,
    binding: binding.name,
    expressionIndex: index,
    validationActions: listOf(binding.spec.validationActions),
  };
  request.audit?.annotate('validation.policy.admission.k8s.io/validation_failure', JSON.stringify([failure]));
}

function denied(attributes: AdmissionAttributes, message: string, reason: string): StatusError {
  const { status } = forbidden(attributes.request.resource, nameOf(attributes), message, [{ message }]);
  return new StatusError({ ...status, reason, code: entryOf(codes, reason) ?? 422 });
}

/** Evaluates the expressions of a policy for a write. An expression that fails counts as an objection if the policy fails closed. */
async function evaluate(
  attributes: AdmissionAttributes,
  policy: ValidatingPolicy,
  params: ServerObject | undefined,
  namespace: ServerObject | undefined,
  annotations: Map<string, Set<string>>,
): Promise<Finding[]> {
  const failed = (message: string): Finding[] => (policy.failsClosed ? [{ message, reason: 'Invalid' }] : []);
  const access = new Access(attributes);
  const context = contextOf(attributes, params);
  const about = { ...context, namespaceObject: policyValue(seenNamespace(namespace)) };
  const { variables } = policy;
  const verdict = await conditionsMet(
    policy.matchConditions,
    new PolicyRun({ ...context, namespaceObject: null }, access, variables, policyBudget / 4),
  );
  if (verdict === 'unmet') return [];
  if (verdict !== 'met') {
    const messages = verdict.errors.map(({ message }) => message);
    return failed(messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`);
  }
  const run = new PolicyRun(about, access, variables);
  try {
    const findings: Finding[] = [];
    const wrong: Validation[] = [];
    for (const validation of policy.validations) {
      const result = await run.evaluate(validation.expression);
      if ('error' in result) findings.push(...failed(result.error));
      else if (result.value !== true) wrong.push(validation);
    }
    for (const validation of wrong)
      findings.push({
        message: await messageOf(run, validation),
        reason: validation.reason,
        index: policy.validations.indexOf(validation),
      });
    return [...findings, ...(await annotate(policy, new PolicyRun(about, access, variables), annotations))];
  } catch (error) {
    if (error instanceof OutOfBudget) return failed(error.message);
    throw error;
  }
}

/** Evaluates the audit annotations of a policy. One that fails refuses the write if the policy fails closed. */
async function annotate(
  { auditAnnotations, failsClosed }: ValidatingPolicy,
  run: PolicyRun,
  annotations: Map<string, Set<string>>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { key, expression } of auditAnnotations) {
    const result = await run.evaluate(expression);
    const text = 'value' in result && typeof result.value === 'string' ? result.value.trim() : '';
    if (text !== '') annotations.set(key, (annotations.get(key) ?? new Set()).add(text));
    if ('error' in result && failsClosed) findings.push({ message: result.error, reason: 'Invalid', always: true });
  }
  return findings;
}

async function messageOf(run: PolicyRun, { expression, message, messageExpression }: Validation): Promise<string> {
  const made = messageExpression === undefined ? undefined : await run.evaluate(messageExpression);
  const text = made !== undefined && 'value' in made && typeof made.value === 'string' ? made.value.trim() : '';
  const fits = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= maxMessageLength;
  return fits ? text : message || `failed expression: ${expression.text.trim()}`;
}

/** Returns the view of a write that the expressions of a policy have, beside its namespace. */
export function contextOf(attributes: AdmissionAttributes, params: ServerObject | undefined): PolicyContext {
  return {
    object: policyValue(attributes.connection ?? attributes.object),
    oldObject: policyValue(attributes.old),
    request: policyValue(requestOf(attributes)),
    params: policyValue(params),
  };
}

/** A namespace without what expressions are not shown of it. */
export function seenNamespace(namespace: ServerObject | undefined): unknown {
  if (namespace === undefined) return undefined;
  const { managedFields: _managed, ownerReferences: _owners, ...metadata } = namespace.metadata;
  return { metadata, spec: namespace.spec, status: namespace.status };
}

/** The namespace of a write; undefined where there is none. */
export async function namespaceOf(server: ServerContext, namespace: string): Promise<ServerObject | undefined> {
  const resource = namespaceResource(server);
  const { kv } = await server.storage.get(`${resource.prefix}${namespace}`);
  return kv === undefined ? undefined : decodeStored(kv, resource);
}
