import { createServer as createPlainServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConfigError } from '../../../errors/index.js';
import { textOf } from '../probes/probe-result.js';
import type { Authenticator } from './kubelet-authenticator.js';
import { type Authorizer, attributesOf } from './kubelet-authorizer.js';
import { goErrorHeaders, type KubeletRequest, ordinaryRequest, upgradeRequest } from './plain-response.js';
import type { Verbosity } from './verbosity.js';

/** Serves the requests below one path. Gets the decoded segments after it. */
export interface Route {
  /** The methods that are served. Default: all. */
  readonly methods?: readonly string[] | undefined;
  /** True: the path is a folder, and a request without the slash at its end is redirected. */
  readonly folder?: boolean | undefined;
  /** True: the path has nothing after it, not even a slash. */
  readonly exact?: boolean | undefined;
  /** The number of segments that may follow the path. Default: any. */
  readonly segments?: readonly number[] | undefined;
  serve(request: KubeletRequest, segments: readonly string[]): void | Promise<void>;
}

/** Settings of a `KubeletServer`. */
export interface KubeletServerOptions {
  /** The routes by their path, such as `/exec`. The longest path that fits counts. */
  readonly routes: ReadonlyMap<string, Route>;
  /** The certificate to serve with. Undefined: plain HTTP, for the health endpoint alone. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string | undefined } | undefined;
  /** Logs requests. */
  readonly verbosity?: Verbosity | undefined;
  /** Finds the user of a request. Undefined: nobody is asked. */
  readonly authenticator?: Authenticator | undefined;
  /** Decides about rights. Undefined: everybody who is known may do everything. */
  readonly authorizer?: Authorizer | undefined;
}

const HEADERS_MS = 32_000;

/** The HTTP server of a kubelet. */
export class KubeletServer {
  readonly #options: KubeletServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  constructor(options: KubeletServerOptions) {
    this.#options = options;
    const { tls } = options;
    const server =
      tls === undefined
        ? createPlainServer()
        : createTlsServer({
            cert: tls.cert,
            key: tls.key,
            minVersion: 'TLSv1.2',
            // A client may do without a certificate, and show a token instead.
            requestCert: tls.clientCa !== undefined,
            rejectUnauthorized: false,
            ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }),
          });
    server.headersTimeout = HEADERS_MS;
    server.requestTimeout = 0;
    server.on('request', (request, response) => void this.#serve(ordinaryRequest(request, response)));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => {});
      void this.#serve(upgradeRequest(request, socket, head));
    });
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server = server;
  }

  /** Listens. Resolves to the port. Rejects with a `ConfigError` when the address cannot be had. */
  async listen(port: number, address: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(new ConfigError(`cannot listen on ${address}:${port}: ${error.message}`, { cause: error }));
      });
      this.#server.listen(port, address, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: KubeletRequest): Promise<void> {
    this.#options.verbosity?.request(request);
    try {
      if (!(await this.#mayPass(request))) return;
      await this.#dispatch(request);
    } catch (error) {
      if (request.response?.headersSent === true) request.response.destroy();
      else request.answer(500, textOf(error));
    }
  }

  async #mayPass(request: KubeletRequest): Promise<boolean> {
    const { authenticator, authorizer } = this.#options;
    if (authenticator === undefined) return true;
    const user = await authenticator.authenticate(request.request).catch(() => undefined);
    if (user === undefined) {
      request.answer(401, 'Unauthorized');
      return false;
    }
    if (authorizer === undefined) return true;
    const attributes = attributesOf(request.method, request.path);
    const who = `user=${user.username}, verb=${attributes.verb}, resource=nodes`;
    try {
      if (await authorizer.authorize(user, attributes)) return true;
      request.answer(403, `Forbidden (${who}, subresource(s)=[${attributes.subresources.join(' ')}])\n`);
    } catch {
      request.answer(500, `Authorization error (${who}, subresource=${attributes.subresources.at(-1)})`);
    }
    return false;
  }

  async #dispatch(request: KubeletRequest): Promise<void> {
    const { path, method } = request;
    const { routes } = this.#options;
    const found = this.#find(path);
    if (found === undefined || (found.route.exact === true && !routes.has(path))) {
      request.answer(404, '404 page not found\n', goErrorHeaders);
      return;
    }
    const { route, segments } = found;
    const misfits = route.segments !== undefined && !route.segments.includes(segments.length);
    if (misfits || (route.folder !== true && segments.includes(''))) {
      request.answer(404, '404: Page Not Found');
    } else if (route.folder === true && segments.length === 0 && !path.endsWith('/')) {
      const headers = [['Content-Type', 'text/html; charset=utf-8'] as const, ['Location', `${path}/`] as const];
      request.answer(307, `<a href="${path}/">Temporary Redirect</a>.\n\n`, headers);
    } else if (route.methods?.includes(method) === false) {
      request.answer(405, '405: Method Not Allowed', [['Allow', route.methods.join(', ')]]);
    } else await route.serve(request, segments);
  }

  #find(path: string): { route: Route; segments: string[] } | undefined {
    const { routes } = this.#options;
    for (let root = path.replace(/\/$/, ''); ; root = root.slice(0, root.lastIndexOf('/'))) {
      const route = routes.get(root);
      if (route !== undefined) {
        const rest = path.slice(root.length + 1);
        return { route, segments: rest === '' ? [] : rest.split('/').map(decoded) };
      }
      if (root === '') return undefined;
    }
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
