import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningServer, serve } from '../../../src/server/serve.js';
import { type CertificatePair, makeCertificate } from '../../../src/x509/certificate.js';
import type { Answer } from '../client.js';

const make = (commonName: string, use: 'ca' | 'client', issuer?: CertificatePair, organizations: string[] = []) =>
  makeCertificate({ commonName, organizations, use, now: Date.now(), serial: randomBytes(8) }, issuer);
const clientCa = make('client-ca', 'ca');
const proxyCa = make('proxy-ca', 'ca');
const front = make('front-proxy', 'client', proxyCa);
const other = make('other', 'client', proxyCa);
const jane = make('jane', 'client', clientCa, ['devs']);

let folder = '';
let server: RunningServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-request-header-'));
  const clientCaFile = join(folder, 'client.pem');
  await writeFile(clientCaFile, clientCa.certificate);
  server = await serve({
    securePort: 0,
    clientCaFile,
    requestHeader: {
      clientCa: proxyCa.certificate,
      allowedNames: ['front-proxy'],
      usernameHeaders: ['X-Remote-User'],
      uidHeaders: ['X-Remote-Uid'],
      groupHeaders: ['X-Remote-Group'],
      extraHeadersPrefix: ['X-Remote-Extra-'],
    },
  });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function send(method: string, path: string, pair: CertificatePair | undefined, headers: object, body?: object) {
  return new Promise<{ status: number | undefined; body: Answer }>((resolve, reject) => {
    const sent = request(`${server.secureUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      rejectUnauthorized: false,
      agent: false,
      ...(pair === undefined ? {} : { cert: pair.certificate, key: pair.privateKey }),
    });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      resolve({ status: response.statusCode, body: JSON.parse(text) });
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Returns the user that the server takes a client for. */
async function userOf(pair: CertificatePair | undefined, headers: object): Promise<Answer> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const { status, body } = await send(
    'POST',
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    pair,
    headers,
    review,
  );
  return status === 201 ? body.status.userInfo : body.message;
}

const named = {
  'x-remote-user': 'tim',
  'x-remote-uid': 'u1',
  'x-remote-group': ['a', 'b'],
  'x-remote-extra-example.org%2fkey': ['x', 'y'],
};

describe('the headers of a proxy', () => {
  it('name the user, if its certificate comes from --requestheader-client-ca-file', async () => {
    expect(await userOf(front, named)).toEqual({
      username: 'tim',
      uid: 'u1',
      groups: ['a', 'b', 'system:authenticated'],
      extra: { 'example.org/key': ['x', 'y'] },
    });
  });

  it('count for nothing without a certificate', async () => {
    expect(await userOf(undefined, named)).toContain('User "system:anonymous" cannot create');
  });

  it('are refused with the certificate of another name', async () => {
    expect(await userOf(other, named)).toBe('Unauthorized');
  });

  it('count for nothing with a certificate from --client-ca-file, which names a user itself', async () => {
    expect(await userOf(jane, named)).toMatchObject({ username: 'jane', groups: ['devs', 'system:authenticated'] });
  });

  it('are needed: the certificate of a proxy does not name a user of --client-ca-file', async () => {
    expect(await userOf(front, {})).toBe('Unauthorized');
  });

  it('are published with the authorities, for the servers of aggregated APIs', async () => {
    const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
    const { body } = await send('GET', path, front, { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' });
    expect(body.data).toEqual({
      'client-ca-file': clientCa.certificate,
      'requestheader-allowed-names': '["front-proxy"]',
      'requestheader-client-ca-file': proxyCa.certificate,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    });
  });
});
