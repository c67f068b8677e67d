import { expect, it } from 'vitest';
import { serviceAddress } from '../../../src/server/outbound/service-address.js';
import { ServedScheme } from '../../../src/server/scheme/scheme.js';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { TestServer } from '../client.js';

const where = { namespace: 'default', name: 'hook', port: 443 };
const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const slice = (name: string, endpoints: object[], port = 8443) => ({
  metadata: { name, labels: { 'kubernetes.io/service-name': 'hook' } },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'https', port }],
});

it('a service is reached at a ready endpoint of its EndpointSlices, or of its Endpoints', async () => {
  const storage = new MemoryStorage();
  const server = new TestServer({ storage });
  const address = () => serviceAddress({ scheme: new ServedScheme(), storage }, where);
  await expect(address()).rejects.toThrow('service "hook" not found');
  await server.ask('POST', '/api/v1/namespaces/default/services', {
    metadata: { name: 'hook' },
    spec: { ports: [{ name: 'https', port: 443 }] },
  });
  await expect(address()).rejects.toThrow('endpoints "hook" not found');
  const old = {
    metadata: { name: 'hook' },
    subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ name: 'https', port: 9443 }] }],
  };
  await server.ask('POST', '/api/v1/namespaces/default/endpoints', old);
  expect(await address()).toEqual({ host: '192.0.2.1', port: 9443 });
  await server.ask('POST', slices, slice('a', [{ addresses: ['192.0.2.2'], conditions: { ready: false } }]));
  await server.ask(
    'POST',
    slices,
    slice('b', [{ addresses: ['192.0.2.3'], conditions: { ready: false } }, { addresses: ['192.0.2.4'] }]),
  );
  expect(await address()).toEqual({ host: '192.0.2.4', port: 8443 });
  await server.ask('DELETE', '/api/v1/namespaces/default/endpoints/hook');
  await server.ask('DELETE', `${slices}/b`);
  await expect(address()).rejects.toThrow('no endpoints available for service "hook"');
});
