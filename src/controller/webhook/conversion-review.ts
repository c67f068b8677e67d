import { parseApiVersion } from '../../meta/index.js';
import { isObject } from '../../util/json-value.js';
import { describeFailure, ReviewError, textIn } from './review-error.js';
import type { ConversionWebhook, ConvertibleObject } from './webhook-definitions.js';

type Answer = { readonly [field: string]: unknown };

/**
 * Returns the answer to a ConversionReview (apiextensions.k8s.io/v1): all objects converted, in their order, or the reason of the
 * failure.
 * Throws a `ReviewError` if the request is not a review.
 */
export async function answerConversion(webhooks: readonly ConversionWebhook[], review: Answer): Promise<Answer> {
  if (review.apiVersion !== 'apiextensions.k8s.io/v1' || review.kind !== 'ConversionReview') {
    throw new ReviewError(
      `expected a ConversionReview of apiextensions.k8s.io/v1, got ${textIn(review, 'kind')} of ${textIn(review, 'apiVersion')}: set conversionReviewVersions: ["v1"]`,
    );
  }
  const { request } = review;
  if (!isObject(request)) throw new ReviewError('the review has no request');
  const { uid, desiredAPIVersion, objects } = request;
  if (typeof uid !== 'string' || uid === '') throw new ReviewError('the request has no uid');
  if (typeof desiredAPIVersion !== 'string') throw new ReviewError('the request has no desiredAPIVersion');
  if (!Array.isArray(objects)) throw new ReviewError('the request has no objects');
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    response: { uid, ...(await convertAll(webhooks, objects, desiredAPIVersion)) },
  };
}

async function convertAll(
  webhooks: readonly ConversionWebhook[],
  objects: readonly unknown[],
  apiVersion: string,
): Promise<Answer> {
  const convertedObjects: ConvertibleObject[] = [];
  try {
    for (const object of objects) convertedObjects.push(await convertOne(webhooks, object, apiVersion));
    return { result: { status: 'Success' }, convertedObjects };
  } catch (error) {
    return { result: { status: 'Failure', message: describeFailure(error) }, convertedObjects: [] };
  }
}

async function convertOne(
  webhooks: readonly ConversionWebhook[],
  object: unknown,
  apiVersion: string,
): Promise<ConvertibleObject> {
  if (!isConvertible(object)) throw new TypeError('one of the objects has no apiVersion, kind and metadata');
  const { group } = parseApiVersion(object.apiVersion);
  const webhook = webhooks.find((one) => one.group === group && one.kind === object.kind);
  if (webhook === undefined) throw new TypeError(`there is no conversion for ${object.kind} of ${group}`);
  if (object.apiVersion === apiVersion) return object;
  const before = structuredClone(object);
  const converted = await webhook.convert(object, apiVersion);
  const { labels, annotations } = converted.metadata ?? {};
  // All other metadata is not a conversion's to change: the server would refuse it.
  const metadata = { ...before.metadata };
  delete metadata.labels;
  delete metadata.annotations;
  return {
    ...converted,
    apiVersion,
    kind: before.kind,
    metadata: { ...metadata, ...(labels && { labels }), ...(annotations && { annotations }) },
  };
}

function isConvertible(
  object: unknown,
): object is ConvertibleObject & { apiVersion: string; kind: string; metadata: object } {
  return (
    isObject(object) &&
    typeof object.apiVersion === 'string' &&
    typeof object.kind === 'string' &&
    isObject(object.metadata)
  );
}
