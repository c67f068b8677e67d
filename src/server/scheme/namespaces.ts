import type { ServedResource, ServerContext } from '../object/server-context.js';
import { forbidden, notFound } from '../object/status-error.js';
import { peekStored } from './stored-object.js';

/** The resource of namespaces itself. */
export function namespaceResource(server: ServerContext): ServedResource {
  const resource = server.scheme.resource('', 'v1', 'namespaces');
  if (resource === undefined) throw new Error('the facts hold no namespaces');
  return resource;
}

/**
 * Checks, as the admission plugin NamespaceLifecycle does, that a namespace exists and is not being deleted before an object is created
 * in it. Throws the 404 or 403 Status.
 */
export async function checkNamespace(
  server: ServerContext,
  resource: ServedResource,
  namespace: string,
  name: string,
): Promise<void> {
  const namespaces = namespaceResource(server);
  const { kv } = await server.storage.get(`${namespaces.prefix}${namespace}`);
  if (kv === undefined) throw notFound(namespaces, namespace);
  if (peekStored(kv, namespaces).metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(resource, name, why, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
}
