import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, connect } from 'keelson';
import { ImageMap, Kubelet, ProcessRuntime } from 'keelson/cluster';
import { ClusterRole, ClusterRoleBinding } from 'keelson/k8s/rbac.authorization.k8s.io/v1';
import { localCertificate } from 'keelson/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../../src/server/serve.js';
import { makeCertificate } from '../../../src/x509/certificate.js';
import { requestTo } from './world.js';

const serial = Uint8Array.of(1, 2, 3);
const authority = makeCertificate({ commonName: 'clients', use: 'ca', now: Date.now(), serial });
const client = (commonName: string, organizations: string[], issuer = authority) => {
  const { certificate, privateKey } = makeCertificate(
    { commonName, organizations, use: 'client', now: Date.now(), serial },
    issuer,
  );
  return { cert: certificate, key: privateKey };
};

let folder: string;
let server: Awaited<ReturnType<typeof serve>>;
let cluster: Cluster;
let kubelet: Kubelet;

const start = (options: { anonymousAuth?: boolean; debuggingHandlers?: boolean } = {}) => {
  const { cert, key } = localCertificate();
  return new Kubelet({
    cluster,
    runtime: new ProcessRuntime({ images: new ImageMap(), nodeAddresses: ['127.0.0.1'] }),
    nodeName: 'node-1',
    nodeIPs: ['127.0.0.1'],
    rootDir: join(folder, 'root'),
    tls: { cert, key, clientCa: authority.certificate },
    port: 0,
    ...options,
  });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-access-'));
  const tokenAuthFile = join(folder, 'tokens.csv');
  await writeFile(tokenAuthFile, 'admin-token,admin,1,"system:masters"\njane-token,jane,2,dev\n');
  server = await serve({ securePort: 0, tokenAuthFile, controllers: [] });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig);
  cluster = await connect({ kubeconfig });
  await cluster.resource(ClusterRole).create({
    metadata: { name: 'stats' },
    rules: [{ apiGroups: [''], resources: ['nodes/stats'], verbs: ['get'] }],
  });
  await cluster.resource(ClusterRoleBinding).create({
    metadata: { name: 'stats' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'stats' },
    subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  kubelet = start();
  await kubelet.start();
});
afterAll(async () => {
  await kubelet.stop();
  await cluster.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const forbidden = (user: string, subresources: string) =>
  `Forbidden (user=${user}, verb=get, resource=nodes, subresource(s)=[${subresources}])\n`;

describe('the kubelet API', () => {
  it.each([
    ['without credentials', {}, '/pods', 401, 'Unauthorized'],
    ['with a wrong token', bearer('wrong'), '/pods', 401, 'Unauthorized'],
    ['to a user without rights', bearer('jane-token'), '/pods', 403, forbidden('jane', 'pods proxy')],
    ['of a part beyond the rights', bearer('jane-token'), '/logs/', 403, forbidden('jane', 'log')],
    ['to a certificate without rights', client('joe', []), '/metrics', 403, forbidden('joe', 'metrics')],
  ])('is refused %s', async (_, credentials, path, status, body) => {
    expect(await requestTo(kubelet.port, path, credentials)).toMatchObject({ status, body });
  });

  it.each([
    ['a token', bearer('admin-token'), '/pods'],
    ['a token with the one right', bearer('jane-token'), '/stats/summary'],
    ['a client certificate', client('admin', ['system:masters']), '/pods'],
  ])('is open to %s', async (_, credentials, path) => {
    expect(await requestTo(kubelet.port, path, credentials)).toMatchObject({ status: 200 });
  });

  it('is refused to certificates of other authorities', async () => {
    const other = makeCertificate({ commonName: 'clients', use: 'ca', now: Date.now(), serial });
    const answer = requestTo(kubelet.port, '/pods', client('admin', ['system:masters'], other));
    expect(await answer).toMatchObject({ status: 401 });
  });

  it('takes anonymous requests only when told to, and asks about their rights', async () => {
    await using anonymous = start({ anonymousAuth: true });
    await anonymous.start();
    expect(await requestTo(anonymous.port, '/pods')).toMatchObject({
      status: 403,
      body: forbidden('system:anonymous', 'pods proxy'),
    });
  });

  it('has no exec without debugging handlers', async () => {
    await using closed = start({ debuggingHandlers: false });
    await closed.start();
    const admin = bearer('admin-token');
    expect(await requestTo(closed.port, '/exec/a/b/c?command=ls&output=1', admin)).toMatchObject({
      status: 405,
      body: 'Debug endpoints are disabled.\n',
    });
    expect(await requestTo(closed.port, '/healthz', admin)).toMatchObject({ status: 200, body: 'ok' });
  });
});
