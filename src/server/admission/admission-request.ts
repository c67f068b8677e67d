import type { JsonObject } from '../patch/json-value.js';
import type { ServedResource } from '../scheme/resource.js';
import { splitApiVersion } from '../scheme/scheme.js';
import type { AdmissionAttributes } from './attributes.js';

/**
 * An AdmissionRequest without uid and objects: what expressions see of a write, and how a review for a webhook begins. `as` is the resource
 * a webhook asked to see it as, where that is another version of the one that was written.
 */
export function requestOf(
  attributes: AdmissionAttributes,
  as: ServedResource = attributes.request.resource,
): JsonObject {
  const { request, operation, object, old, dryRun } = attributes;
  const { resource, path, user } = request;
  const { username, uid = '', groups, extra = {} } = user;
  const subResource = path.subresource ?? '';
  return {
    kind: kindIn(attributes, as),
    resource: resourceIn(as),
    ...(subResource === '' ? {} : { subResource }),
    requestKind: kindIn(attributes, resource),
    requestResource: resourceIn(resource),
    ...(subResource === '' ? {} : { requestSubResource: subResource }),
    name: (object ?? old)?.metadata.name ?? path.name ?? '',
    namespace: path.namespace ?? '',
    operation,
    userInfo: { username, uid, groups, extra },
    dryRun,
  };
}

function kindIn({ kind: own }: AdmissionAttributes, { group, version, kind }: ServedResource): JsonObject {
  if (own === undefined) return { group, version, kind };
  const [ownGroup, ownVersion] = splitApiVersion(own.apiVersion);
  return { group: ownGroup, version: ownVersion, kind: own.kind };
}

function resourceIn({ group, version, plural }: ServedResource): JsonObject {
  return { group, version, resource: plural };
}
