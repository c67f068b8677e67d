import { randomBytes } from 'node:crypto';
import { type CertificatePair, makeCertificate } from '../../src/server/tls/certificate.js';

/** An authority, and a certificate of a server on this machine that comes from it. */
export function localPki(): { readonly ca: string; readonly server: { readonly cert: string; readonly key: string } } {
  const now = Date.now();
  const authority = makeCertificate({ commonName: 'test-ca', use: 'ca', now, serial: randomBytes(8) });
  const pair: CertificatePair = makeCertificate(
    { commonName: 'server', use: 'server', hosts: ['127.0.0.1', 'localhost'], now, serial: randomBytes(8) },
    authority,
  );
  return { ca: authority.certificate, server: { cert: pair.certificate, key: pair.privateKey } };
}
