import { randomBytes, X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type CertificateOptions, type CertificatePair, makeCertificate } from '../../src/x509/certificate.js';

const now = Date.parse('2026-03-01T00:00:00Z');
const make = (options: Omit<CertificateOptions, 'now' | 'serial'>, issuer?: CertificatePair) =>
  makeCertificate({ now: Date.now(), serial: randomBytes(16), ...options }, issuer);

describe('makeCertificate', () => {
  it('makes a CA that signs, with names, hosts and dates as asked for', () => {
    const serial = Buffer.from('00ff', 'hex');
    const ca = makeCertificate({ commonName: 'keelson-ca', use: 'ca', now, serial });
    const pair = makeCertificate(
      {
        commonName: 'jane',
        organizations: ['dev', 'ops'],
        use: 'server',
        hosts: ['localhost', '127.0.0.1', '::1', '2001:db8::1:0'],
        now,
        serial,
        validDays: 10,
      },
      ca,
    );
    const authority = new X509Certificate(ca.certificate);
    const certificate = new X509Certificate(pair.certificate);
    expect(authority.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.subject.split('\n')).toEqual(['O=dev', 'O=ops', 'CN=jane']);
    expect(certificate.issuer).toBe('CN=keelson-ca');
    expect(certificate.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:1:0',
    );
    expect(Date.parse(certificate.validFrom)).toBe(now - 3_600_000);
    expect(Date.parse(certificate.validTo)).toBe(now + 10 * 86_400_000);
    expect(certificate.serialNumber).toBe('0100FF');
  });

  it('is trusted in a TLS handshake by who trusts the CA, for its hosts, and by nobody else', async () => {
    const ca = make({ commonName: 'keelson-ca', use: 'ca' });
    const server = make({ commonName: 'apiserver', use: 'server', hosts: ['localhost', '127.0.0.1'] }, ca);
    const client = make({ commonName: 'jane', organizations: ['dev'], use: 'client' }, ca);
    const listener = createServer({
      cert: server.certificate,
      key: server.privateKey,
      ca: ca.certificate,
      requestCert: true,
    });
    listener.on('tlsClientError', () => undefined);
    listener.on('secureConnection', (socket) =>
      socket.on('error', () => undefined).end(String(socket.getPeerCertificate().subject?.CN)),
    );
    await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
    const address = listener.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const talk = (options: object) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options });
        socket.on('data', (data) => resolve(data.toString())).on('error', reject);
      });
    try {
      const asJane = { ca: ca.certificate, cert: client.certificate, key: client.privateKey };
      await expect(talk(asJane)).resolves.toBe('jane');
      await expect(talk({ ...asJane, servername: 'elsewhere.example' })).rejects.toThrow(/altnames/);
      await expect(talk({})).rejects.toThrow(/unable to verify|self-signed/);
    } finally {
      await new Promise((closed) => listener.close(closed));
    }
  });
});
