import { randomBytes, X509Certificate } from 'node:crypto';
import { CertificateSigningRequest } from 'keelson/k8s/certificates.k8s.io/v1';
import { afterEach, describe, expect, test } from 'vitest';
import type { SignerName } from '../../../src/cluster/workloads/base/cluster-signing.js';
import { makeCertificate } from '../../../src/x509/certificate.js';
import { ecdsaRequest, ed25519Request, rsaRequest } from '../../helpers/certificate-requests.js';
import { newWorld } from './world.js';

const authority = makeCertificate({
  commonName: 'cluster',
  use: 'ca',
  now: Date.UTC(2026, 0, 1),
  serial: randomBytes(8),
  validDays: 3650,
});
const hourMs = 3_600_000;

let world: ReturnType<typeof newWorld>;
afterEach(() => world.end());

function start(signers: readonly SignerName[] = ['kubernetes.io/kube-apiserver-client']): void {
  const authorities = Object.fromEntries(signers.map((signer) => [signer, authority]));
  world = newWorld({
    controllers: ['csrapproving', 'csrsigning', 'csrcleaner'],
    signing: { authorities, durationMs: 1000 * hourMs },
  });
}
const requests = () => world.cluster.resource(CertificateSigningRequest);

async function ask(name: string, signerName: string, pem: string, more: object = {}): Promise<void> {
  const usages: ('digital signature' | 'client auth')[] = ['digital signature', 'client auth'];
  const request = Buffer.from(pem).toString('base64');
  await requests().create({ metadata: { name }, spec: { signerName, request, usages, ...more } });
}

async function approve(name: string, type = 'Approved'): Promise<void> {
  const found = await requests().get(name);
  const conditions = [{ type, status: 'True' as const, reason: 'Test' }];
  await requests()
    .subresource('approval')
    .replace({ ...found, status: { conditions } });
}

async function issued(name: string): Promise<X509Certificate> {
  let certificate = '';
  await world.eventually(async () => {
    certificate = (await requests().get(name)).status?.certificate ?? '';
    return certificate !== '';
  }, `the certificate of ${name}`);
  return new X509Certificate(Buffer.from(certificate, 'base64'));
}

describe('the signing controller', () => {
  test('signs what was approved, for as long as was asked for', async () => {
    start();
    const now = world.clock.now();
    await ask('jane', 'kubernetes.io/kube-apiserver-client', rsaRequest, { expirationSeconds: 3600 });
    await ask('long', 'kubernetes.io/kube-apiserver-client', rsaRequest);
    await approve('jane');
    await approve('long');
    const certificate = await issued('jane');
    expect(certificate.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
    expect(certificate.subject).toBe('O=dev\nO=ops\nCN=jane');
    const life = (one: X509Certificate) => Date.parse(one.validTo) - now;
    expect(life(certificate)).toBeGreaterThanOrEqual(hourMs);
    expect(life(certificate)).toBeLessThan(hourMs + 120_000);
    expect(now - Date.parse(certificate.validFrom)).toBeGreaterThan(3 * 60_000);
    expect(life(await issued('long'))).toBeGreaterThan(999 * hourMs);
  });

  test('says why a request is not one for its signer, and leaves others alone', async () => {
    start(['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client']);
    await ask('serving', 'kubernetes.io/kubelet-serving', ecdsaRequest);
    await ask('names', 'kubernetes.io/kube-apiserver-client-kubelet', ecdsaRequest);
    await ask('usages', 'kubernetes.io/kube-apiserver-client', rsaRequest, { usages: ['server auth'] });
    await ask('other', 'example.com/signer', rsaRequest);
    await ask('open', 'kubernetes.io/kube-apiserver-client', rsaRequest);
    for (const name of ['serving', 'names', 'usages', 'other']) await approve(name);
    const failure = async (name: string) =>
      (await requests().get(name)).status?.conditions?.find(({ type }) => type === 'Failed');
    await world.eventually(async () => (await failure('usages')) !== undefined, 'the failure');
    expect(await failure('usages')).toMatchObject({
      status: 'True',
      reason: 'SignerValidationFailure',
      message: 'invalid usage for client certificate: server auth',
    });
    expect((await failure('serving'))?.message).toBe(
      'usages did not match [digital signature key encipherment server auth]',
    );
    for (const name of ['names', 'other', 'open']) {
      const { status } = await requests().get(name);
      expect([await failure(name), status?.certificate], name).toEqual([undefined, undefined]);
    }
  });
});

test('a kubelet gets its client certificate by itself if it may have it', async () => {
  start(['kubernetes.io/kube-apiserver-client-kubelet']);
  await ask('n2', 'kubernetes.io/kube-apiserver-client-kubelet', ed25519Request);
  // The user of this server is an administrator, who may have the certificate of any node.
  expect((await issued('n2')).subject).toBe('O=system:nodes\nCN=system:node:n2');
  expect((await requests().get('n2')).status?.conditions).toMatchObject([
    {
      type: 'Approved',
      reason: 'AutoApproved',
      message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    },
  ]);
});

test('old requests are deleted', async () => {
  start();
  await ask('open', 'example.com/signer', rsaRequest);
  await ask('denied', 'example.com/signer', rsaRequest);
  await ask('issued', 'kubernetes.io/kube-apiserver-client', rsaRequest);
  await approve('denied', 'Denied');
  await approve('issued');
  await issued('issued');
  const names = async () => (await requests().list().all()).items.map(({ metadata }) => metadata.name).sort();
  await world.eventually(async () => (await names()).length === 1, 'the end of settled requests', 3 * hourMs);
  expect(await names()).toEqual(['open']);
  await world.eventually(async () => (await names()).length === 0, 'the end of the open one', 30 * hourMs);
});
