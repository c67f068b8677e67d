import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { deadlineSignal, onAbort } from '../../util/abort.js';
import type { ServerContext } from '../object/server-context.js';
import { callProblem } from '../outbound/call-problem.js';
import type { Backend } from './backend.js';

/** A backend was not reached. The message says why in the words of Go's net and crypto/tls. */
export class UnreachableBackendError extends Error {
  override readonly name = 'UnreachableBackendError';
}

/** The ports that Go knows by these names. Others it looks up on its machine. */
const namedPorts: { readonly [name: string]: number } = { http: 80, https: 443 };

/** Connects to a backend, and shakes hands where it speaks TLS. Rejects with an `UnreachableBackendError`. */
export async function connectBackend(server: ServerContext, backend: Backend, signal: AbortSignal): Promise<Duplex> {
  const { host } = backend;
  const port = portOf(backend);
  const late = new UnreachableBackendError(`dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}: i/o timeout`);
  const deadline = deadlineSignal(server.clock, backend.connectMs, () => late, signal);
  try {
    const connection = await server.backends.dial({ host, port }, deadline.signal);
    // A connection may break at a time when nobody listens.
    connection.on('error', () => {});
    return backend.scheme === 'http' ? connection : await secured(connection, backend, deadline.signal);
  } catch (error) {
    if (error instanceof UnreachableBackendError) throw error;
    throw new UnreachableBackendError(signal.aborted ? 'context canceled' : callProblem(error, host, port));
  } finally {
    deadline.dispose();
  }
}

function portOf({ scheme, port }: Backend): number {
  if (port === '') return scheme === 'https' ? 443 : 80;
  const number = /^\d+$/.test(port) ? Number(port) : namedPorts[port];
  if (number === undefined) throw new UnreachableBackendError(`dial tcp: lookup tcp/${port}: unknown port`);
  if (number > 65_535) throw new UnreachableBackendError(`dial tcp: address ${port}: invalid port`);
  return number;
}

function secured(connection: Duplex, { host, tls }: Backend, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const name = isIP(host) === 0 ? { servername: host } : { host };
    const secure = connectTls({ socket: connection, ...name, ...tls, ALPNProtocols: ['http/1.1'] });
    const stop = onAbort(signal, (reason) => {
      secure.destroy();
      connection.destroy();
      reject(reason);
    });
    const onError = (error: Error): void => {
      stop();
      connection.destroy();
      reject(error);
    };
    secure.once('error', onError);
    secure.once('secureConnect', () => {
      stop();
      secure.off('error', onError);
      secure.on('error', () => {});
      resolve(secure);
    });
  });
}
