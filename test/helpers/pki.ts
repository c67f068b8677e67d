import { localCertificate } from '../../src/testing/local-certificate.js';

/** An authority, and a certificate of a server on this machine that comes from it. */
export function localPki(): { readonly ca: string; readonly server: { readonly cert: string; readonly key: string } } {
  const { ca, ...server } = localCertificate(['127.0.0.1', 'localhost']);
  return { ca, server };
}
