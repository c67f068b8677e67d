import type { KubeObject } from '../../meta/index.js';
import { jsonDiff } from '../../util/json-diff.js';
import { isObject } from '../../util/json-value.js';
import type { Admission, Denial, ReviewedKind, ReviewedResource, ReviewedUser } from './admission.js';
import { describeFailure, ReviewError, textIn } from './review-error.js';
import type { AdmissionWebhook } from './webhook-definitions.js';

type Answer = { readonly [field: string]: unknown };

const OPERATIONS: readonly unknown[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

/**
 * Returns the answer to an AdmissionReview (admission.k8s.io/v1), whatever the handler does. Throws a `ReviewError` if the request is not
 * a review of the webhook's kind.
 */
export async function answerAdmission(webhook: AdmissionWebhook, review: Answer, signal: AbortSignal): Promise<Answer> {
  if (review.apiVersion !== 'admission.k8s.io/v1' || review.kind !== 'AdmissionReview') {
    throw new ReviewError(
      `expected an AdmissionReview of admission.k8s.io/v1, got ${textIn(review, 'kind')} of ${textIn(review, 'apiVersion')}: set admissionReviewVersions: ["v1"]`,
    );
  }
  const { request } = review;
  if (!isObject(request)) throw new ReviewError('the review has no request');
  const { uid } = request;
  if (typeof uid !== 'string' || uid === '') throw new ReviewError('the request has no uid');
  const warnings: string[] = [];
  const auditAnnotations: { [key: string]: string } = {};
  const admission = admissionOf(webhook, request, uid, {
    signal,
    warn: (text) => void warnings.push(text),
    audit: (key, value) => {
      auditAnnotations[key] = value;
    },
  });
  const mutating = webhook.type === 'mutating';
  const before = mutating ? structuredClone(admission.object) : undefined;
  const verdict = await verdictOf(webhook, admission, signal);
  const patch = mutating && verdict === undefined ? jsonDiff(before, toJson(admission.object)) : [];
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: verdict === undefined,
      ...(verdict && { status: statusOf(verdict) }),
      ...(patch.length > 0 && {
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      }),
      ...(warnings.length > 0 && { warnings }),
      ...(Object.keys(auditAnnotations).length > 0 && { auditAnnotations }),
    },
  };
}

async function verdictOf(
  webhook: AdmissionWebhook,
  admission: Admission<KubeObject>,
  signal: AbortSignal,
): Promise<Denial | undefined> {
  try {
    const verdict = await webhook.handle(admission);
    if (verdict === undefined) return undefined;
    return typeof verdict === 'string' ? { allowed: false, message: verdict } : verdict;
  } catch (error) {
    const reason = signal.aborted ? 'Timeout' : 'InternalError';
    return { allowed: false, message: describeFailure(error), code: signal.aborted ? 504 : 500, reason };
  }
}

function statusOf({ message, code = 403, reason = 'Forbidden', causes }: Denial): Answer {
  return { status: 'Failure', message, reason, code, ...(causes && { details: { causes } }) };
}

function admissionOf(
  { resource: expected, name: webhookName }: AdmissionWebhook,
  request: Answer,
  uid: string,
  tools: Pick<Admission<KubeObject>, 'signal' | 'warn' | 'audit'>,
): Admission<KubeObject> {
  const { operation, kind, resource, object, oldObject } = request;
  if (!OPERATIONS.includes(operation))
    throw new ReviewError(`the request has no operation that is known: ${String(operation)}`);
  if (!isKind(kind) || !isResource(resource))
    throw new ReviewError('the request does not say which kind and resource it is about');
  const subResource = typeof request.subResource === 'string' ? request.subResource : '';
  const ofKind = resource.group === expected.group && resource.resource === expected.plural;
  if (!ofKind || resource.version !== expected.version) {
    throw new ReviewError(
      `webhook ${webhookName} is for ${expected.plural} of ${expected.group}/${expected.version}, and was asked about ${resource.resource} of ${resource.group}/${resource.version}`,
    );
  }
  for (const [field, value] of Object.entries({ object, oldObject })) {
    const needed = field === 'object' ? operation !== 'DELETE' : operation === 'UPDATE' || operation === 'DELETE';
    if (needed && !isObject(value)) throw new ReviewError(`the request to ${operation} has no ${field}`);
  }
  const { namespace, name, userInfo, options, requestKind, dryRun } = request;
  // From here on the fields are what the handler's types say: checked above, or the server's word.
  return {
    uid,
    kind,
    resource,
    subResource,
    requestKind: isKind(requestKind) ? requestKind : undefined,
    name: typeof name === 'string' ? name : '',
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : undefined,
    userInfo: (isObject(userInfo) ? userInfo : {}) as ReviewedUser,
    dryRun: dryRun === true,
    options: isObject(options) ? options : undefined,
    ...tools,
    operation,
    object: isObject(object) ? object : undefined,
    oldObject: isObject(oldObject) ? oldObject : undefined,
  } as Admission<KubeObject>;
}

function isKind(value: unknown): value is ReviewedKind {
  return isObject(value) && typeof value.kind === 'string' && typeof value.version === 'string';
}

function isResource(value: unknown): value is ReviewedResource {
  return isObject(value) && typeof value.resource === 'string' && typeof value.version === 'string';
}

/** Returns the value as JSON carries it, without functions and undefined. */
function toJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
