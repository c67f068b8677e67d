import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const endpoints = '/api/v1/namespaces/default/endpoints/kubernetes';
const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const selected = `${slices}?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes`;

it('leads from the service kubernetes to where the server is reached, also after it has moved', async () => {
  const server = new TestServer({ controllers: ['kubernetes-service'] });
  for (const port of [6443, 7443]) {
    await server.api.announce('127.0.0.1', port);
    const ports = [{ name: 'https', port, protocol: 'TCP' }];
    expect((await server.ask('GET', endpoints)).body.subsets).toEqual([{ addresses: [{ ip: '127.0.0.1' }], ports }]);
    const { items } = (await server.ask('GET', selected)).body;
    expect(items).toMatchObject([
      { addressType: 'IPv4', endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }], ports },
    ]);
  }
});

it('is an address of its own family', async () => {
  const server = new TestServer({ controllers: ['kubernetes-service'] });
  await server.api.announce('::1', 6443);
  expect((await server.ask('GET', `${slices}/kubernetes`)).body.addressType).toBe('IPv6');
});

it('leaves it to others where its controller is not wanted', async () => {
  const server = new TestServer({ controllers: ['*', '-kubernetes-service'] });
  await server.api.announce('127.0.0.1', 6443);
  expect((await server.ask('GET', endpoints)).status).toBe(404);
});
