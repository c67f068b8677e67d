import { createPublicKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../src/x509/certificate.js';
import { type CertificateRequest, readCertificateRequest } from '../../src/x509/certificate-request.js';
import { signRequest } from '../../src/x509/sign-request.js';
import { ecdsaRequest, ed25519Request, rsaRequest } from '../helpers/certificate-requests.js';

const now = Date.parse('2026-03-01T00:00:00Z');
const ca = makeCertificate({ commonName: 'keelson-ca', use: 'ca', now, serial: randomBytes(8) });
const policy = { usages: ['digital signature', 'client auth'], notBefore: now, notAfter: now + 86_400_000 };

function read(pem: string): CertificateRequest {
  const request = readCertificateRequest(pem);
  if (request === undefined) throw new Error('it cannot be read');
  return request;
}

const sign = (pem: string, more: object = {}, issuer = ca) =>
  new X509Certificate(signRequest(read(pem), { ...policy, serial: randomBytes(16), ...more }, issuer));

describe('readCertificateRequest', () => {
  it.each([
    ['RSA', rsaRequest, 'jane', ['dev', 'ops'], { dns: 0, email: 0, uri: 0, ip: 0 }],
    ['ECDSA', ecdsaRequest, 'system:node:n1', ['system:nodes'], { dns: 1, email: 0, uri: 0, ip: 1 }],
    ['Ed25519', ed25519Request, 'system:node:n2', ['system:nodes'], { dns: 0, email: 0, uri: 0, ip: 0 }],
  ])('reads one of %s and verifies its signature', (_name, pem, commonName, organizations, names) => {
    const request = read(pem);
    expect(request).toMatchObject({ commonName, organizations, names });
    expect(request.isSigned()).toBe(true);
  });

  it('finds out that a request was changed, and never throws for bytes that are none', () => {
    const der = Buffer.from(ecdsaRequest.split('\n').slice(1, -2).join(''), 'base64');
    const asPem = (bytes: Buffer) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    for (let at = 0; at < der.length; at++) {
      const changed = Buffer.from(der);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(readCertificateRequest(asPem(changed))?.isSigned() ?? false, `byte ${at}`).toBe(false);
      readCertificateRequest(asPem(der.subarray(0, at)))?.isSigned();
    }
    expect(readCertificateRequest('')).toBeUndefined();
    expect(readCertificateRequest(asPem(Buffer.alloc(0)))).toBeUndefined();
  });
});

describe('signRequest', () => {
  it('makes a certificate of the subject, the key and the names of the request', () => {
    const certificate = sign(ecdsaRequest, { usages: ['server auth', 'digital signature'] });
    expect(certificate.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
    expect(certificate.checkIssued(new X509Certificate(ca.certificate))).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subject.split('\n')).toEqual(['O=system:nodes', 'CN=system:node:n1']);
    expect(certificate.subjectAltName).toBe('DNS:n1, IP Address:10.0.0.1');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    const key = createPublicKey({ key: read(ecdsaRequest).publicKey, format: 'der', type: 'spki' });
    expect(certificate.publicKey.equals(key)).toBe(true);
    expect(Date.parse(certificate.validTo)).toBe(now + 86_400_000);
  });

  it('does not outlive the signer', () => {
    const late = sign(rsaRequest, { notAfter: now + 10 * 365 * 86_400_000 });
    expect(late.validTo).toBe(new X509Certificate(ca.certificate).validTo);
  });

  it('refuses a usage that does not exist, and a request that another key signed', () => {
    expect(() => sign(rsaRequest, { usages: ['client auth', 'magic'] })).toThrow(
      'unrecognized usage values: ["magic"]',
    );
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });
    const forged = { ...read(rsaRequest), publicKey: other, isSigned: () => false };
    expect(() => signRequest(forged, { ...policy, serial: randomBytes(16) }, ca)).toThrow(
      'not by the key that it holds',
    );
  });
});
