import type { ServerContext } from '../registry/context.js';
import { storeNew } from '../registry/create.js';
import { namespaceResource } from '../registry/namespaces.js';
import { decodeStored } from '../registry/stored.js';
import { follow } from './follow.js';
import { internalRequest } from './internal-request.js';

const manager = 'service-account-controller';

/** Makes the `default` ServiceAccount of every namespace, which pods need. */
export function runServiceAccounts(server: ServerContext): void {
  const namespaces = namespaceResource(server);
  const accounts = server.scheme.resource('', 'v1', 'serviceaccounts');
  if (accounts === undefined) return;
  follow(server, namespaces, async (kv) => {
    const { metadata } = decodeStored(kv, namespaces);
    if (metadata.deletionTimestamp !== undefined) return;
    const { kv: present } = await server.storage.get(`${accounts.prefix}${metadata.name}/default`);
    if (present !== undefined) return;
    const request = internalRequest(server, accounts, metadata.name, undefined, manager);
    const options = {
      dryRun: false,
      fieldValidation: 'Ignore',
      manager,
      managerGiven: false,
      force: undefined,
    } as const;
    await storeNew(request, { metadata: { name: 'default' } }, options);
  });
}
