import type { ServerResponse } from '../object/message.js';
import type { ResourceRequest, Verb } from '../object/server-context.js';
import { failure } from '../object/status-error.js';
import { isReview } from '../scheme/scheme.js';
import { createObject } from './create.js';
import { deleteObject } from './delete.js';
import { deleteCollection } from './delete-collection.js';
import { doorOf } from './doors.js';
import { patchObject } from './patch.js';
import { createReview } from './reviews/create-review.js';
import { bindPod } from './subresources/binding.js';
import { evictPod } from './subresources/eviction.js';
import { scale } from './subresources/scale.js';
import { requestToken } from './subresources/token.js';
import { updateObject } from './update.js';

type Handler = (request: ResourceRequest) => Promise<ServerResponse>;

/** Subresources with a kind of their own. */
const subresources: { readonly [name: string]: { readonly [verb in Verb]?: Handler } } = {
  scale,
  binding: { create: bindPod },
  eviction: { create: evictPod },
  token: { create: requestToken },
};

/** Returns the handler of a write, or of any request to a subresource with a kind of its own. Throws the 501 Status. */
export function writeHandler({ resource, path: { subresource }, verb }: ResourceRequest): Handler {
  const own =
    subresource !== undefined && Object.hasOwn(subresources, subresource) ? subresources[subresource] : undefined;
  const isOfObject = subresource === undefined || (own === undefined && doorOf(subresource) !== undefined);
  const handler = isOfObject ? objectHandler(resource, verb) : own?.[verb];
  if (handler === undefined) throw failure(501, 'NotImplemented', `${subresource} is not supported by this server`);
  return handler;
}

function objectHandler(resource: ResourceRequest['resource'], verb: Verb): Handler | undefined {
  switch (verb) {
    case 'create':
      if (resource.kind === 'Binding') return bindPod;
      return isReview(resource) ? createReview : createObject;
    case 'update':
      return updateObject;
    case 'patch':
      return patchObject;
    case 'delete':
      return deleteObject;
    case 'deletecollection':
      return deleteCollection;
    default:
      return undefined;
  }
}
