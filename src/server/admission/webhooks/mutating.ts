import { applyJsonPatch, PatchError } from '../../../patch/index.js';
import { equal, isObject, type JsonObject } from '../../../util/json-value.js';
import { jsonSyntaxProblem } from '../../http/json-syntax.js';
import { strategyOf } from '../../kinds/index.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { ServerObject } from '../../object/server-object.js';
import { internalError, StatusError } from '../../object/status-error.js';
import { decodeKind, kindOf } from '../../scheme/decode-object.js';
import { applySchemaDefaults } from '../../scheme/schema-defaults.js';
import type { Hook } from './hooks.js';
import { type Invocation, invocationOf } from './matching.js';
import { ask, type Patch, WebhookCallError } from './webhook-call.js';
import { converted, inVersion } from './webhook-versions.js';

/**
 * Asks the mutating webhooks that are about a write, one after the other, and returns what they make of the object. Where one has changed it, the
 * server's own plugins and policies (`rerun`) run once more (and also where others have changed it before: `changedBefore`), and so do the webhooks before that want to know (reinvocationPolicy IfNeeded). Throws the
 * Status of the first refusal.
 */
export async function askMutatingWebhooks(
  attributes: AdmissionAttributes & { readonly object: ServerObject | undefined },
  hooks: readonly Hook[],
  rerun: (object: ServerObject) => Promise<void>,
  changedBefore = false,
): Promise<ServerObject | undefined> {
  const reinvocable = new Set<string>();
  const again = new Set<string>();
  let { object } = attributes;
  let changed = changedBefore;
  const askAll = async (round: number, isChosen: (hook: Hook) => boolean): Promise<void> => {
    for (const [index, hook] of hooks.entries()) {
      const now = { ...attributes, object };
      const invocation = await invocationOf(hook, now);
      if (invocation === undefined || !isChosen(hook)) continue;
      const next = await askOne(invocation, now, `round_${round}_index_${index}`);
      if (next !== undefined) {
        changed ||= true;
        for (const id of reinvocable) again.add(id);
        object = next;
      }
      if (hook.reinvoked) reinvocable.add(hook.id);
    }
  };
  await askAll(0, () => true);
  if (!changed || object === undefined) return object;
  const before = structuredClone(object);
  await rerun(object);
  if (!equal(before, object)) for (const id of reinvocable) again.add(id);
  await askAll(1, ({ id }) => again.has(id));
  return object;
}

/** The object as one webhook has changed it; undefined where it has not. */
async function askOne(
  invocation: Invocation,
  attributes: AdmissionAttributes,
  place: string,
): Promise<ServerObject | undefined> {
  const { audit } = attributes.request;
  const { configuration, name: webhook } = invocation.hook;
  let mutated = false;
  try {
    const before = structuredClone(attributes.connection);
    const next = await changedBy(invocation, attributes, place);
    mutated = next !== undefined || !equal(before, attributes.connection);
    return next;
  } finally {
    audit?.annotate(`mutation.${annotation}${place}`, JSON.stringify({ configuration, webhook, mutated }));
  }
}

const annotation = 'webhook.admission.k8s.io/';

async function changedBy(
  invocation: Invocation,
  attributes: AdmissionAttributes,
  place: string,
): Promise<ServerObject | undefined> {
  const { hook } = invocation;
  const { audit } = attributes.request;
  let patch: Patch;
  try {
    patch = await ask(invocation, attributes, true);
  } catch (error) {
    if (!(error instanceof WebhookCallError)) throw error;
    if (hook.failsOpen) {
      audit?.annotate(`failed-open.mutation.${annotation}${place}`, hook.name);
      return undefined;
    }
    throw error.status;
  }
  if (patch.text === '') return undefined;
  const operations = parse(hook, patch);
  if (Array.isArray(operations) && operations.length === 0) return undefined;
  if (attributes.connection !== undefined) {
    changeConnection(attributes.connection, operations);
    return undefined;
  }
  if (attributes.object === undefined) {
    const subject = `admission webhook ${JSON.stringify(hook.name)}`;
    throw broken(`${subject} attempted to modify the object, which is not supported for this operation`);
  }
  const { configuration, name: webhook } = hook;
  const recorded = { configuration, webhook, patch: operations, patchType: 'JSONPatch' };
  audit?.annotate(`patch.${annotation}${place}`, JSON.stringify(recorded), true);
  const seen = await inVersion(attributes.object, attributes, invocation.as);
  const made = await patched(invocation, attributes, seen, operations);
  return equal(made, attributes.object) ? undefined : made;
}

function parse(hook: Hook, { type, text }: Patch): unknown {
  const problem = jsonSyntaxProblem(text);
  if (problem !== undefined)
    throw new WebhookCallError(hook, `received undecodable patch in webhook response: ${problem}`).status;
  const operations: unknown = JSON.parse(text);
  if (type === 'JSONPatch' || type === '' || (Array.isArray(operations) && operations.length === 0)) return operations;
  throw new WebhookCallError(hook, `unsupported patch type ${JSON.stringify(type)}`).status;
}

async function patched(
  { as }: Invocation,
  { request, kind, old }: AdmissionAttributes,
  object: ServerObject,
  operations: unknown,
): Promise<ServerObject> {
  const { resource, server } = request;
  try {
    const value = applyJsonPatch(object, operations);
    if (!isObject(value)) throw broken('the patch leaves no object');
    if (value.kind !== object.kind) throw broken(`the patch makes a ${JSON.stringify(value.kind)} of a ${object.kind}`);
    const made = decodeKind(value, kind ?? kindOf(as), [], { keepEmpty: true });
    if (kind !== undefined) return made;
    applySchemaDefaults(server.scheme, as, made);
    const own = as === resource ? made : await converted(made, as, resource);
    strategyOf(resource).defaults?.(own, old);
    return own;
  } catch (error) {
    if (error instanceof PatchError) throw broken(error.message);
    if (error instanceof StatusError && error.status.code === 400) throw broken(error.message);
    throw error;
  }
}

/** Changes the options of a connection in place. */
function changeConnection(connection: JsonObject, operations: unknown): void {
  try {
    const made = applyJsonPatch(connection, operations);
    if (!isObject(made)) throw broken('the patch leaves no object');
    if (made.kind !== connection.kind)
      throw broken(`the patch makes a ${JSON.stringify(made.kind)} of a ${connection.kind}`);
    for (const field of Object.keys(connection)) delete connection[field];
    Object.assign(connection, made);
  } catch (error) {
    if (error instanceof PatchError) throw broken(error.message);
    throw error;
  }
}

function broken(message: string): StatusError {
  return internalError(message);
}
