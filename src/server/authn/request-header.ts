import { X509Certificate } from 'node:crypto';
import type { ServerRequest } from '../object/message.js';
import { type Authenticator, authenticated, unauthorized } from './authenticator.js';

/** The servers that may name the user of a request in headers, as the aggregator of kube-apiserver does, and the headers. */
export interface RequestHeader {
  /** The authorities that their client certificates come from, in PEM. */
  readonly clientCa: string;
  /** The common names that their certificates may have. Empty: any. */
  readonly allowedNames: readonly string[];
  /** Such as `X-Remote-User`; the first header that has a value counts. */
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  /** Such as `X-Remote-Extra-`; the rest of the header's name is the key. */
  readonly extraHeadersPrefix: readonly string[];
}

/** Believes the headers of a client whose certificate comes from the authorities, and refuses other certificates. */
export function requestHeader(options: RequestHeader): Authenticator {
  const authorities = authoritiesIn(options.clientCa);
  const { allowedNames } = options;
  return (headers, certificate) => {
    if (certificate === undefined) return undefined;
    if (certificate === 'unverified' || !certificate.issuers.some((issuer) => authorities.has(issuer)))
      throw unauthorized();
    if (allowedNames.length > 0 && !allowedNames.includes(certificate.commonName)) throw unauthorized();
    const [username] = options.usernameHeaders.flatMap((name) => valuesOf(headers, name));
    if (username === undefined) return undefined;
    const [uid] = options.uidHeaders.flatMap((name) => valuesOf(headers, name));
    const groups = options.groupHeaders.flatMap((name) => valuesOf(headers, name));
    const extra = extraOf(headers, options.extraHeadersPrefix);
    const isAnonymous = username === 'system:anonymous' || groups.includes('system:unauthenticated');
    const user = isAnonymous
      ? { username, groups, ...(uid === undefined ? {} : { uid }) }
      : authenticated(username, groups, uid);
    return Object.keys(extra).length === 0 ? user : { ...user, extra };
  };
}

/** Returns the SHA-256 fingerprints of the certificates in a PEM text. */
export function authoritiesIn(pem: string): ReadonlySet<string> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return new Set(blocks.map((block) => new X509Certificate(block).fingerprint256));
}

/** Returns the values of a header that are not empty. Go sends UTF-8, of which Node takes each byte for a character. */
function valuesOf(headers: ServerRequest['headers'], name: string): string[] {
  const value = headers[name.toLowerCase()];
  const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return values.filter((one) => one !== '').map((one) => Buffer.from(one, 'latin1').toString());
}

function extraOf(headers: ServerRequest['headers'], prefixes: readonly string[]): { [key: string]: string[] } {
  const extra = new Map<string, string[]>();
  for (const prefix of prefixes.map((one) => one.toLowerCase())) {
    for (const name of Object.keys(headers)) {
      if (!name.startsWith(prefix)) continue;
      const key = unescaped(name.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), ...valuesOf(headers, name)]);
    }
  }
  return Object.fromEntries(extra);
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
