import { storageKey } from '../scheme/resource.js';
import { canonical } from './canonical.js';
import type { ServerContext } from './context.js';
import { namespaceResource } from './namespaces.js';
import { encodeStored } from './stored.js';
import { newUid, timestamp } from './system-fields.js';

const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Makes what every server has from the start. Does nothing where it is there already, as in a store that outlived its server. */
export async function bootstrap(server: ServerContext): Promise<void> {
  const resource = namespaceResource(server);
  for (const name of namespaces) {
    const object = canonical(resource, {
      metadata: {
        name,
        uid: newUid(server.random),
        creationTimestamp: timestamp(server.clock),
        labels: { 'kubernetes.io/metadata.name': name },
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    await server.storage.put(storageKey(resource, undefined, name), encodeStored(object), 0);
  }
}
