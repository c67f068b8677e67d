import { notFound } from '../../object/status-error.js';
import { namespaceResource } from '../../scheme/namespaces.js';
import type { AdmissionPlugin } from '../admission-plugin.js';

/** Refuses writes in namespaces that do not exist. */
export const namespaceExists: AdmissionPlugin = {
  name: 'NamespaceExists',
  validate: async ({ request: { server, resource, path } }) => {
    if (!resource.namespaced || path.namespace === undefined) return;
    const namespaces = namespaceResource(server);
    const { kv } = await server.storage.get(`${namespaces.prefix}${path.namespace}`);
    if (kv === undefined) throw notFound(namespaces, path.namespace);
  },
};
