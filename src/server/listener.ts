import {
  createServer,
  type IncomingMessage,
  ServerResponse as NodeResponse,
  type OutgoingHttpHeaders,
  type Server,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '../util/clock.js';
import type { ApiServer } from './api-server.js';
import type { Authenticator } from './authn/authenticator.js';
import { certificateOf } from './authn/client-certificate.js';
import { withTokenOfWebSocket } from './authn/web-socket-token.js';
import { Connections } from './connections.js';
import { BodyBudget, type BodyShare } from './http/body-budget.js';
import { errorResponse } from './http/respond.js';
import { maxBodyBytes, type ServerRequest, type ServerResponse } from './object/message.js';
import { failure } from './object/status-error.js';
import { foreignHost, isCrossSite, isForeign } from './rebinding.js';
import { refuseUnread } from './unread-request.js';

/** Where and how a server listens. */
export interface ListenOptions {
  /** Default: 127.0.0.1, so that nobody beyond this machine gets in unless asked to. */
  host?: string | undefined;
  /** Default: 0, any free one. */
  port?: number | undefined;
  /** A certificate and its key in PEM: the port then speaks TLS. */
  tls?:
    | {
        readonly certificate: string;
        readonly key: string;
        /** The authorities client certificates may come from, in PEM. Without, clients are not asked for one. */
        readonly clientCa?: string | undefined;
      }
    | undefined;
  /** Finds out who asks by headers and client certificate; undefined refuses with 401. Default: everybody may do everything. */
  authenticate?: ((...request: [...Parameters<Authenticator>, path: string]) => ReturnType<Authenticator>) | undefined;
  /** Beginnings of header names, in lower case. Headers that begin so are passed on as lists. Default: none. */
  listHeaders?: readonly string[] | undefined;
  /** The time that a reader may leave sent bytes unread before the server cuts it, in milliseconds. Default: 60,000. */
  drainTimeoutMs?: number | undefined;
  /** The time that a client may take for the headers of a request, in milliseconds. Default: 20,000. */
  headersTimeoutMs?: number | undefined;
  /** The time that a client may take for a whole request, in milliseconds. Default: 60,000. */
  requestTimeoutMs?: number | undefined;
  /** Connections at a time; more are closed at once. Default: 10,000. */
  maxConnections?: number | undefined;
  /** Tells whether a client certificate has expired meanwhile. Default: the system's clock. */
  clock?: Clock | undefined;
  /** Bytes of request bodies held at a time; a request beyond gets 429. Default: 256 MiB. */
  maxBodyBytesInFlight?: number | undefined;
}

const defaultConnections = 10_000;
const defaultBodyBytes = 256 * 1024 * 1024;

/**
 * A server that listens. Requests that are not authenticated are refused by `refuse`, or by a plain 401. Without `takesUpgrade` no connection
 * changes its protocol.
 */
type ListenedServer = Pick<ApiServer, 'handle'> & Partial<Pick<ApiServer, 'refuse' | 'takesUpgrade'>>;

/** A port that answers for an `ApiServer`. */
export interface Listener {
  /** Such as `http://127.0.0.1:34567`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends every connection, watches included: properly, or with `cut` as when the server's machine goes away. */
  close(options?: { readonly cut?: boolean }): Promise<void>;
}

/**
 * Puts an API server on the network. A request that it rejects is cut off without an answer. Rejects when the port cannot be had, with an
 * error that names the address and `setting`, the flag or option that the port comes from.
 */
export async function listen(api: ListenedServer, options: ListenOptions = {}, setting = 'port'): Promise<Listener> {
  const { host = '127.0.0.1', port = 0, tls } = options;
  const budget = new BodyBudget(options.maxBodyBytesInFlight ?? defaultBodyBytes);
  /** The last response on each connection. */
  const latest = new WeakMap<Socket, NodeResponse>();
  const onRequest = (request: IncomingMessage, response: NodeResponse): void => {
    latest.set(request.socket, response);
    answer(api, options, { connections, budget }, request, response).catch(() => response.destroy());
  };
  const headersTimeout = options.headersTimeoutMs ?? 20_000;
  const limits = {
    headersTimeout,
    requestTimeout: options.requestTimeoutMs ?? 60_000,
    // Node looks for slow clients every 30 s unless told otherwise, and would cut them that much too late.
    connectionsCheckingInterval: Math.min(1_000, headersTimeout / 4),
    keepAliveTimeout: 65_000,
    maxHeaderSize: 64 * 1024,
  };
  const server: Server =
    tls === undefined
      ? createServer(limits, onRequest)
      : createSecureServer({ ...limits, ...secureOptions(tls) }, onRequest);
  server.maxConnections = options.maxConnections ?? defaultConnections;
  const connections = new Connections(server);
  server.on('clientError', refuseUnread);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Node does not listen to the socket any more, and does not wait for its responses to earlier requests either.
    socket.off('error', destroySocket).on('error', destroySocket);
    onceEnded(latest.get(socket), () => {
      if (socket.destroyed) return;
      if (api.takesUpgrade?.(pathIn(request)) !== true) return withoutUpgrade(server, request, socket, head);
      const response = new NodeResponse(request);
      response.assignSocket(socket);
      response.shouldKeepAlive = false;
      answer(api, options, { connections, budget }, request, response, head)
        .then(() => {
          const closes = socket.destroyed || hasBody(request) || response.getHeader('connection') === 'close';
          if (closes) return void socket.end();
          // The upgrade was refused, and the client may ask for something else.
          response.detachSocket(socket);
          socket.unshift(head);
          server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
        })
        .catch(() => socket.destroy());
    });
  });
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error) => reject(listenError(error, `${setting} ${host}:${port}`));
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  // Afterwards an error is a connection that could not be accepted, such as for want of file descriptors: no reason to die.
  server.on('error', () => {});
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${hostOf(address)}:${address.port}`,
    port: address.port,
    close: ({ cut = false } = {}) => connections.close(cut),
  };
}

function destroySocket(this: Socket): void {
  this.destroy();
}

/** Calls `next` once a response has left or its connection has ended. Without a response, calls it at once. */
function onceEnded(response: NodeResponse | undefined, next: () => void): void {
  if (response === undefined || response.closed) next();
  else response.once('close', next);
}

/** Returns the system's error with the address and the setting in its message, and with the system's code. */
function listenError(error: Error & { code?: string }, where: string): Error {
  const { code = error.message } = error;
  const advice =
    code === 'EADDRINUSE'
      ? 'another process listens there. Stop it, or choose another port; 0 takes a free one.'
      : code === 'EACCES'
        ? 'this user may not listen there. Choose a port from 1024.'
        : 'choose an address of this machine and a free port.';
  return Object.assign(new Error(`cannot listen on ${where}: ${code}, ${advice}`, { cause: error }), { code });
}

/** Where this machine reaches the address: listening everywhere includes listening on loopback. */
function hostOf({ address, family }: AddressInfo): string {
  if (family === 'IPv6') return address === '::' ? '[::1]' : `[${address}]`;
  return address === '0.0.0.0' ? '127.0.0.1' : address;
}

/** A client without a certificate, or with a wrong one, is let in to be refused with a 401 that says so, as kube-apiserver does. */
function secureOptions({ certificate, key, clientCa }: NonNullable<ListenOptions['tls']>) {
  const asked = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false };
  return { cert: certificate, key, ...asked };
}

async function answer(
  api: ListenedServer,
  options: ListenOptions,
  { connections, budget }: { readonly connections: Connections; readonly budget: BodyBudget },
  request: IncomingMessage,
  response: NodeResponse,
  upgradeHead?: Buffer,
): Promise<void> {
  const drainTimeoutMs = options.drainTimeoutMs ?? 60_000;
  // HTTP/1.1 keeps connections without saying so, and kube-apiserver says nothing. That of a refused upgrade with a body is closed: a
  // client that is not told would lose its next request.
  const isKept = response.shouldKeepAlive || (upgradeHead !== undefined && !hasBody(request));
  if (isKept) response.removeHeader('connection');
  const headers = headersOf(request, options.listHeaders);
  const { remoteAddress } = request.socket;
  const [path = ''] = pathIn(request).split('?', 1);
  const credentials = withTokenOfWebSocket(headers);
  const certificate = certificateOf(request.socket, (options.clock ?? systemClock).now());
  const user = credentials === undefined ? undefined : await options.authenticate?.(credentials, certificate, path);
  if (options.authenticate !== undefined && user === undefined) {
    request.resume();
    const unread = { method: request.method ?? 'GET', path: pathIn(request), headers, remoteAddress };
    const refused = (await api.refuse?.(unread)) ?? (await errorResponse(failure(401, 'Unauthorized', 'Unauthorized')));
    return send(request.method, response, refused, drainTimeoutMs);
  }
  // A browser adds a client certificate to the requests of any page; a token it adds only where the page itself has it.
  const ambient = options.authenticate === undefined || credentials?.authorization === undefined;
  if (options.authenticate === undefined ? isForeign(request) : ambient && isCrossSite(request.headers)) {
    request.resume();
    const refused = failure(403, 'Forbidden', foreignHost);
    return send(request.method, response, await errorResponse(refused), drainTimeoutMs);
  }
  connections.answering(response);
  const share = budget.share();
  response.once('close', share.release);
  const answered = await api.handle({
    method: request.method ?? 'GET',
    path: pathIn(request),
    headers,
    rawHeaders: request.rawHeaders,
    remoteAddress,
    mayUpgrade: upgradeHead !== undefined,
    openBody: () => (hasBody(request) ? request : undefined),
    // Read once the caller is authorized: a request that is refused costs no memory.
    readBody: () => readBody(request, share),
    // Few answers last long enough to be interested.
    get signal() {
      return connections.signalOf(response);
    },
    user,
  });
  const { takeOver } = answered;
  if (takeOver === undefined || upgradeHead === undefined)
    return send(request.method, response, answered, drainTimeoutMs);
  const { socket } = request;
  response.detachSocket(socket);
  connections.handedOver(response);
  share.release();
  await connections.takenOver(socket, (signal) => takeOver({ socket, head: upgradeHead, signal }));
}

/** Hands a request back to the server as if it did not ask for an upgrade. */
function withoutUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  const { rawHeaders } = request;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (!/^(upgrade|connection)$/i.test(rawHeaders[at] ?? '')) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/** Returns path and query. A proxy's client names the whole URL (RFC 9112, section 3.2.2). */
function pathIn({ url = '/' }: IncomingMessage): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
}

/** The headers, with those that may come several times as lists: Node would join their values. */
function headersOf(request: IncomingMessage, prefixes: readonly string[] = []): ServerRequest['headers'] {
  const impersonates = request.headers['impersonate-user'] !== undefined;
  if (!impersonates && prefixes.length === 0) return request.headers as ServerRequest['headers'];
  const all = impersonates ? [...prefixes, 'impersonate-'] : prefixes;
  const isList = ([name]: [string, unknown]): boolean => all.some((prefix) => name.startsWith(prefix));
  const lists = Object.entries(request.headersDistinct).filter(isList);
  return { ...request.headers, ...Object.fromEntries(lists) } as ServerRequest['headers'];
}

/** The body, up to one byte more than the bound: the server then knows that there was more. Rejects when its client goes before its end. */
async function readBody(request: IncomingMessage, share: BodyShare): Promise<Uint8Array | undefined> {
  const { headers } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    request.resume();
    return undefined;
  }
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let total = 0;
    let refused = false;
    request.on('data', (chunk: Buffer) => {
      // What comes after a bound is read and dropped, so that the client gets to read the answer.
      if (total > maxBodyBytes || refused) return;
      total += chunk.length;
      try {
        share.hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        refused = true;
        chunks = [];
        share.release();
        reject(error);
      }
    });
    request.on('end', () => resolve(total === 0 ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => {
      if (!request.readableEnded) reject(new Error('the client went before its request was whole'));
    });
  });
}

async function send(
  method: string | undefined,
  response: NodeResponse,
  { status, headers, body, length, trailers }: ServerResponse,
  drainTimeoutMs: number,
): Promise<void> {
  if (body instanceof Uint8Array) {
    response.writeHead(status, { ...(headers as OutgoingHttpHeaders), 'content-length': body.length });
    response.end(method === 'HEAD' ? undefined : body);
    if (body.length > socketBytes) await sent(response, drainTimeoutMs);
    return;
  }
  // With a content length, Node does not send the length of every chunk as a packet of its own.
  const sized = length === undefined ? headers : { ...headers, 'content-length': length };
  response.writeHead(status, sized as OutgoingHttpHeaders);
  response.flushHeaders();
  try {
    for await (const chunk of body) {
      if (response.destroyed) return;
      const room = response.write(chunk);
      // Node would send it when everything else of this turn is done, such as the answer to the write that an event is about. Whoever wrote
      // would be told before those who watch, and controllers take that for a cache that is behind.
      if (length === undefined) response.socket?.uncork();
      if (!room) await drained(response, drainTimeoutMs);
    }
    if (trailers !== undefined) response.addTrailers(trailers() as OutgoingHttpHeaders);
    response.end();
    await sent(response, drainTimeoutMs);
  } catch {
    // The status has been sent: a cut connection is the only way left to say that the answer is not whole.
    response.destroy();
  }
}

/** Answers up to so many bytes fit into the buffers of a connection: no reader is waited for. */
const socketBytes = 16 * 1024;

/** Waits until the reader has caught up; one that does not in time is cut. */
function drained(response: NodeResponse, timeoutMs: number): Promise<void> {
  return reached(response, 'drain', timeoutMs);
}

/** Waits until the whole answer has left; a reader that does not take it in time is cut. */
async function sent(response: NodeResponse, timeoutMs: number): Promise<void> {
  if (!response.writableFinished && !response.destroyed) await reached(response, 'finish', timeoutMs);
}

/** Waits for an event of an answer, as long as its reader goes on reading. */
function reached(response: NodeResponse, event: 'drain' | 'finish', timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const { socket } = response;
    const onTimeout = (): void => void socket?.destroy();
    const done = (): void => {
      response.off(event, done);
      response.off('close', done);
      socket?.off('timeout', onTimeout);
      // Once an answer has left, the timeout is Node's own for a connection that is kept alive.
      if (!response.writableFinished) socket?.setTimeout(0);
      resolve();
    };
    response.once(event, done);
    response.once('close', done);
    socket?.setTimeout(timeoutMs, onTimeout);
  });
}
