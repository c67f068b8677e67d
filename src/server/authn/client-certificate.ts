import { TLSSocket } from 'node:tls';
import { type Authenticator, authenticated, type VerifiedCertificate } from './authenticator.js';

/** The certificate a client showed, if it comes from an authority the server trusts (`--client-ca-file`) and is for clients. */
export function verifiedCertificate(socket: unknown): VerifiedCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  // A name may hold several O entries; Node gives them as a list then, whatever its types say.
  const { CN, O } = (subject ?? {}) as { CN?: string | string[]; O?: string | string[] };
  const commonName = Array.isArray(CN) ? CN.at(-1) : CN;
  if (commonName === undefined || commonName === '') return undefined;
  return { commonName, organizations: O === undefined ? [] : Array.isArray(O) ? O : [O] };
}

/** The common name is the user, the organizations are the groups. */
export const clientCertificate: Authenticator = (_headers, certificate) =>
  certificate && authenticated(certificate.commonName, certificate.organizations);
