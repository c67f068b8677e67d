import { expect, it } from 'vitest';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { TestServer, turn } from '../client.js';

const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const mergePatch = { 'content-type': 'application/merge-patch+json' };
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

it('keeps a deleted VolumeAttributesClass for as long as a claim or a volume names it', async () => {
  const clock = new FakeClock();
  const server = new TestServer({ controllers: ['volumeattributesclass-protection-controller'], clock });
  const classes = '/apis/storage.k8s.io/v1/volumeattributesclasses';
  const parameters = { iops: '100' };
  for (const name of ['free', 'used'])
    await server.ask('POST', classes, { metadata: { name }, driverName: 'csi.example.com', parameters });
  const named = { ...claim, spec: { ...claim.spec, volumeAttributesClassName: 'used' } };
  expect((await server.ask('POST', claims, named)).status).toBe(201);
  for (const name of ['free', 'used']) await server.ask('DELETE', `${classes}/${name}`);
  await turns();
  expect((await server.ask('GET', `${classes}/free`)).status).toBe(404);
  const kept = await server.ask('GET', `${classes}/used`);
  expect(kept.body.metadata.finalizers).toEqual(['kubernetes.io/vac-protection']);
  await server.ask('DELETE', `${claims}/data`);
  await server.ask('PATCH', `${claims}/data`, { metadata: { finalizers: null } }, mergePatch);
  await clock.advance(1_000);
  await turns();
  expect((await server.ask('GET', `${classes}/used`)).status).toBe(404);
});
