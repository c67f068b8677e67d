import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { onAbort } from '../../util/abort.js';
import type { ServerContext } from '../object/server-context.js';
import type { Backend } from './backend.js';
import { connectBackend, UnreachableBackendError } from './backend-connection.js';

/** A request to a backend. */
export interface BackendRequest {
  readonly method: string;
  /** Path and query, encoded. */
  readonly path: string;
  readonly headers: { readonly [name: string]: readonly string[] };
  readonly body?: AsyncIterable<Uint8Array> | undefined;
  /** Ends the request, at whatever point it is. */
  readonly signal: AbortSignal;
}

/** The response of a backend. After a 101 the connection is the caller's. */
export interface BackendResponse {
  readonly message: IncomingMessage;
  readonly upgraded?: { readonly socket: Duplex; readonly head: Buffer } | undefined;
}

const mostInHead = 256 * 1024;

/** Sends a request over a connection of its own. Resolves when the response starts; rejects with an `UnreachableBackendError`. */
export async function sendToBackend(
  server: ServerContext,
  backend: Backend,
  request: BackendRequest,
): Promise<BackendResponse> {
  const connection = await connectBackend(server, backend, request.signal);
  return sendOver(connection, request);
}

/** Sends a request over a connection that is open. */
export async function sendOver(connection: Duplex, request: BackendRequest): Promise<BackendResponse> {
  const headers: { [name: string]: string[] } = {};
  for (const [name, values] of Object.entries(request.headers)) headers[name] = [...values];
  const sent = httpRequest({
    createConnection: () => connection,
    method: request.method,
    path: request.path,
    headers,
    setHost: false,
    maxHeaderSize: mostInHead,
  });
  // Go's clients keep connections without saying so.
  if (headers.Connection === undefined) sent.removeHeader('connection');
  const stop = onAbort(request.signal, () => connection.destroy());
  connection.once('close', stop);
  const response = new Promise<BackendResponse>((resolve, reject) => {
    sent.once('response', (message) => resolve({ message }));
    sent.once('upgrade', (message, socket, head) => resolve({ message, upgraded: { socket, head } }));
    sent.on('error', (error) => reject(new UnreachableBackendError(responseProblem(error))));
  });
  void sendBody(sent, request.body);
  return response;
}

async function sendBody(sent: ClientRequest, body: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  try {
    for await (const chunk of body ?? []) {
      if (sent.destroyed) return;
      if (!sent.write(chunk)) await drained(sent);
    }
    sent.end();
  } catch {
    // The client has gone before its request was whole.
    sent.destroy();
  }
}

function drained(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      sent.off('drain', done);
      sent.off('close', done);
      resolve();
    };
    sent.on('drain', done);
    sent.on('close', done);
  });
}

/** Says why no response came, in the words of Go's net/http. */
function responseProblem(error: Error): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'EOF';
  return code.startsWith('HPE_') ? `net/http: HTTP/1.x transport connection broken: malformed HTTP response` : message;
}
