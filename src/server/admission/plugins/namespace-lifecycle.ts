import { checkNamespace } from '../../scheme/namespaces.js';
import type { AdmissionPlugin } from '../admission-plugin.js';

/** Refuses new objects in namespaces that are missing or terminating. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  mutate: async ({ request, operation, object }) => {
    const { resource, path, server } = request;
    if (operation !== 'CREATE' || !resource.namespaced || path.subresource !== undefined) return;
    await checkNamespace(server, resource, path.namespace ?? '', object.metadata.name ?? '');
  },
};
