import { systemClock } from '../util/clock.js';
import { systemRandom } from '../util/random.js';
import { makeCertificate } from '../x509/certificate.js';

/** A certificate for a server of a test, in PEM. */
export interface LocalCertificate {
  /** The certificate authority that clients must trust, such as the `caBundle` of a webhook. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * A certificate for a server on this machine, such as a webhook's, signed by an authority made for it. Valid for a day, for `hosts`: DNS names and IP
 * addresses; default `localhost`, `127.0.0.1` and `::1`. A webhook that the API server reaches through a Service is called by
 * `NAME.NAMESPACE.svc`.
 */
export function localCertificate(hosts: readonly string[] = ['localhost', '127.0.0.1', '::1']): LocalCertificate {
  const now = systemClock.now();
  const serial = (): Uint8Array => Uint8Array.from({ length: 8 }, () => Math.floor(systemRandom() * 256));
  const validDays = 1;
  const authority = makeCertificate({ commonName: 'local-ca', use: 'ca', now, validDays, serial: serial() });
  const [commonName = 'localhost'] = hosts;
  const server = makeCertificate({ commonName, use: 'server', hosts, now, validDays, serial: serial() }, authority);
  return { ca: authority.certificate, cert: server.certificate, key: server.privateKey };
}
