import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { type Authenticator, authenticated, type ClientCertificate } from './authenticator.js';

/**
 * The certificate a client showed where it was asked for one. It is verified if it comes from an authority the server trusts
 * (`--client-ca-file`) and is for clients.
 */
export function certificateOf(socket: unknown): ClientCertificate {
  if (!(socket instanceof TLSSocket)) return undefined;
  const shown = socket.getPeerCertificate();
  if (!socket.authorized) return Object.keys(shown ?? {}).length > 0 ? 'unverified' : undefined;
  const { subject } = shown;
  // A name may hold several O entries; Node gives them as a list then, whatever its types say.
  const { CN, O } = (subject ?? {}) as { CN?: string | string[]; O?: string | string[] };
  const commonName = Array.isArray(CN) ? CN.at(-1) : CN;
  if (commonName === undefined || commonName === '') return undefined;
  return {
    commonName,
    organizations: O === undefined ? [] : Array.isArray(O) ? O : [O],
    // Read on demand: Node decodes the whole chain for it.
    get issuers() {
      return issuersOf(socket.getPeerCertificate(true));
    },
  };
}

/** Returns the fingerprints of the chain above a certificate, up to the authority that the server trusts. */
function issuersOf(shown: DetailedPeerCertificate): string[] {
  const issuers: string[] = [];
  let issuer: DetailedPeerCertificate | undefined = shown.issuerCertificate;
  while (issuer !== undefined && !issuers.includes(issuer.fingerprint256)) {
    issuers.push(issuer.fingerprint256);
    issuer = issuer.issuerCertificate;
  }
  return issuers;
}

/** Takes the common name for the user and the organizations for its groups, if the certificate comes from these authorities. */
export function clientCertificate(authorities: ReadonlySet<string>): Authenticator {
  return (_headers, certificate) => {
    if (certificate === undefined || certificate === 'unverified') return undefined;
    if (!certificate.issuers.some((issuer) => authorities.has(issuer))) return undefined;
    return authenticated(certificate.commonName, certificate.organizations);
  };
}
