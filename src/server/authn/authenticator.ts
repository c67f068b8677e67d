import type { ServerRequest } from '../object/message.js';
import type { UserInfo } from '../object/user.js';

/** The facts of a verified client certificate that say who someone is. */
export interface VerifiedCertificate {
  /** The subject's CN. */
  readonly commonName: string;
  /** The subject's O entries. */
  readonly organizations: readonly string[];
  /** The SHA-256 fingerprints of the authorities that it comes from, as in `X509Certificate.fingerprint256`. */
  readonly issuers: readonly string[];
}

/** What a client showed: `unverified` is a certificate from an authority the server does not know; undefined is none, or one never asked for. */
export type ClientCertificate = VerifiedCertificate | 'unverified' | undefined;

/** One way to find out who asks. Undefined: these credentials are none of its business, or wrong. */
export type Authenticator = (
  headers: ServerRequest['headers'],
  certificate: ClientCertificate,
) => UserInfo | undefined | Promise<UserInfo | undefined>;

/** Asks one after the other, as kube-apiserver does: whoever knows the credentials first decides. */
export function firstOf(...authenticators: readonly Authenticator[]): Authenticator {
  return async (headers, certificate) => {
    for (const authenticate of authenticators) {
      const user = await authenticate(headers, certificate);
      if (user !== undefined) return user;
    }
    return undefined;
  };
}

/** Who comes through by whichever way is also in this group. */
export function authenticated(username: string, groups: readonly string[], uid?: string | undefined): UserInfo {
  const all = [...new Set([...groups.filter((group) => group !== ''), 'system:authenticated'])];
  return { username, groups: all, ...(uid === undefined || uid === '' ? {} : { uid }) };
}

/** What stands after `Bearer` or `Basic` in the authorization header; undefined where it begins otherwise. */
export function credentialsIn(headers: ServerRequest['headers'], scheme: string): string | undefined {
  const given = headers.authorization;
  const [kind = '', ...rest] = typeof given === 'string' ? given.trim().split(' ') : [];
  return kind.toLowerCase() === scheme ? rest.join(' ').trim() : undefined;
}
