import type { ServerContext } from '../object/server-context.js';
import { addressAt } from '../object/service-ranges.js';
import { newUid, timestamp } from '../object/system-fields.js';
import {
  bootstrapBytes,
  defaultAccounts,
  namespacesAndService,
  publishedAuthorities,
  tokenTracking,
  trustedClientsMap,
} from './bootstrap-objects.js';
import { serviceIpAddress } from './service-ip-address.js';

/** The parts of a new server besides its namespaces. */
export interface BootstrapOptions {
  /** The roles and bindings that every cluster has. */
  readonly rbac: boolean;
  /** Those that are made of others with the rules that a controller gives them. */
  readonly aggregatedRoles: boolean;
  /** The `default` ServiceAccount of each namespace, which a controller makes for later ones. */
  readonly serviceAccounts: boolean;
  /** The authority in PEM by which the server is known, where it is part of a control plane. */
  readonly certificateAuthority: string | undefined;
  /** The data of the ConfigMap `extension-apiserver-authentication`. The ConfigMap is missing if there are none. */
  readonly trustedClients: { readonly [key: string]: string };
  /** True if each namespace holds it. A controller publishes it in later namespaces. */
  readonly publishedAuthority: boolean;
}

/**
 * Makes what every server has from the start. Does nothing where it is there already, as in a store that outlived its server. The bytes to
 * store are the same for all servers but for uids and times, so that they are put together from text.
 */
export async function bootstrap(server: ServerContext, options: BootstrapOptions): Promise<void> {
  const { scheme, storage } = server;
  const time = timestamp(server.clock);
  const rbac = options.rbac && scheme.group('rbac.authorization.k8s.io')?.versions.includes('v1') === true;
  const { certificateAuthority: authority } = options;
  const { addresses } = server.serviceRanges;
  const [first] = addresses;
  const cidrs = addresses.flatMap((range) => range?.cidr ?? []);
  const objects = [
    ...(rbac ? (await import('./bootstrap-roles.js')).roleObjects(options.aggregatedRoles) : []),
    ...(await import('./bootstrap-defaults.js')).defaultObjects(scheme, cidrs),
    ...namespacesAndService(addressAt(first, 1n), first.family),
    serviceIpAddress(addressAt(first, 1n), { namespace: 'default', name: 'kubernetes' }),
    ...(options.serviceAccounts ? defaultAccounts() : []),
    ...(Object.keys(options.trustedClients).length > 0 ? [trustedClientsMap(options.trustedClients)] : []),
    ...(authority !== undefined ? [tokenTracking(time)] : []),
    ...(authority !== undefined && options.publishedAuthority ? publishedAuthorities(authority) : []),
  ];
  // In one go: a store on disk then syncs once for all of them.
  await Promise.all(
    objects.map((object) => storage.put(object.key, bootstrapBytes(object, newUid(server.random), time), 0)),
  );
}
