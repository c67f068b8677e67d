import { goJsonKind } from '../../../patch/go-format.js';
import { fieldsOf, numberOf, textOf } from '../../../util/json-fields.js';
import { isObject, type JsonObject } from '../../../util/json-value.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { ServedResource } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { badRequest, failure, internalError, type StatusError } from '../../object/status-error.js';
import { newUid } from '../../object/system-fields.js';
import { callWebhook } from '../../outbound/webhook-client.js';
import { canonical } from '../../scheme/canonical.js';
import { requestOf } from '../admission-request.js';
import type { Hook } from './hooks.js';
import type { Invocation } from './matching.js';
import { inVersion } from './webhook-versions.js';

/** A webhook that could not be asked, or did not answer as it must. */
export class WebhookCallError extends Error {
  override readonly name = 'WebhookCallError';

  constructor(hook: Hook, why: string) {
    super(`failed calling webhook ${JSON.stringify(hook.name)}: ${why}`);
  }

  /** The 500 Status of a webhook that fails closed. */
  get status(): StatusError {
    const { message } = this;
    return internalError(message);
  }
}

/** The change that a webhook requests when it allows a write. */
export interface Patch {
  readonly type: string;
  /** Empty for nothing. */
  readonly text: string;
}

const maxAnswerBytes = 16 * 1024 * 1024;

/**
 * Asks a webhook. Its warnings go to the client. Throws a `WebhookCallError` where it could not be asked, and the Status of a refusal; returns the
 * patch of one that mutates.
 */
export async function ask(invocation: Invocation, attributes: AdmissionAttributes, mutating: boolean): Promise<Patch> {
  const { hook, as } = invocation;
  const { request, dryRun } = attributes;
  if (dryRun && hook.takesDryRun === undefined) throw new WebhookCallError(hook, 'Webhook SideEffects is nil');
  if (dryRun && hook.takesDryRun === false)
    throw badRequest(`admission webhook ${JSON.stringify(hook.name)} does not support dry run`);
  const version = hook.reviewVersions.find((one) => one === 'v1' || one === 'v1beta1');
  if (version === undefined) {
    const why = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
    throw new WebhookCallError(hook, `could not create admission objects: ${why}`);
  }
  const uid = newUid(request.server.random);
  const review = await reviewOf(mutating ? attributes : based(attributes), as, version, uid);
  let answer: JsonObject;
  try {
    const { clientConfig, timeoutSeconds } = hook;
    const { signal } = request;
    const call = { clientConfig, review, timeoutSeconds, maxBytes: maxAnswerBytes, signal };
    answer = await callWebhook(request.server, call);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    throw new WebhookCallError(hook, `failed to call webhook: ${why}`);
  }
  const misread = readingProblem(answer, version);
  if (misread !== undefined) throw new WebhookCallError(hook, `failed to call webhook: ${misread}`);
  const problem = answerProblem(answer, version, uid, mutating);
  if (problem !== undefined) throw new WebhookCallError(hook, `received invalid webhook response: ${problem}`);
  const response = fieldsOf(answer.response);
  for (const [key, value] of Object.entries(fieldsOf(response.auditAnnotations)))
    request.audit?.annotate(`${hook.name}/${key}`, textOf(value));
  if (Array.isArray(response.warnings)) request.warnings.push(...response.warnings.map(textOf));
  if (response.allowed !== true) throw refusal(hook, response.status);
  if (!mutating) return { type: '', text: '' };
  return { type: textOf(response.patchType), text: Buffer.from(textOf(response.patch), 'base64').toString() };
}

/** An update that names no version is one of the version there is, once it has been put on that. */
function based(attributes: AdmissionAttributes): AdmissionAttributes {
  const { object, old } = attributes;
  if (object === undefined || old === undefined) return attributes;
  const resourceVersion = object.metadata.resourceVersion || old.metadata.resourceVersion;
  return { ...attributes, object: { ...object, metadata: { ...object.metadata, resourceVersion } } };
}

async function reviewOf(
  attributes: AdmissionAttributes,
  as: ServedResource,
  version: string,
  uid: string,
): Promise<JsonObject> {
  const { object, old } = attributes;
  const shown = async (one: ServerObject | undefined): Promise<ServerObject | null> => {
    if (one === undefined) return null;
    const seen = await inVersion(one, attributes, as);
    return attributes.kind === undefined ? canonical(as, structuredClone(seen)) : seen;
  };
  return {
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${version}`,
    request: {
      uid,
      ...requestOf(attributes, as),
      object: attributes.connection ?? (await shown(object)),
      oldObject: await shown(old),
      options: optionsOf(attributes),
    },
  };
}

/** Returns the options of the write's operation, as the client sent them. A connection has none beside its object. */
function optionsOf({ request, operation, deletion }: AdmissionAttributes): JsonObject | null {
  if (operation === 'CONNECT') return null;
  const apiVersion = 'meta.k8s.io/v1';
  if (operation === 'DELETE') {
    const { dryRun, gracePeriodSeconds, preconditions, propagationPolicy, orphanDependents } = deletion ?? {};
    const all = { dryRun, gracePeriodSeconds, preconditions, propagationPolicy, orphanDependents };
    const given = Object.entries(all).filter(([, value]) =>
      Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null,
    );
    return { kind: 'DeleteOptions', apiVersion, ...Object.fromEntries(given) };
  }
  const { fieldManager, fieldValidation } = request.given;
  const dryRun = request.given.dryRun.filter((one) => one !== '');
  return {
    kind: operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions',
    apiVersion,
    ...(dryRun.length > 0 && { dryRun }),
    ...(fieldManager !== '' && { fieldManager }),
    ...(fieldValidation !== '' && { fieldValidation }),
  };
}

/** Why an answer cannot be read as a review of the version that was sent. */
function readingProblem({ apiVersion, kind, response }: JsonObject, version: string): string | undefined {
  const [given, of] = [textOf(apiVersion), textOf(kind)];
  if (given !== '' && of !== '' && (of !== 'AdmissionReview' || given !== `admission.k8s.io/${version}`)) {
    if (of === 'AdmissionReview' && /^admission\.k8s\.io\/v1(beta1)?$/.test(given))
      return `converting (${given.split('/')[1]}.${of}) to (${version}.${of}): unknown conversion`;
    return `no kind ${JSON.stringify(of)} is registered for version ${JSON.stringify(given)} in scheme "k8s.io/apiserver/pkg/util/webhook/client.go:71"`;
  }
  const { allowed } = fieldsOf(response);
  if (allowed === undefined || allowed === null || typeof allowed === 'boolean') return undefined;
  const field = 'AdmissionResponse.response.allowed of type bool';
  return `json: cannot unmarshal ${goJsonKind(allowed)} into Go struct field ${field}`;
}

/** Why an answer is none. */
function answerProblem(answer: JsonObject, version: string, uid: string, mutating: boolean): string | undefined {
  if (!isObject(answer.response)) return 'webhook response was absent';
  if (version !== 'v1') return undefined;
  const { uid: given, patch, patchType } = answer.response;
  if (given !== uid) return `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(textOf(given))}`;
  const group = 'admission.k8s.io/v1';
  if (answer.apiVersion !== group || answer.kind !== 'AdmissionReview') {
    const got = `${textOf(answer.apiVersion) || '/'}, Kind=${textOf(answer.kind)}`;
    return `expected webhook response of ${group}, Kind=AdmissionReview, got ${got}`;
  }
  const [hasPatch, hasType] = [textOf(patch) !== '', typeof patchType === 'string'];
  if (!mutating) {
    if (hasPatch) return 'validating webhook may not return response.patch';
    return hasType ? 'validating webhook may not return response.patchType' : undefined;
  }
  if (hasPatch && !hasType) return 'webhook returned response.patch but not response.patchType';
  if (!hasPatch && hasType) return 'webhook returned response.patchType but not response.patch';
  if (patchType === '') return 'webhook returned invalid response.patchType of ""';
  return undefined;
}

/** The Status of a refusal: what the webhook said, made to say who refuses, and never a success. */
function refusal({ name }: Hook, given: unknown): StatusError {
  const status = fieldsOf(given);
  const [message, reason] = [textOf(status.message), textOf(status.reason)];
  const code = numberOf(status.code) ?? 0;
  const deniedBy = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = message || reason;
  const details = isObject(status.details) ? status.details : undefined;
  return failure(
    code < 400 ? 400 : code,
    reason,
    why === '' ? `${deniedBy} without explanation` : `${deniedBy}: ${why}`,
    details,
  );
}
