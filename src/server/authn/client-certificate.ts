import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import {
  type Authenticator,
  authenticated,
  type ClientCertificate,
  credentialIdKey,
  unauthorized,
} from './authenticator.js';

/** The object identifier of a user's uid in the subject of a certificate. */
const uidAttribute = '1.3.6.1.4.1.57683.2';

/** Certificates of connections, which are read once. */
const known = new WeakMap<TLSSocket, { readonly certificate: ClientCertificate; readonly expiresAt: number }>();

/**
 * Returns the certificate that a client showed where it was asked for one. It is verified if it comes from an authority the server
 * trusts (`--client-ca-file`), is for clients and has not expired at `now`, even if the connection is older.
 */
export function certificateOf(socket: unknown, now: number): ClientCertificate {
  if (!(socket instanceof TLSSocket)) return undefined;
  let shown = known.get(socket);
  if (shown === undefined) {
    shown = read(socket);
    known.set(socket, shown);
  }
  return shown.certificate !== undefined && shown.expiresAt < now ? 'unverified' : shown.certificate;
}

function read(socket: TLSSocket): { certificate: ClientCertificate; expiresAt: number } {
  const shown = socket.getPeerCertificate(true);
  const expiresAt = Date.parse(shown?.valid_to);
  if (!socket.authorized)
    return { certificate: Object.keys(shown ?? {}).length > 0 ? 'unverified' : undefined, expiresAt };
  // A name may hold several entries of a type. Node gives them as a list then, whatever its types say.
  const subject = (shown.subject ?? {}) as { [attribute: string]: string | string[] | undefined };
  const certificate = {
    commonName: listOf(subject.CN).at(-1) ?? '',
    organizations: listOf(subject.O),
    uids: listOf(subject[uidAttribute]),
    fingerprint: shown.fingerprint256.replaceAll(':', '').toLowerCase(),
    issuers: issuersOf(shown),
  };
  return { certificate, expiresAt };
}

function listOf(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
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

/**
 * Takes the common name for the user and the organizations for its groups, if the certificate comes from these authorities. Refuses
 * certificates of others. A certificate without a common name counts for nothing.
 */
export function clientCertificate(authorities: ReadonlySet<string>): Authenticator {
  return (_headers, certificate) => {
    if (certificate === undefined) return undefined;
    if (certificate === 'unverified' || !certificate.issuers.some((issuer) => authorities.has(issuer)))
      throw unauthorized();
    const { commonName, organizations, uids, fingerprint } = certificate;
    if (commonName === '') return undefined;
    if (uids.length > 1 || uids[0] === '') throw unauthorized();
    return authenticated(commonName, organizations, uids[0], { [credentialIdKey]: [`X509SHA256=${fingerprint}`] });
  };
}
