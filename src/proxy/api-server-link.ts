import { Agent, type ClientRequest, request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClusterConfig } from '../config/cluster-config.js';
import { impersonationHeaders } from '../config/impersonation.js';
import { TlsSettings } from '../config/tls-settings.js';
import { Connector } from '../transport/connector.js';
import { resolveDeadlines } from '../transport/deadlines.js';
import { codeOf, describe } from '../transport/network-error.js';
import { defaultUserAgent } from '../transport/user-agent.js';
import { systemClock } from '../util/clock.js';
import { isObject } from '../util/json-value.js';
import { pairsOf, withoutHeaders } from './hop-headers.js';
import type { ProxyRequest } from './proxy-request.js';
import { escapedPath } from './request-path.js';

/** A request to send to the API server. */
export interface Outgoing {
  readonly request: ProxyRequest;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** True: over a connection of its own, which the caller gets with the answer. */
  readonly upgrade: boolean;
}

/** The API server, the connections to it, and the credentials of the kubeconfig. */
export class ApiServerLink {
  readonly #config: ClusterConfig;
  readonly #url: URL;
  readonly #prefix: string;
  readonly #connector: Connector;
  readonly #agent: Agent;

  /** `appendServerPath`: the path of the server's address goes before every path. */
  constructor(config: ClusterConfig, appendServerPath: boolean) {
    const { server, credentials, proxy } = config;
    this.#config = config;
    this.#url = new URL(server);
    this.#prefix = appendServerPath ? this.#url.pathname.replace(/\/+$/, '') : '';
    const tls =
      credentials?.clientCertificate === undefined
        ? config.tls
        : (config.tls ?? new TlsSettings()).withClientCertificate(async () => credentials.clientCertificate?.());
    const deadlines = resolveDeadlines(undefined);
    this.#connector = new Connector({ server, tls, proxy, deadlines, clock: systemClock, tunnel: true });
    this.#agent = new ConnectorAgent(this.#connector);
  }

  /** The path of the server's address, where requests do not get it. */
  get ignoredPath(): string {
    return this.#prefix === '' ? this.#url.pathname.replace(/\/+$/, '') : '';
  }

  /** Begins a request. The caller writes its body, and ends it. */
  async send({ request, headers, upgrade }: Outgoing): Promise<ClientRequest> {
    const shown = await this.#shown(request);
    const kept = withoutHeaders(headers, 'host', 'x-forwarded-for', ...shown.map(([name]) => name.toLowerCase()));
    const has = (name: string) => request.headers[name] !== undefined;
    const forwarded = forwardedFor(request);
    const added: (readonly [string, string])[] = [
      ['Host', this.#url.host],
      ...(has('user-agent') ? [] : [['User-Agent', defaultUserAgent()] as const]),
      ...(forwarded === '' ? [] : [['X-Forwarded-For', forwarded] as const]),
      ...shown,
    ];
    const path = escapedPath(request.path);
    const sent = httpRequest({
      method: request.method,
      path: `${this.#prefix}${path.startsWith('/') ? '' : '/'}${path}${request.query}`,
      agent: upgrade ? new ConnectorAgent(this.#connector, false) : this.#agent,
      host: this.#url.hostname,
      setHost: false,
    });
    // Node writes methods in capitals otherwise.
    sent.method = request.method;
    for (const [name, value] of [...added, ...pairsOf(kept)]) sent.appendHeader(name, value);
    return sent;
  }

  /** Returns the reason why the server could not be reached, in Go's words where it has some. */
  problem(error: unknown): string {
    const port = this.#url.port || (this.#url.protocol === 'https:' ? '443' : '80');
    const { address = this.#url.hostname } =
      isObject(error) && typeof error.address === 'string' ? { address: error.address } : {};
    const where = address.includes(':') && !address.startsWith('[') ? `[${address}]:${port}` : `${address}:${port}`;
    const code = codeOf(error);
    if (code === 'ECONNREFUSED') return `dial tcp ${where}: connect: connection refused`;
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${this.#url.hostname}: no such host`;
    if (code === 'ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return `dial tcp ${where}: i/o timeout`;
    if (code === 'EHOSTUNREACH') return `dial tcp ${where}: connect: no route to host`;
    if (code === 'ENETUNREACH') return `dial tcp ${where}: connect: network is unreachable`;
    if (code === 'ECONNRESET') return 'EOF';
    if (code === undefined && error instanceof Error) return error.message;
    return describe(code, error);
  }

  /** Call after a 401: gets other credentials for the next request, if there are some. */
  refused(): void {
    this.#config.credentials?.refresh().catch(() => {});
  }

  close(): void {
    this.#connector.close();
    this.#agent.destroy();
  }

  /** Credentials, and the user to impersonate. Those that the request itself has go before. */
  async #shown({ headers }: ProxyRequest): Promise<(readonly [string, string])[]> {
    const { credentials, impersonate } = this.#config;
    const own = headers.authorization === undefined ? await credentials?.headers() : undefined;
    const acts = impersonate !== undefined && headers['impersonate-user'] === undefined;
    const acting = Object.entries(acts ? impersonationHeaders(impersonate) : {}).flatMap(([name, values]) =>
      [values].flat().map((value) => [name, value] as const),
    );
    return [...Object.entries(own ?? {}), ...acting];
  }
}

/** Gives each request of Node's HTTP client a connection of the connector. */
class ConnectorAgent extends Agent {
  readonly #connector: Connector;

  constructor(connector: Connector, keepAlive = true) {
    super({ keepAlive, scheduling: 'lifo' });
    this.#connector = connector;
  }

  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    this.#connector.connect().then(
      (socket) => callback?.(null, socket),
      // Node takes an error without a stream.
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
    return undefined;
  }
}

function forwardedFor({ rawHeaders, remoteAddress = '' }: ProxyRequest): string {
  const before = pairsOf(rawHeaders)
    .filter(([name]) => name.toLowerCase() === 'x-forwarded-for')
    .map(([, value]) => value);
  // A connection over a Unix socket has no address.
  return [...before, remoteAddress.replace(/^::ffff:/, '')].filter((one) => one !== '').join(', ');
}
