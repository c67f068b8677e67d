import { newUid, timestamp } from '../../object/system-fields.js';
import { namespaceResource } from '../../scheme/namespaces.js';
import { encodeStored } from '../../scheme/stored-object.js';
import type { AdmissionPlugin } from '../admission-plugin.js';

/** Creates the namespace of a new object if it does not exist. */
export const namespaceAutoProvision: AdmissionPlugin = {
  name: 'NamespaceAutoProvision',
  mutate: async ({ request: { server, resource, path }, operation, dryRun }) => {
    const { namespace: name = '' } = path;
    if (operation !== 'CREATE' || dryRun || !resource.namespaced || name === '') return;
    const namespaces = namespaceResource(server);
    const key = `${namespaces.prefix}${name}`;
    if ((await server.storage.get(key)).kv !== undefined) return;
    const metadata = {
      name,
      uid: newUid(server.random),
      creationTimestamp: timestamp(server.clock),
      labels: { 'kubernetes.io/metadata.name': name },
    };
    const object = { metadata, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    // If another request created it meanwhile, this write fails and nothing is left to do.
    await server.storage.put(key, encodeStored(object, namespaces), 0);
  },
};
