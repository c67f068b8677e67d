import type { ServerContext } from '../object/server-context.js';
import { namespaceResource } from '../scheme/namespaces.js';
import { decodeStored } from '../scheme/stored-object.js';
import { loadWrites } from '../verbs/load-writes.js';
import { controllerOperation, controllerOptions } from './controller-operation.js';
import { follow } from './follow.js';
import { mayMatter } from './ownership.js';

const manager = 'service-account-controller';

/** Returns a function that creates the `default` ServiceAccount of a namespace, undefined if the kind is not served. */
function accountMaker(server: ServerContext): ((namespace: string) => Promise<void>) | undefined {
  const accounts = server.scheme.resource('', 'v1', 'serviceaccounts');
  if (accounts === undefined) return undefined;
  return async (namespace) => {
    const { kv } = await server.storage.get(`${accounts.prefix}${namespace}/default`);
    if (kv !== undefined) return;
    const operation = controllerOperation(server, accounts, { namespace }, manager);
    const { createStored } = await loadWrites();
    await createStored(operation, controllerOptions(manager), { metadata: { name: 'default' } });
  };
}

/**
 * Lets a pod create the `default` ServiceAccount of its namespace that the controller has not created yet. Every server does so, whichever
 * one runs the controllers.
 */
export function provideServiceAccounts(server: ServerContext): void {
  const settle = accountMaker(server);
  // If two requests create it at once, the second one finds that it exists.
  if (settle !== undefined) server.hooks.settleNamespace = (namespace) => settle(namespace).catch(() => {});
}

/** Creates the `default` ServiceAccount of every namespace, which pods need. */
export function runServiceAccounts(server: ServerContext, signal: AbortSignal): void {
  const namespaces = namespaceResource(server);
  const settle = accountMaker(server);
  if (settle === undefined) return;
  follow(server, signal, namespaces, async (kv) => {
    if (mayMatter(kv) && decodeStored(kv, namespaces).metadata.deletionTimestamp !== undefined) return;
    await settle(kv.key.slice(namespaces.prefix.length));
  });
}
