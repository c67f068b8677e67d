import { X509Certificate } from 'node:crypto';
import { ConfigError } from '../errors/index.js';
import { parseTime } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import { checkToken } from './credentials.js';
import type { Expiring } from './held-credential.js';
import type { ClientCertificate } from './tls-settings.js';

/** The credential that a plugin returned. */
export interface ExecCredential extends Expiring {
  readonly token?: string | undefined;
  readonly certificate?: ClientCertificate | undefined;
  /** When the certificate ends, in milliseconds since the epoch; the credential as a whole may end before. */
  readonly certificateExpiresAtMs?: number | undefined;
}

/**
 * Reads a plugin's output: an `ExecCredential` of the version it was asked for, with a token, a certificate and key, or both. Throws
 * `ConfigError`, which never quotes the output: it may hold credentials.
 */
export function parseExecCredential(output: string, apiVersion: string, command: string): ExecCredential {
  const fail = (why: string): never => {
    throw new ConfigError(`the credential plugin ${command} ${why}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    fail(output.trim() === '' ? 'wrote nothing' : 'wrote something that is not JSON');
  }
  if (!isObject(value) || value.kind !== 'ExecCredential') return fail('wrote JSON that is no ExecCredential');
  if (value.apiVersion !== apiVersion) {
    const other = typeof value.apiVersion === 'string' ? value.apiVersion.slice(0, 100) : 'none';
    return fail(`answered in the version ${other}, but the kubeconfig asks for ${apiVersion}: make the two agree`);
  }
  if (!isObject(value.status)) return fail('gave an ExecCredential without a status');
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp: expires } = value.status;
  for (const [name, field] of Object.entries({ token, clientCertificateData: cert, clientKeyData: key })) {
    if (field !== undefined && field !== null && typeof field !== 'string')
      fail(`gave a status.${name} that is no text`);
  }
  if (!token && !cert && !key) return fail('gave neither a token nor a certificate and key');
  if (!cert !== !key) return fail('gave a certificate or a key, but not both');
  if (token) checkToken(token, `the credential plugin ${command}`);
  const certificate = typeof cert === 'string' && typeof key === 'string' && cert !== '' ? { cert, key } : undefined;
  const certificateExpiresAtMs = certificate === undefined ? undefined : certificateExpiry(certificate.cert, fail);
  const expiries = certificateExpiresAtMs === undefined ? [] : [certificateExpiresAtMs];
  if (expires !== undefined && expires !== null) {
    expiries.push(timestamp(expires, fail));
  }
  return {
    ...(typeof token === 'string' && token !== '' ? { token } : {}),
    ...(certificate === undefined ? {} : { certificate, certificateExpiresAtMs }),
    ...(expiries.length === 0 ? {} : { expiresAtMs: Math.min(...expiries) }),
  };
}

function timestamp(value: unknown, fail: (why: string) => never): number {
  try {
    return parseTime(String(value));
  } catch {
    return fail('gave a status.expirationTimestamp that is no RFC 3339 time');
  }
}

/** A certificate says itself how long it is good for. */
function certificateExpiry(cert: string, fail: (why: string) => never): number {
  try {
    return Date.parse(new X509Certificate(cert).validTo);
  } catch {
    return fail('gave a clientCertificateData that is no certificate in PEM');
  }
}
