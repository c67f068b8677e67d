import { parseApiVersion } from '../../meta/index.js';
import type { JsonObject } from '../../util/json-value.js';
import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { ServedResource } from '../object/server-context.js';

/**
 * An AdmissionRequest without uid and objects: what expressions see of a write, and how a review for a webhook begins. `as` is the resource
 * a webhook asked to see it as, where that is another version of the one that was written.
 */
export function requestOf(
  attributes: AdmissionAttributes,
  as: ServedResource = attributes.request.resource,
): JsonObject {
  const { request, operation, dryRun } = attributes;
  const { resource, path, user } = request;
  const { username, uid, groups, extra = {} } = user;
  const subResource = path.subresource ?? '';
  // Of a collection that is deleted nobody is told which object it is about.
  const name = operation === 'DELETE' ? path.name : nameOf(attributes) || path.name;
  return {
    kind: kindIn(attributes, as),
    resource: resourceIn(as),
    ...given({ subResource }),
    requestKind: kindIn(attributes, resource),
    requestResource: resourceIn(resource),
    ...given({ requestSubResource: subResource, name, namespace: isNamespace(resource) ? name : path.namespace }),
    operation,
    userInfo: { ...given({ username, uid }), groups, ...(Object.keys(extra).length > 0 && { extra }) },
    dryRun,
  };
}

/** Returns the name of the object that a write or a connection is about; empty for one that has none yet. */
export function nameOf({ request, operation, object, old }: AdmissionAttributes): string {
  return (operation === 'CONNECT' ? request.path.name : (object ?? old)?.metadata.name) ?? '';
}

/** Reports whether a resource is the namespace itself. Writes to a namespace count as writes in it. */
function isNamespace({ group, plural }: ServedResource): boolean {
  return group === '' && plural === 'namespaces';
}

/** Returns the fields that are not empty, as Go omits empty ones. */
function given(fields: { readonly [field: string]: string | undefined }): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}

function kindIn({ kind: own }: AdmissionAttributes, { group, version, kind }: ServedResource): JsonObject {
  if (own === undefined) return { group, version, kind };
  const { group: ownGroup, version: ownVersion } = parseApiVersion(own.apiVersion);
  return { group: ownGroup, version: ownVersion, kind: own.kind };
}

function resourceIn({ group, version, plural }: ServedResource): JsonObject {
  return { group, version, resource: plural };
}
