import type { ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { notFound } from '../object/status-error.js';
import { namedKey } from '../scheme/named-key.js';
import { peekStored } from '../scheme/stored-object.js';

/**
 * Returns a core object, of the request's namespace if it has one. Undefined if it does not exist. Throws the 400 Status for a name that
 * no object can have.
 */
export async function storedObject(
  { server, path }: ResourceRequest,
  plural: string,
  name: string,
): Promise<Readonly<ServerObject> | undefined> {
  const resource = server.scheme.resource('', 'v1', plural);
  if (resource === undefined) return undefined;
  const namespace = resource.namespaced ? path.namespace : undefined;
  const { kv } = await server.storage.get(namedKey(resource, namespace, name));
  return kv === undefined ? undefined : peekStored(kv, resource);
}

/** Returns a core object. Throws the 404 Status, which names the resource of the request whatever the kind, as kube-apiserver's does. */
export async function existingObject(
  request: ResourceRequest,
  plural: string,
  name: string,
): Promise<Readonly<ServerObject>> {
  const found = await storedObject(request, plural, name);
  if (found === undefined) throw notFound(request.resource, name);
  return found;
}
