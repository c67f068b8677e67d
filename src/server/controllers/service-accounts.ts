import type { ServerContext } from '../object/server-context.js';
import { namespaceResource } from '../scheme/namespaces.js';
import { decodeStored } from '../scheme/stored-object.js';
import { loadWrites } from '../verbs/load-writes.js';
import { controllerOperation, controllerOptions } from './controller-operation.js';
import { follow } from './follow.js';
import { mayMatter } from './ownership.js';

const manager = 'service-account-controller';

/**
 * Makes the `default` ServiceAccount of every namespace, which pods need. A pod that comes before this controller got round to
 * its namespace has it made on the spot: nobody has to wait for a controller in the same process.
 */
export function runServiceAccounts(server: ServerContext): void {
  const namespaces = namespaceResource(server);
  const accounts = server.scheme.resource('', 'v1', 'serviceaccounts');
  if (accounts === undefined) return;
  const settle = async (namespace: string): Promise<void> => {
    const { kv } = await server.storage.get(`${accounts.prefix}${namespace}/default`);
    if (kv !== undefined) return;
    const operation = controllerOperation(server, accounts, { namespace }, manager);
    const { createStored } = await loadWrites();
    await createStored(operation, controllerOptions(manager), { metadata: { name: 'default' } });
  };
  // Two who settle one namespace at once want the same: the second finds it done.
  server.hooks.settleNamespace = (namespace) => settle(namespace).catch(() => {});
  follow(server, namespaces, async (kv) => {
    if (mayMatter(kv) && decodeStored(kv, namespaces).metadata.deletionTimestamp !== undefined) return;
    await settle(kv.key.slice(namespaces.prefix.length));
  });
}
