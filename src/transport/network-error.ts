import { NetworkError, TimeoutError } from '../errors/index.js';
import type { TransportRequest } from './transport.js';

/** Errors of requests of which not a byte was sent: whatever they ask for has not happened. */
const unsent = new WeakSet<Error>();

/** Whether the request of this error never reached the wire, so that sending it again cannot do anything twice. */
export function isUnsent(error: unknown): boolean {
  return error instanceof Error && unsent.has(error);
}

/** What the HTTP library reported, as our own error. `sent`: whether the request may have reached the server. */
export function networkError(
  error: unknown,
  request: TransportRequest,
  sent: boolean,
  connectMs: number,
): NetworkError | TimeoutError {
  if (error instanceof NetworkError || error instanceof TimeoutError) return error;
  const code = codeOf(error);
  const where = `${request.method} ${request.path.split('?', 1)[0]}`;
  const made =
    code === 'UND_ERR_CONNECT_TIMEOUT'
      ? new TimeoutError(`${where}: no connection within ${connectMs} ms`, {
          deadline: 'connect',
          timeoutMs: connectMs,
          cause: error,
        })
      : new NetworkError(`${where}: ${describe(code, error)}`, { cause: error });
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

function describe(code: string | undefined, error: unknown): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused: is the server running, and the address right?';
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return 'the connection broke';
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
    case 'CERT_HAS_EXPIRED':
      return "the server's certificate has expired";
    default:
      return `no answer (${code ?? (error instanceof Error ? error.name : 'unknown')})`;
  }
}
