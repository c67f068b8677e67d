import { isKubeError, type KubeError, NetworkError, TimeoutError } from '../errors/index.js';
import { ConnectError } from './connect-error.js';
import type { TransportRequest } from './transport.js';

/** Errors of requests of which not a byte was sent: whatever they ask for has not happened. */
const unsent = new WeakSet<Error>();

/** Reports whether the request of this error never reached the network, so that sending it again is safe. */
export function isUnsent(error: unknown): boolean {
  return error instanceof Error && unsent.has(error);
}

/** Converts an error of the HTTP library to our own. `sent`: the request may have reached the server. */
export function networkError(error: unknown, request: TransportRequest, sent: boolean): KubeError {
  if (isKubeError(error)) return error;
  const where = `${request.method} ${request.path.split('?', 1)[0]}`;
  const timedOut = error instanceof ConnectError && error.code === 'ERR_CONNECT_TIMEOUT';
  const made = timedOut
    ? new TimeoutError(`${where}: ${error.message}`, { deadline: 'connect', timeoutMs: error.timeoutMs, cause: error })
    : new NetworkError(`${where}: ${describe(codeOf(error), error)}`, { cause: error });
  if (!sent) unsent.add(made);
  return made;
}

/** The system's or the library's code of an error, looked for in what it wraps too (one try per address comes as several). */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return 'cause' in error ? codeOf(error.cause) : undefined;
}

/** Codes of a connection that ended before an answer came. */
const broken: readonly (string | undefined)[] = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

/**
 * Returns `error` with a hint at TLS, if a server that has not answered anything yet cut the connection of a plain HTTP request: many TLS
 * servers do that without a word.
 */
export function withTlsHint(error: unknown, server: string): unknown {
  const isBroken = error instanceof NetworkError && !isUnsent(error) && broken.includes(codeOf(error.cause));
  if (!isBroken || !server.startsWith('http:')) return error;
  return new NetworkError(
    `${error.message} before an answer came. If this is a TLS port, begin the address with https:// instead of http://.`,
    { cause: error.cause },
  );
}

/** Returns the meaning of an error in words for people. */
export function describe(code: string | undefined, error: unknown): string {
  if (error instanceof ConnectError) return error.message;
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused: is the server running, and the address right?';
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return 'the connection broke';
    case 'ETIMEDOUT':
      return 'the other end of the connection is gone';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'there is no way to the server from here';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name of the server cannot be resolved';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return "the server's certificate is for another name: set tls-server-name, or use a name it is for";
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return "the server's certificate is signed by an unknown authority: give its CA (certificate-authority)";
    case 'CERT_NOT_YET_VALID':
      return "the server's certificate is not valid yet: is the clock of this machine right?";
    case 'ERR_OSSL_X509_KEY_VALUES_MISMATCH':
      return "the client's certificate and key do not belong together: are they just being replaced?";
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'the server does not speak TLS. If its port is a plain one, begin the address with http:// instead of https://.';
    case 'HPE_INVALID_CONSTANT':
    case 'HPE_INVALID_VERSION':
      return 'the server does not speak HTTP. If this is a TLS port, begin the address with https:// instead of http://.';
    case 'CERT_HAS_EXPIRED':
      return "the server's certificate has expired";
    default:
      // The server says by an alert what it did not like; the client's certificate is the only thing it was shown.
      if (code !== undefined && /^ERR_SSL_.*ALERT.*(CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/.test(code)) {
        return `the server refused the client's certificate (${code})`;
      }
      return `no answer (${code ?? (error instanceof Error ? error.name : 'unknown')})`;
  }
}
