import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import type { ClusterConfig } from '../config/cluster-config.js';
import { InvalidRequestError } from '../errors/index.js';
import { apiHandler } from '../proxy/api-handler.js';
import { ApiServerLink } from '../proxy/api-server-link.js';
import { plainError } from '../proxy/proxy-request.js';
import { requestPath } from '../proxy/request-path.js';

/** Headers that end at the dashboard: its session, and names of users that the page must not choose. */
const dropped =
  /^(?:cookie|authorization|origin|referer|impersonate-.*|x-remote-.*|x-forwarded-.*|sec-(?!websocket-).*)$/i;

/** Headers of an answer that the dashboard gives itself. */
const replaced = /^(?:content-security-policy|set-cookie|x-content-type-options|cache-control)$/i;

/** The way to the API server of one context. */
export class Passage {
  /** The cluster and the user. */
  readonly config: ClusterConfig;
  readonly #link: ApiServerLink;
  readonly #handle: ReturnType<typeof apiHandler>;

  constructor(config: ClusterConfig) {
    this.config = config;
    this.#link = new ApiServerLink(config, true);
    this.#handle = apiHandler({
      link: this.#link,
      prefix: '/',
      filter: undefined,
      keepaliveMs: 0,
      onRequest: undefined,
    });
  }

  /** Passes a request on. `target` is the path and query at the API server. */
  pass(
    request: IncomingMessage,
    target: string,
    response: ServerResponse,
    upgrade?: { readonly socket: Duplex; readonly head: Uint8Array },
  ): void {
    const at = target.indexOf('?');
    const path = requestPath(at < 0 ? target : target.slice(0, at));
    if (path === undefined) {
      plainError(response, 400, 'bad path');
      return;
    }
    const rawHeaders = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 && !dropped.test(name) ? [name, all[index + 1] ?? ''] : [],
    );
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !dropped.test(name)));
    sandbox(response);
    const { method = 'GET', socket } = request;
    this.#handle(
      {
        method,
        path,
        query: at < 0 ? '' : target.slice(at),
        host: request.headers.host ?? '',
        headers,
        rawHeaders,
        remoteAddress: socket.remoteAddress,
        body: request,
        upgrade,
      },
      response,
    );
  }

  /** Sends a GET of the dashboard's own, and returns the answer as it comes. Ends with the signal. */
  async get(target: string, accept: string, signal: AbortSignal): Promise<IncomingMessage> {
    const at = target.indexOf('?');
    const path = requestPath(at < 0 ? target : target.slice(0, at));
    if (path === undefined) throw new InvalidRequestError('the path is not valid');
    const sent = await this.#link.send({
      request: {
        method: 'GET',
        path,
        query: at < 0 ? '' : target.slice(at),
        host: '',
        headers: {},
        rawHeaders: [],
        remoteAddress: undefined,
        body: Readable.from([]),
      },
      headers: ['Accept', accept],
      upgrade: false,
    });
    signal.addEventListener('abort', () => sent.destroy(), { once: true });
    return new Promise((resolve, reject) => {
      sent.once('response', resolve);
      sent.once('error', reject);
      sent.end();
      if (signal.aborted) sent.destroy();
    });
  }

  close(): void {
    this.#link.close();
  }
}

/** Makes the browser treat what the cluster sends as a page of no origin: a pod cannot act as the dashboard. */
function sandbox(response: ServerResponse): void {
  const write = response.writeHead.bind(response);
  const own = ['Content-Security-Policy', 'sandbox', 'X-Content-Type-Options', 'nosniff', 'Cache-Control', 'no-store'];
  const withOwn = (status: number, headers: readonly string[]) => {
    const theirs = headers.flatMap((name, index) =>
      index % 2 === 0 && !replaced.test(name) ? [name, headers[index + 1] ?? ''] : [],
    );
    return write(status, [...theirs, ...own]);
  };
  Object.assign(response, { writeHead: withOwn });
}
