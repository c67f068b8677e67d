import type { ServerRequest } from '../object/message.js';
import { failure, StatusError } from '../object/status-error.js';
import type { UserInfo } from '../object/user.js';

/** The facts of a verified client certificate that say who someone is. */
export interface VerifiedCertificate {
  /** The subject's CN; empty if it has none. */
  readonly commonName: string;
  /** The subject's O entries. */
  readonly organizations: readonly string[];
  /** The user's uids in the subject (OID 1.3.6.1.4.1.57683.2). A certificate that names a user has at most one. */
  readonly uids: readonly string[];
  /** The SHA-256 fingerprint in lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** The SHA-256 fingerprints of the authorities that it comes from, as in `X509Certificate.fingerprint256`. */
  readonly issuers: readonly string[];
}

/**
 * The certificate of a client. `unverified` is one that has expired, is not for clients or comes from an authority that the server does
 * not know; undefined is none, or one that the server did not ask for.
 */
export type ClientCertificate = VerifiedCertificate | 'unverified' | undefined;

/**
 * One way to find out who asks. Undefined: the request carries no credentials of this kind. Throws the 401 Status for wrong
 * credentials, which another authenticator may still accept.
 */
export type Authenticator = (
  headers: ServerRequest['headers'],
  certificate: ClientCertificate,
) => UserInfo | undefined | Promise<UserInfo | undefined>;

/**
 * Asks one after the other, as kube-apiserver does: the first one that knows the credentials decides. Without one, throws what the first
 * one that refused them threw.
 */
export function firstOf(...authenticators: readonly Authenticator[]): Authenticator {
  return async (headers, certificate) => {
    let refusal: StatusError | undefined;
    for (const authenticate of authenticators) {
      try {
        const user = await authenticate(headers, certificate);
        if (user !== undefined) return user;
      } catch (error) {
        if (!isUnauthorized(error)) throw error;
        refusal ??= error;
      }
    }
    if (refusal !== undefined) throw refusal;
    return undefined;
  };
}

/** The 401 Status. */
export function unauthorized(): StatusError {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

export function isUnauthorized(error: unknown): error is StatusError {
  return error instanceof StatusError && error.status.code === 401;
}

/** Adds the group of every authenticated user. */
export function authenticated(
  username: string,
  groups: readonly string[],
  uid?: string | undefined,
  extra?: UserInfo['extra'],
): UserInfo {
  const all = [...new Set([...groups.filter((group) => group !== ''), 'system:authenticated'])];
  return {
    username,
    groups: all,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** The key in a user's `extra` that tells which of the user's credentials a request carried. */
export const credentialIdKey = 'authentication.kubernetes.io/credential-id';

/** Returns the word after `Bearer` or `Basic` in the authorization header; undefined where it begins otherwise. */
export function credentialsIn(headers: ServerRequest['headers'], scheme: string): string | undefined {
  const given = headers.authorization;
  const [kind = '', word = ''] = typeof given === 'string' ? given.trim().split(' ') : [];
  return kind.toLowerCase() === scheme ? word : undefined;
}
