import { fieldsOf } from '../../util/json-fields.js';
import { authorityMap } from '../bootstrap/bootstrap-objects.js';
import type { ServerContext } from '../object/server-context.js';
import { namespaceResource } from '../scheme/namespaces.js';
import { storageKey } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import { loadWrites } from '../verbs/load-writes.js';
import { changeObject } from './change.js';
import { controllerOperation, controllerOptions } from './controller-operation.js';
import { follow } from './follow.js';
import { mayMatter } from './ownership.js';

const manager = 'root-ca-cert-publisher';
const { name, annotations } = authorityMap;

/**
 * Keeps the server's authority in the ConfigMap `kube-root-ca.crt` of every namespace, whoever changes or deletes it:
 * kube-controller-manager's `root-ca-cert-publisher`.
 */
export function runRootCaPublisher(server: ServerContext, signal: AbortSignal, certificateAuthority: string): void {
  const namespaces = namespaceResource(server);
  const maps = server.scheme.resource('', 'v1', 'configmaps');
  if (maps === undefined) return;
  const data = authorityMap.data(certificateAuthority);
  const settle = async (namespace: string): Promise<void> => {
    const { kv } = await server.storage.get(storageKey(maps, namespace, name));
    if (kv === undefined) {
      const { createStored } = await loadWrites();
      const operation = controllerOperation(server, maps, { namespace }, manager);
      await createStored(operation, controllerOptions(manager), { metadata: { name, annotations }, data });
      return;
    }
    const kept = fieldsOf(decodeStored(kv, maps).data);
    if (Object.keys(kept).length === 1 && kept['ca.crt'] === certificateAuthority) return;
    await changeObject(controllerOperation(server, maps, { namespace, name }, manager), manager, (draft) => {
      draft.data = data;
    });
  };
  follow(server, signal, namespaces, async (kv) => {
    if (mayMatter(kv) && decodeStored(kv, namespaces).metadata.deletionTimestamp !== undefined) return;
    await settle(kv.key.slice(namespaces.prefix.length));
  });
  const end = `/${name}`;
  const namespaceOf = (key: string): string => key.slice(maps.prefix.length, -end.length);
  follow(server, signal, maps, ({ key }) => settle(namespaceOf(key)), {
    matters: (key) => key.endsWith(end),
    onGone: (key) => settle(namespaceOf(key)),
  });
}
