import { beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from '../client.js';

const core = '/api/v1/namespaces/default';
const container = { name: 'c', image: 'i' };
let server: TestServer;

beforeEach(async () => {
  server = new TestServer();
  await server.ask('POST', `${core}/serviceaccounts`, {
    metadata: { name: 'bot', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
    secrets: [{ name: 'own' }],
    imagePullSecrets: [{ name: 'pull' }],
  });
});

async function refusal(spec: object, annotations: { [key: string]: string } = {}): Promise<string | undefined> {
  const whole = { metadata: { name: 'p', annotations }, spec: { containers: [container], ...spec } };
  const { status, body } = await server.ask('POST', `${core}/pods`, whole);
  return status === 201 ? undefined : body.message;
}

const secretEnv = (name: string) => [{ name: 'E', valueFrom: { secretKeyRef: { name, key: 'k' } } }];

describe('an account that enforces mountable secrets', () => {
  const because = (kind: string) => `is not allowed because service account bot does not reference that ${kind}`;
  it.each<[string, object, string]>([
    [
      'a volume',
      { volumes: [{ name: 'v', secret: { secretName: 'other' } }] },
      `volume with secret.secretName="other" ${because('secret')}`,
    ],
    [
      'a variable',
      { containers: [{ ...container, env: secretEnv('other') }] },
      `container c with envVar E referencing secret.secretName="other" ${because('secret')}`,
    ],
    [
      'the environment of an init container',
      { initContainers: [{ ...container, name: 'first', envFrom: [{ secretRef: { name: 'other' } }] }] },
      `init container first with envFrom referencing secret.secretName="other" ${because('secret')}`,
    ],
    [
      'a pull secret',
      { imagePullSecrets: [{ name: 'pull' }, { name: 'other' }] },
      `imagePullSecrets[1].name="other" ${because('imagePullSecret')}`,
    ],
  ])('refuses another secret in %s', async (_what, spec, why) => {
    expect(await refusal({ serviceAccountName: 'bot', ...spec })).toBe(`pods "p" is forbidden: ${why}`);
  });

  it('allows its own', async () => {
    const volumes = [{ name: 'v', secret: { secretName: 'own' } }];
    expect(await refusal({ serviceAccountName: 'bot', volumes })).toBeUndefined();
  });

  it('refuses another secret in a container that debugs', async () => {
    expect(await refusal({ serviceAccountName: 'bot' })).toBeUndefined();
    const ephemeralContainers = [{ name: 'debug', image: 'i', env: secretEnv('other') }];
    const merge = { 'content-type': 'application/strategic-merge-patch+json' };
    const path = `${core}/pods/p/ephemeralcontainers`;
    const { status, body } = await server.ask('PATCH', path, { spec: { ephemeralContainers } }, merge);
    expect([status, body.message]).toEqual([
      403,
      `pods "p" is forbidden: ephemeral container debug with envVar E referencing secret.secretName="other" ${because('secret')}`,
    ]);
  });
});

describe('a mirror pod', () => {
  const mirror = { 'kubernetes.io/config.mirror': 'hash' };
  it.each<[string, object, string]>([
    ['an account', { serviceAccountName: 'bot' }, 'reference service accounts'],
    ['a secret', { containers: [{ ...container, env: secretEnv('own') }] }, 'reference secrets'],
    [
      'the secret of a driver',
      { volumes: [{ name: 'v', csi: { driver: 'd.example.com', nodePublishSecretRef: { name: 'own' } } }] },
      'reference secrets',
    ],
    [
      'a token',
      { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
      'use ServiceAccountToken volume projections',
    ],
  ])('may not have %s', async (_what, spec, why) => {
    expect(await refusal({ nodeName: 'n', ...spec }, mirror)).toBe(
      `pods "p" is forbidden: a mirror pod may not ${why}`,
    );
  });

  it('gets no account and no token', async () => {
    expect(await refusal({ nodeName: 'n' }, mirror)).toBeUndefined();
    const { body } = await server.ask('GET', `${core}/pods/p`);
    expect([body.spec.serviceAccountName ?? '', body.spec.volumes ?? []]).toEqual(['', []]);
  });
});
