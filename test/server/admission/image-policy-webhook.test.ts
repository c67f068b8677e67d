import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAdmissionConfiguration } from '../../../src/server/admission-config-file.js';
import { localCertificate } from '../../../src/testing/index.js';
import { systemClock } from '../../../src/util/clock.js';
import { type Answer, TestServer } from '../client.js';

const pki = localCertificate(['127.0.0.1']);
const pods = '/api/v1/namespaces/default/pods';
const pod = (name: string, image: string, annotations: object = {}) => ({
  metadata: { name, annotations },
  spec: { containers: [{ name: 'c', image }], initContainers: [{ name: 'i', image: 'init' }] },
});

let seen: Answer[] = [];
let statuses: number[] = [];
const backend = createServer({ cert: pki.cert, key: pki.key }, async (request, response) => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const review = JSON.parse(text);
  seen.push({ ...review, token: request.headers.authorization });
  const images: string[] = (review.spec.containers ?? []).map(({ image }: { image: string }) => image);
  const status = images.includes('bad')
    ? { allowed: false, reason: 'it is bad' }
    : { allowed: !images.includes('worse'), auditAnnotations: { checked: 'yes' } };
  response.writeHead(statuses.shift() ?? 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...review, status }));
});

let folder = '';
let passedMs = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-image-policy-'));
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  backend.closeAllConnections();
  backend.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  seen = [];
  statuses = [];
  passedMs = 0;
});

async function server(policy: object = {}): Promise<TestServer> {
  const kubeConfigFile = join(folder, 'kubeconfig.yaml');
  const { port } = backend.address() as AddressInfo;
  const kubeconfig = {
    'current-context': 'w',
    contexts: [{ name: 'w', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      {
        name: 'c',
        cluster: {
          server: `https://127.0.0.1:${port}/review`,
          'certificate-authority-data': Buffer.from(pki.ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'u', user: { token: 'q7w8e9' } }],
  };
  await writeFile(kubeConfigFile, JSON.stringify(kubeconfig));
  const path = join(folder, 'admission.yaml');
  const configuration = { imagePolicy: { kubeConfigFile, retryBackoff: 1, ...policy } };
  const plugins = [{ name: 'ImagePolicyWebhook', configuration }];
  await writeFile(
    path,
    JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins }),
  );
  return new TestServer({
    clock: { ...systemClock, now: () => systemClock.now() + passedMs },
    disableAdmissionPlugins: ['ServiceAccount'],
    enableAdmissionPlugins: ['ImagePolicyWebhook'],
    admissionConfiguration: await readAdmissionConfiguration(path),
  });
}

describe('ImagePolicyWebhook', () => {
  it('asks the backend about the images of pods', async () => {
    const api = await server();
    const asked = pod('a', 'good', { 'x.image-policy.k8s.io/y': 'z', other: 'w' });
    expect((await api.ask('POST', pods, asked)).status).toBe(201);
    expect(seen).toMatchObject([
      {
        kind: 'ImageReview',
        apiVersion: 'imagepolicy.k8s.io/v1alpha1',
        spec: {
          containers: [{ image: 'good' }, { image: 'init' }],
          annotations: { 'x.image-policy.k8s.io/y': 'z' },
          namespace: 'default',
        },
        token: 'Bearer q7w8e9',
      },
    ]);
    const refused = async (image: string) => (await api.ask('POST', pods, pod('b', image))).body;
    expect(await refused('bad')).toMatchObject({
      code: 403,
      message: 'pods "b" is forbidden: image policy webhook backend denied one or more images: it is bad',
    });
    expect((await refused('worse')).message).toBe(
      'pods "b" is forbidden: one or more images rejected by webhook backend',
    );
    const containers = { spec: { ephemeralContainers: [{ name: 'e', image: 'bad' }] } };
    const patch = { 'content-type': 'application/strategic-merge-patch+json' };
    expect((await api.ask('PATCH', `${pods}/a/ephemeralcontainers`, containers, patch)).status).toBe(403);
    expect(seen.at(-1).spec).toEqual({
      containers: [{ image: 'bad' }],
      annotations: { 'x.image-policy.k8s.io/y': 'z' },
      namespace: 'default',
    });
  });

  it('remembers approvals and denials for a time of their own', async () => {
    const api = await server({ allowTTL: 10, denyTTL: -1 });
    for (const name of ['a', 'b']) await api.ask('POST', pods, pod(name, 'good'));
    expect(seen).toHaveLength(1);
    passedMs = 10_001;
    await api.ask('POST', pods, pod('c', 'good'));
    expect(seen).toHaveLength(2);
    for (const name of ['d', 'e']) expect((await api.ask('POST', pods, pod(name, 'bad'))).status).toBe(403);
    expect(seen).toHaveLength(4);
  });

  it('tries a busy backend again, and then refuses pods or lets them pass', async () => {
    statuses = [503, 429];
    expect((await (await server()).ask('POST', pods, pod('a', 'good'))).status).toBe(201);
    expect(seen).toHaveLength(3);
    statuses = [500, 500, 500, 500, 500];
    expect((await (await server()).ask('POST', pods, pod('a', 'good'))).status).toBe(403);
    statuses = [400];
    const { status, body } = await (await server({ defaultAllow: true })).ask('POST', pods, pod('a', 'good'));
    expect([status, body.metadata.annotations]).toEqual([201, { 'alpha.image-policy.k8s.io/failed-open': 'true' }]);
    expect(seen).toHaveLength(9);
  });

  it('does not start without a backend, or with a configuration out of bounds', async () => {
    expect(() => new TestServer({ enableAdmissionPlugins: ['ImagePolicyWebhook'] })).toThrow(/it has no backend/);
    await expect(server({ allowTTL: 1801 })).rejects.toThrow('imagePolicy.allowTTL: it is not between -1 and 1800');
    await expect(server({ kubeConfigFile: join(folder, 'none') })).rejects.toThrow(
      'cannot read the kubeconfig of the webhook',
    );
  });
});
