import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, serve } from '../../src/server/serve.js';
import { etcdMissing, startEtcd, type TestEtcd } from '../helpers/etcd.js';
import { type KubeApiserver, kubeApiserverMissing, startKubeApiserver } from '../helpers/kube-apiserver.js';

const missing = etcdMissing || kubeApiserverMissing;
const secrets = '/api/v1/namespaces/default/secrets';

describe.skipIf(missing !== '')(`kube-apiserver on the same etcd${missing}`, () => {
  let folder = '';
  let etcd: TestEtcd;
  let real: KubeApiserver;
  let own: RunningServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keelson-mixed-'));
    const key = randomBytes(32).toString('base64');
    const provider = (resource: string, name: string) =>
      `- resources: [${resource}]\n  providers: [{${name}: {keys: [{name: key1, secret: ${key}}]}}, {identity: {}}]\n`;
    const head = 'kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources:\n';
    const path = join(folder, 'encryption.yaml');
    const rules = [provider('secrets', 'secretbox'), provider('configmaps', 'aescbc'), provider("'*.*'", 'aesgcm')];
    await writeFile(path, head + rules.join(''), { mode: 0o600 });
    etcd = await startEtcd();
    own = await serve({ insecurePort: 0, etcd: { servers: [etcd.url] }, encryption: { path }, controllers: [] });
    real = await startKubeApiserver(etcd.url, [`--encryption-provider-config=${path}`]);
  }, 180_000);
  afterAll(async () => {
    await real?.stop();
    await own?.close();
    await etcd?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function ask(method: string, path: string, body?: object) {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${own.insecureUrl}${path}`, { method, headers, ...sent });
    return { status: response.status, body: await response.json() };
  }

  it.each([
    ['secrets with secretbox', secrets, { stringData: { a: 'b' } }],
    ['config maps with aescbc', '/api/v1/namespaces/default/configmaps', { data: { a: 'b' } }],
    [
      'leases with aesgcm',
      '/apis/coordination.k8s.io/v1/namespaces/default/leases',
      { spec: { holderIdentity: 'somebody' } },
    ],
  ])('reads what keelson encrypted, and the other way round: %s', async (_, path, content) => {
    const written = await ask('POST', path, { metadata: { name: 'by-keelson' }, ...content });
    expect(written.status).toBe(201);
    const read = await real.ask('GET', `${path}/by-keelson`);
    expect(JSON.parse(read.body.toString())).toEqual(written.body);
    const back = await real.ask('POST', path, { metadata: { name: 'by-the-other' }, ...content });
    expect(back.status).toBe(201);
    expect((await ask('GET', `${path}/by-the-other`)).body).toEqual(JSON.parse(back.body.toString()));
  });
});
