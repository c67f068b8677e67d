import { isIPv6 } from 'node:net';
import { type BootstrapObject, bootstrapBytes, bootstrapObject, keys, leaves } from '../bootstrap/bootstrap-objects.js';
import type { ServerContext } from '../object/server-context.js';
import { newUid, timestamp } from '../object/system-fields.js';

/**
 * Says behind the service `kubernetes` where the server is reached, as kube-apiserver's endpoint reconciler does: in Endpoints and in an
 * EndpointSlice. They are written as they are kept: the API itself takes no addresses on loopback, where this server usually listens.
 */
export async function publishEndpoints(server: ServerContext, address: string, port: number): Promise<void> {
  const time = timestamp(server.clock);
  for (const object of endpointsOf(address, port)) {
    const { kv } = await server.storage.get(object.key);
    // In a shared store, the endpoints belong to the server that was there first, and a kube-apiserver would put them back.
    if (kv !== undefined && server.storage.isShared === true) continue;
    const bytes = bootstrapBytes(object, newUid(server.random), time);
    await server.storage.put(object.key, bytes, kv?.modRevision ?? 0);
  }
}

const mirrored = 'endpointslice.kubernetes.io/skip-mirror';
const service = 'kubernetes.io/service-name';

function endpointsOf(address: string, port: number): readonly BootstrapObject[] {
  const named = { name: 'kubernetes', namespace: 'default' };
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  return [
    bootstrapObject('', 'endpoints', {
      ...named,
      labels: { [mirrored]: 'true' },
      owned: [{ fields: { 'f:metadata': { 'f:labels': keys(mirrored) }, ...leaves('f:subsets') } }],
      fields: { subsets: [{ addresses: [{ ip: address }], ports }] },
    }),
    bootstrapObject('discovery.k8s.io', 'endpointslices', {
      ...named,
      labels: { [service]: 'kubernetes' },
      owned: [
        {
          fields: {
            ...leaves('f:addressType f:endpoints'),
            'f:metadata': { 'f:labels': keys(service) },
            'f:ports': {},
          },
        },
      ],
      fields: {
        addressType: isIPv6(address) ? 'IPv6' : 'IPv4',
        endpoints: [{ addresses: [address], conditions: { ready: true } }],
        ports,
      },
    }),
  ];
}
