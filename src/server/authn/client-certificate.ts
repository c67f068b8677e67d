import { TLSSocket } from 'node:tls';
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
  return { commonName, organizations: O === undefined ? [] : Array.isArray(O) ? O : [O] };
}

/** The common name is the user, the organizations are the groups. */
export const clientCertificate: Authenticator = (_headers, certificate) =>
  certificate === undefined || certificate === 'unverified'
    ? undefined
    : authenticated(certificate.commonName, certificate.organizations);
