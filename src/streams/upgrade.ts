import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { apiErrorFromResponse, InvalidRequestError, inContext, NetworkError, TimeoutError } from '../errors/index.js';
import type { DialedConnection } from '../transport/transport.js';
import { deadlineSignal } from '../util/abort.js';
import type { StreamContext, StreamOptions, StreamTarget } from './stream-context.js';

/** The server, or a proxy on the way, answered the handshake with something else than 101. Another protocol may fare better. */
export interface Refusal {
  readonly refused: unknown;
}

/** An upgraded connection. `head` are the bytes that came with the answer. */
export interface Upgraded {
  readonly socket: Duplex;
  readonly head: Uint8Array;
  readonly headers: IncomingMessage['headers'];
}

const OPEN_TIMEOUT_MS = 30_000;
const MOST_IN_REFUSAL = 64 * 1024;
const MOST_IN_MESSAGE = 32 * 1024 * 1024;

/** Opens a WebSocket with one of the subprotocols. Throws when the network fails, the deadline passes, or the signal aborts. */
export async function openWebSocket(
  context: StreamContext,
  target: StreamTarget,
  query: string,
  protocols: readonly string[],
  options: StreamOptions,
): Promise<WebSocket | Refusal> {
  const { WebSocket } = await import('ws');
  return handshake(context, target, options, (dialed, signal) => {
    const { promise, resolve, reject } = withResolvers<WebSocket | Refusal | Unauthorized>();
    // `ws` takes tokens only, and the name of the tunnel has a slash.
    const [tunnel] = protocols.filter((name) => name.includes('/'));
    const offered = tunnel === undefined ? [...protocols] : [];
    const header: Record<string, string> = tunnel === undefined ? {} : { 'sec-websocket-protocol': tunnel };
    const socket = new WebSocket(`ws://${dialed.host}${dialed.prefix}${target.path}${query}`, offered, {
      headers: { ...headersOf(context, dialed), ...header },
      createConnection: () => dialed.socket,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: MOST_IN_MESSAGE,
    });
    socket.on('upgrade', ({ headers }) => {
      if (tunnel === undefined) return;
      if (headers['sec-websocket-protocol'] === tunnel) delete headers['sec-websocket-protocol'];
      else socket.close();
    });
    socket.on('unexpected-response', (_request, response) => {
      refusal(response, context, target).then(resolve, reject);
    });
    // Also keeps later errors from ending the process; the link learns of them by `close`.
    socket.on('error', (error) => {
      const cause = signal.aborted ? signal.reason : undefined;
      if (cause !== undefined) reject(cause);
      else if ('code' in error && isSocketError(error.code)) reject(brokenError(context, target, error));
      else resolve({ refused: new NetworkError(error.message, { cause: error, request: target.request }) });
    });
    socket.on('open', () => {
      // Nothing is read before somebody listens.
      socket.pause();
      resolve(socket);
    });
    return promise;
  });
}

/** Upgrades a connection to SPDY/3.1 by POST. Throws as `openWebSocket` does. */
export async function openSpdy(
  context: StreamContext,
  target: StreamTarget,
  query: string,
  protocols: readonly string[],
  options: StreamOptions,
): Promise<Upgraded | Refusal> {
  return handshake(context, target, options, (dialed, signal) => {
    const { promise, resolve, reject } = withResolvers<Upgraded | Refusal | Unauthorized>();
    const request = httpRequest({
      method: 'POST',
      path: `${dialed.prefix}${target.path}${query}`,
      createConnection: () => dialed.socket,
      headers: {
        ...headersOf(context, dialed),
        host: dialed.host,
        connection: 'Upgrade',
        upgrade: 'SPDY/3.1',
        'x-stream-protocol-version': [...protocols],
        'content-length': 0,
      },
    });
    request.on('upgrade', (response, socket, head) => {
      // The socket may fail at a time when nobody listens.
      socket.on('error', () => {});
      resolve({ socket, head, headers: response.headers });
    });
    request.on('response', (response) => void refusal(response, context, target).then(resolve, reject));
    request.on('error', (error) => reject(signal.aborted ? signal.reason : brokenError(context, target, error)));
    request.end();
    return promise;
  });
}

/** True for the result of a handshake that was answered with something else than 101. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

/** The answer was 401; other credentials may be accepted. */
interface Unauthorized extends Refusal {
  readonly unauthorized: true;
}

/** Dials, shakes hands within the deadline, and tries once more with other credentials after a 401. */
async function handshake<T extends object>(
  context: StreamContext,
  target: StreamTarget,
  { signal, openTimeoutMs = OPEN_TIMEOUT_MS }: StreamOptions,
  attempt: (dialed: DialedConnection, signal: AbortSignal) => Promise<T | Unauthorized>,
): Promise<T | Refusal> {
  const { transport, clock, closed, destination } = context;
  if (closed.aborted) throw closed.reason;
  if (transport.dial === undefined) {
    throw new InvalidRequestError(
      'this transport has no connections to upgrade: connect to the server over the network',
      {
        request: target.request,
      },
    );
  }
  const late = () =>
    new TimeoutError(`no answer to the upgrade within ${openTimeoutMs} ms`, {
      deadline: 'headers',
      timeoutMs: openTimeoutMs,
      request: target.request,
      destination,
    });
  const deadline = deadlineSignal(clock, openTimeoutMs, late, signal);
  try {
    for (let again = true; ; again = false) {
      deadline.signal.throwIfAborted();
      const dialed = await transport.dial(deadline.signal).catch((error: unknown) => {
        throw inContext(error, target.request, destination);
      });
      const abort = () => dialed.socket.destroy();
      deadline.signal.addEventListener('abort', abort, { once: true });
      if (deadline.signal.aborted) abort();
      try {
        const result = await attempt(dialed, deadline.signal);
        if (!('unauthorized' in result)) return result;
        dialed.socket.destroy();
        if (!again || !(await dialed.refresh())) return result;
      } catch (error) {
        dialed.socket.destroy();
        throw error;
      } finally {
        deadline.signal.removeEventListener('abort', abort);
      }
    }
  } finally {
    deadline.dispose();
  }
}

function headersOf(context: StreamContext, dialed: DialedConnection): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries({ ...context.headers, ...dialed.headers })) {
    headers[name] = typeof value === 'string' ? value : [...value];
  }
  return headers;
}

async function refusal(
  response: IncomingMessage,
  { clock, destination }: StreamContext,
  { request }: StreamTarget,
): Promise<Refusal | Unauthorized> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MOST_IN_REFUSAL) break;
    }
  } catch {
    // The status alone has to do.
  }
  response.destroy();
  const { statusCode: status = 0, headers } = response;
  const body = Buffer.concat(chunks);
  const refused = apiErrorFromResponse({ status, headers, body, request, destination, now: clock.now() });
  return status === 401 ? { refused, unauthorized: true } : { refused };
}

function isSocketError(code: unknown): boolean {
  return typeof code === 'string' && /^E[A-Z]+$/.test(code);
}

function brokenError({ destination }: StreamContext, { request }: StreamTarget, cause: unknown): NetworkError {
  return new NetworkError('the connection broke during the handshake', { cause, request, destination });
}

function withResolvers<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
