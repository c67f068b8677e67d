import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerifiedCertificate } from '../../../src/server/authn/authenticator.js';
import { clientCertificate } from '../../../src/server/authn/client-certificate.js';
import { type RunningServer, serve } from '../../../src/server/serve.js';
import { systemClock } from '../../../src/util/clock.js';
import { type CertificatePair, makeCertificate } from '../../../src/x509/certificate.js';
import type { Answer } from '../client.js';

const dayMs = 86_400_000;
const now = Date.now();

function make(use: 'ca' | 'client' | 'server', issuer?: CertificatePair, since = now): CertificatePair {
  const named = { commonName: 'jane', organizations: ['devs'], validDays: 1 };
  return makeCertificate({ ...named, use, now: since, serial: randomBytes(8) }, issuer);
}

const authority = makeCertificate({ commonName: 'client-ca', use: 'ca', now, serial: randomBytes(8) });
const jane = make('client', authority);

describe('client certificates', () => {
  let folder = '';
  let server: RunningServer;
  let passedMs = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keelson-client-certificate-'));
    const clientCaFile = join(folder, 'client.pem');
    const tokenAuthFile = join(folder, 'tokens.csv');
    await writeFile(clientCaFile, authority.certificate);
    await writeFile(tokenAuthFile, 'secret,tim,u1\n');
    const clock = { ...systemClock, now: () => systemClock.now() + passedMs };
    server = await serve({ securePort: 0, clientCaFile, tokenAuthFile, clock });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  function whoAmI(pair: CertificatePair, headers: object = {}, agent: Agent | false = false): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(`${server.secureUrl}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        rejectUnauthorized: false,
        agent,
        cert: pair.certificate,
        key: pair.privateKey,
      });
      sent.on('error', reject);
      sent.on('response', async (response) => {
        let text = '';
        for await (const chunk of response) text += String(chunk);
        const body = JSON.parse(text);
        resolve(response.statusCode === 201 ? body.status.userInfo : `${body.code} ${body.reason}`);
      });
      sent.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }));
    });
  }

  it('name the user, its groups and the credential', async () => {
    expect(await whoAmI(jane)).toEqual({
      username: 'jane',
      groups: ['devs', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    });
  });

  it.each([
    ['of an authority that the server does not know', make('client', make('ca'))],
    ['that have expired', make('client', authority, now - 3 * dayMs)],
    ['that are not for clients', make('server', authority)],
  ])('%s are refused, unless the token beside them is right', async (_, pair) => {
    expect(await whoAmI(pair)).toBe('401 Unauthorized');
    expect(await whoAmI(pair, { authorization: 'Bearer wrong' })).toBe('401 Unauthorized');
    expect(await whoAmI(pair, { authorization: 'Bearer secret' })).toMatchObject({ username: 'tim' });
  });

  it('are refused once they expire, on connections that are older too', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await whoAmI(jane, {}, agent)).toMatchObject({ username: 'jane' });
    passedMs = 2 * dayMs;
    expect(await whoAmI(jane, {}, agent)).toBe('401 Unauthorized');
    passedMs = 0;
    agent.destroy();
  });

  it('may hold the uid of the user, once', () => {
    const authenticate = clientCertificate(new Set(['ca']));
    const verified: VerifiedCertificate = {
      commonName: 'jane',
      organizations: [],
      uids: [],
      fingerprint: 'f',
      issuers: ['ca'],
    };
    expect(authenticate({}, { ...verified, uids: ['u1'] })).toMatchObject({ uid: 'u1' });
    expect(() => authenticate({}, { ...verified, uids: ['u1', 'u2'] })).toThrow('Unauthorized');
    expect(() => authenticate({}, { ...verified, uids: [''] })).toThrow('Unauthorized');
    expect(authenticate({}, { ...verified, commonName: '' })).toBeUndefined();
  });
});
