import { expect, it } from 'vitest';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { TestServer, turn } from '../client.js';

const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const claim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

async function turns(): Promise<void> {
  for (let i = 0; i < 30; i++) await turn();
}

it('lets a deleted claim go at once when no pod uses it', async () => {
  const server = new TestServer({ controllers: ['pvc-protection'] });
  await server.ask('POST', claims, claim);
  await server.ask('DELETE', `${claims}/data`);
  await turns();
  expect((await server.ask('GET', `${claims}/data`)).status).toBe(404);
});

it('keeps a deleted claim for as long as a pod on a node uses it', async () => {
  const clock = new FakeClock();
  const server = new TestServer({ controllers: ['pvc-protection', 'serviceaccount'], clock });
  await server.ask('POST', claims, claim);
  const pods = '/api/v1/namespaces/default/pods';
  const { status } = await server.ask('POST', pods, {
    metadata: { name: 'p' },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'c', image: 'nginx' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
  });
  expect(status).toBe(201);
  const { body } = await server.ask('DELETE', `${claims}/data`);
  expect(body.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
  await turns();
  expect((await server.ask('GET', `${claims}/data`)).status).toBe(200);
  await server.ask('DELETE', `${pods}/p`, { gracePeriodSeconds: 0 });
  await clock.advance(1_000);
  await turns();
  expect((await server.ask('GET', `${claims}/data`)).status).toBe(404);
});

it('keeps a deleted volume for as long as a claim is bound to it', async () => {
  const server = new TestServer({ controllers: ['pv-protection'] });
  const volumes = '/api/v1/persistentvolumes';
  const volume = (name: string) => ({
    metadata: { name },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' } },
  });
  for (const name of ['bound', 'free']) await server.ask('POST', volumes, volume(name));
  await server.ask('PATCH', `${volumes}/bound/status`, '{"status":{"phase":"Bound"}}', {
    'content-type': 'application/merge-patch+json',
  });
  for (const name of ['bound', 'free']) await server.ask('DELETE', `${volumes}/${name}`);
  await turns();
  expect((await server.ask('GET', `${volumes}/free`)).status).toBe(404);
  expect((await server.ask('GET', `${volumes}/bound`)).status).toBe(200);
});
