import { lstat, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClusterConfig } from '../config/cluster-config.js';
import { type ConfigOptions, resolveConfig } from '../config/resolve-config.js';
import { ConfigError, InvalidRequestError } from '../errors/index.js';
import { apiHandler } from './api-handler.js';
import { ApiServerLink } from './api-server-link.js';
import { PathRouter } from './path-router.js';
import { type ProxyRequest, plainError } from './proxy-request.js';
import { type FilteredRequest, type FilterPatterns, RequestFilter } from './request-filter.js';
import { requestPath } from './request-path.js';
import { staticFiles } from './static-files.js';
import { recovered } from './unknown-methods.js';

/** Which cluster a proxy leads to, where it listens, and what it lets pass. The defaults are those of kubectl 1.36. */
export interface ProxyServerOptions extends ConfigOptions, ProxyServerSettings {}

/** The settings of a proxy apart from its cluster. */
export interface ProxyServerSettings extends FilterPatterns {
  /** The port; 0 takes a free one. Default 8001. */
  readonly port?: number | undefined;
  /** The address to listen on. Default 127.0.0.1. */
  readonly address?: string | undefined;
  /** A Unix socket to listen on instead of a port. An older socket there is replaced. Only this user may connect. */
  readonly unixSocket?: string | undefined;
  /** A folder whose files are served too. Requests for them are not filtered. */
  readonly www?: string | undefined;
  /** The prefix of the files. Default `/static/`. */
  readonly wwwPrefix?: string | undefined;
  /** The prefix of the API. It is taken off each path, unless it begins with `/api`. Default `/`. */
  readonly apiPrefix?: string | undefined;
  /** If true, every request passes. Any web page in a browser on this machine can then use the credentials. Default false. */
  readonly disableFilter?: boolean | undefined;
  /** If true, the path of the server's address goes before every path. Default false. */
  readonly appendServerPath?: boolean | undefined;
  /** The keep-alive period of upgraded connections, in milliseconds. Default 0, the system's. */
  readonly keepaliveMs?: number | undefined;
  /** Receives each request to the API, and the decision of the filter. */
  readonly onRequest?: ((request: FilteredRequest) => void) | undefined;
  /** Receives the text of a setting that is probably a mistake. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** A proxy that runs. Close it when done: `await using proxy = await startProxy()`, or `close()`. */
export interface ProxyServer extends AsyncDisposable {
  /** The address it listens on, such as `127.0.0.1:8001`, or the path of its socket. */
  readonly address: string;
  /** Such as `http://127.0.0.1:8001`. Undefined for a Unix socket. */
  readonly url: string | undefined;
  /** Stops listening, and ends all connections. */
  close(): Promise<void>;
}

/**
 * Starts a proxy between programs on this machine and the API server, with the credentials of the kubeconfig: `kubectl proxy` as a
 * library. Rejects with a `ConfigError` without a cluster or a port, and with an `InvalidRequestError` for a pattern
 * that is not valid.
 */
export async function startProxy(options: ProxyServerOptions = {}): Promise<ProxyServer> {
  return serveProxy(await resolveConfig(options), options);
}

/** Starts a proxy to a cluster. Rejects as `startProxy`. */
export async function serveProxy(config: ClusterConfig, options: ProxyServerSettings): Promise<ProxyServer> {
  const { unixSocket, port = 8001, address = '127.0.0.1', onWarning = () => {} } = options;
  if (unixSocket !== undefined && options.port !== undefined && port !== 8001) {
    throw new InvalidRequestError('cannot listen on unixSocket and port at the same time: pass one of them');
  }
  const filter = options.disableFilter === true ? undefined : new RequestFilter(options);
  const link = new ApiServerLink(config, options.appendServerPath === true);
  warn(options, link, onWarning);
  const sockets = new Set<Duplex>();
  const server = serverOf(routerOf(options, link, filter), sockets);
  try {
    if (unixSocket === undefined) await listen(server, address, port);
    else await listenUnix(server, unixSocket);
  } catch (error) {
    link.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    link.close();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const shown = addressOf(server, unixSocket);
  const url = unixSocket === undefined ? `http://${shown}` : undefined;
  return { address: shown, url, close, [Symbol.asyncDispose]: close };
}

function routerOf(options: ProxyServerSettings, link: ApiServerLink, filter: RequestFilter | undefined): PathRouter {
  const { www, wwwPrefix = '/static/', apiPrefix = '/', keepaliveMs = 0, onRequest } = options;
  const router = new PathRouter();
  const prefix = withSlash(apiPrefix);
  router.add(prefix, apiHandler({ link, prefix, filter, keepaliveMs, onRequest }));
  if (www !== undefined && www !== '') router.add(withSlash(wwwPrefix), staticFiles(www, withSlash(wwwPrefix)));
  return router;
}

function warn(options: ProxyServerSettings, link: ApiServerLink, onWarning: (text: string) => void): void {
  if (link.ignoredPath !== '') {
    onWarning(
      `the address of the server has the path ${link.ignoredPath}, which requests do not get. Use --append-server-path to put it before every path.`,
    );
  }
  if (options.disableFilter === true && options.unixSocket === undefined) {
    onWarning('the request filter is disabled: any web page can use this proxy');
  }
}

function serverOf(router: PathRouter, sockets: Set<Duplex>): Server {
  const answer = (message: IncomingMessage, response: ServerResponse, upgrade?: ProxyRequest['upgrade']) => {
    const { method = 'GET', url = '/', headers, rawHeaders, socket } = message;
    const { remoteAddress } = socket;
    const rest = { method, host: headers.host ?? '', headers, rawHeaders, remoteAddress, body: message, upgrade };
    route(router, rest, url, response);
  };
  // Bodies may take as long as they take, such as uploads; heads may not.
  const server = createServer({ requestTimeout: 0, headersTimeout: 60_000 }, (message, response) =>
    answer(message, response),
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (message, socket, head) => {
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(message);
    response.assignSocket(socket as Socket);
    response.once('finish', () => socket.end());
    answer(message, response, { socket, head });
  });
  server.on('clientError', (error, socket) => {
    socket.on('error', () => socket.destroy());
    const found = recovered(error, socket as Socket);
    if (found !== undefined) route(router, found.request, found.url, found.response);
  });
  return server;
}

function route(
  router: PathRouter,
  request: Omit<ProxyRequest, 'path' | 'query'>,
  url: string,
  response: ServerResponse,
): void {
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(url);
  const target = absolute === null ? url : url.slice(absolute[0].length) || '/';
  const at = target.indexOf('?');
  const path = requestPath(at < 0 ? target : target.slice(0, at));
  if (path === undefined) {
    response.shouldKeepAlive = false;
    plainError(response, 400, '400 Bad Request');
    return;
  }
  const host = absolute?.[1] ?? request.host;
  router.handle({ ...request, host, path, query: at < 0 ? '' : target.slice(at) }, response);
}

async function listen(server: Server, address: string, port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ConfigError(`cannot listen on port ${port}: it is not a port from 0 to 65535`);
  }
  await listening(server, `address ${address} and port ${port}`, () => server.listen(port, address));
}

async function listenUnix(server: Server, path: string): Promise<void> {
  const old = await lstat(path).catch(() => undefined);
  if (old?.isSocket() === true) await rm(path);
  const mask = process.umask(0o077);
  try {
    await listening(server, `socket ${path}`, () => server.listen(path));
  } finally {
    process.umask(mask);
  }
}

async function listening(server: Server, where: string, begin: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `cannot listen on ${where}: ${error.code ?? error.message}. Choose another one.`;
      reject(new ConfigError(message, { cause: error }));
    });
    server.once('listening', resolve);
    begin();
  });
  server.removeAllListeners('error');
  // Afterwards an error is a connection that could not be accepted.
  server.on('error', () => {});
}

function addressOf(server: Server, unixSocket: string | undefined): string {
  if (unixSocket !== undefined) return unixSocket;
  const { address, family, port } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

function withSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}
