import { describe, expect, it } from 'vitest';
import { bytesOf, TestServer } from '../client.js';

const user = { username: 'system:node:one', groups: ['system:nodes', 'system:authenticated'] };
const core = '/api/v1/namespaces/default';

async function cluster(): Promise<TestServer> {
  const server = new TestServer({ authorizationMode: ['Node', 'RBAC'], disableAdmissionPlugins: ['ServiceAccount'] });
  for (const name of ['used', 'env', 'volume', 'other'])
    await server.ask('POST', `${core}/secrets`, { metadata: { name } });
  for (const name of ['used', 'other']) await server.ask('POST', `${core}/configmaps`, { metadata: { name } });
  const storage = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  await server.ask('POST', `${core}/persistentvolumeclaims`, {
    metadata: { name: 'claim' },
    spec: { ...storage, volumeName: 'pv', storageClassName: '' },
  });
  await server.ask('POST', '/api/v1/persistentvolumes', {
    metadata: { name: 'pv' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      claimRef: { namespace: 'default', name: 'claim' },
      csi: { driver: 'd.e', volumeHandle: 'h', nodePublishSecretRef: { namespace: 'default', name: 'volume' } },
    },
  });
  const pod = (name: string, nodeName: string, needs: object) => ({
    metadata: { name },
    spec: { nodeName, serviceAccountName: 'robot', ...needs },
  });
  await server.ask(
    'POST',
    `${core}/pods`,
    pod('mine', 'one', {
      containers: [
        { name: 'c', image: 'i', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }] },
      ],
      volumes: [
        { name: 's', secret: { secretName: 'used' } },
        { name: 'c', configMap: { name: 'used' } },
        { name: 'p', persistentVolumeClaim: { claimName: 'claim' } },
      ],
    }),
  );
  await server.ask('POST', `${core}/pods`, pod('theirs', 'two', { containers: [{ name: 'c', image: 'i' }] }));
  return server;
}

async function asNode(server: TestServer, method: string, path: string, body?: object, who = user) {
  const response = await server.api.handle({
    method,
    path,
    user: who,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body)),
  });
  const text = new TextDecoder().decode(await bytesOf(response));
  return { status: response.status, message: (JSON.parse(text) as { message?: string }).message ?? '' };
}

describe('A kubelet', () => {
  it('reads what the pods on its node need, and nothing of others', async () => {
    const server = await cluster();
    const status = async (path: string) => (await asNode(server, 'GET', path)).status;
    for (const path of ['secrets/used', 'secrets/env', 'secrets/volume', 'configmaps/used', 'pods/mine'])
      expect(await status(`${core}/${path}`), path).toBe(200);
    expect(await status(`${core}/persistentvolumeclaims/claim`)).toBe(200);
    expect(await status('/api/v1/persistentvolumes/pv')).toBe(200);
    expect(await status(`${core}/secrets?fieldSelector=metadata.name%3Dused`)).toBe(200);
    for (const path of ['secrets/other', 'secrets', 'configmaps/other', 'pods/theirs', 'pods'])
      expect(await status(`${core}/${path}`), path).toBe(403);
    const { message } = await asNode(server, 'GET', `${core}/secrets/other`);
    expect(message).toContain("no relationship found between node 'one' and this object");
  });

  it('lists the pods of its node, and its own Node only', async () => {
    const server = await cluster();
    await server.ask('POST', '/api/v1/nodes', { metadata: { name: 'one' } });
    const status = async (path: string) => (await asNode(server, 'GET', path)).status;
    expect(await status('/api/v1/pods?fieldSelector=spec.nodeName%3Done')).toBe(200);
    expect(await status('/api/v1/pods?fieldSelector=spec.nodeName%3Dtwo')).toBe(403);
    expect(await status('/api/v1/nodes/one')).toBe(200);
    expect(await status('/api/v1/nodes/two')).toBe(403);
    expect(await status('/api/v1/nodes')).toBe(403);
    expect(await status('/api/v1/services')).toBe(200);
  });

  it('has a lease of its own, and tokens for the accounts of its pods', async () => {
    const server = await cluster();
    const leases = '/apis/coordination.k8s.io/v1/namespaces';
    const lease = { metadata: { name: 'one' } };
    expect((await asNode(server, 'POST', `${leases}/kube-node-lease/leases`, lease)).status).toBe(201);
    expect((await asNode(server, 'POST', `${leases}/default/leases`, lease)).status).toBe(403);
    expect((await asNode(server, 'GET', `${leases}/kube-node-lease/leases/two`)).status).toBe(403);
    await server.ask('POST', `${core}/serviceaccounts`, { metadata: { name: 'robot' } });
    expect((await asNode(server, 'POST', `${core}/serviceaccounts/other/token`, {})).status).toBe(403);
    expect((await asNode(server, 'POST', `${core}/serviceaccounts/robot/token`, {})).status).not.toBe(403);
  });

  it('has to be of the group of nodes', async () => {
    const server = await cluster();
    const other = { username: 'system:node:one', groups: ['system:authenticated'] };
    expect((await asNode(server, 'GET', `${core}/secrets/used`, undefined, other)).status).toBe(403);
  });
});
