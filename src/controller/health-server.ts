import type { RequestListener, Server } from 'node:http';
import type { Informer, InformerMetrics, Summary } from '../cache/index.js';
import type { KeysOf } from '../errors/check-options.js';
import type { KubeObject, Scope } from '../meta/index.js';
import { type ClientMetrics, collectMetrics } from '../transport/client-metrics.js';
import { type Metric, metricText } from '../util/metric.js';
import type { ControllerMetrics } from './controller-metrics.js';

/** A check that runs at every probe. It throws or rejects with an error that says why the probe must fail. */
export type HealthCheck = () => unknown;

/** Where a manager serves `/healthz`, `/readyz` and `/metrics`. */
export interface HealthServerOptions {
  /** The port; 0 is a free one, see `Manager.url`. */
  readonly port: number;
  /** The address. Default `127.0.0.1`; for the probes of a pod `0.0.0.0` or `::`. */
  readonly host?: string | undefined;
  /** The certificate and key to serve with, in PEM. Default: without TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /**
   * For how long a cache may be without a sign of life before the manager is not ready, in milliseconds. A quiet watch shows one a minute.
   * Default 300 000.
   */
  readonly maxCacheAgeMs?: number | undefined;
  /** The additional checks of `/healthz`, by name. */
  readonly healthChecks?: { readonly [name: string]: HealthCheck } | undefined;
  /** The additional checks of `/readyz`, by name. */
  readonly readyChecks?: { readonly [name: string]: HealthCheck } | undefined;
  /** More metrics to show, such as your own: whatever has the shape of a metric of `prom-client`. */
  readonly metrics?: readonly Metric[] | undefined;
}

/** The options of `HealthServerOptions`. */
export const healthServerOptions: KeysOf<HealthServerOptions> = {
  port: true,
  host: true,
  tls: true,
  maxCacheAgeMs: true,
  healthChecks: true,
  readyChecks: true,
  metrics: true,
};

/** The sources of the pages. */
export interface HealthSources {
  readonly metrics: ControllerMetrics;
  readonly informers: () => readonly {
    readonly controller: string;
    readonly kind: string;
    readonly informer: Informer<KubeObject, Scope>;
  }[];
  readonly acts: () => boolean;
  /** Why the process should be restarted, if it should. */
  readonly problem: () => string | undefined;
}

/** One page. */
interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const plain = 'text/plain; charset=utf-8';

/**
 * Answers probes and metrics scrapers. The pages hold no secrets, but they are not public either: the server listens on loopback by
 * default.
 */
export class HealthServer {
  readonly #options: HealthServerOptions;
  readonly #sources: HealthSources;
  readonly #client: ClientMetrics;
  #server: Server | undefined;
  #url: string | undefined;

  constructor(options: HealthServerOptions, sources: HealthSources) {
    this.#options = options;
    this.#sources = sources;
    this.#client = collectMetrics();
  }

  /** Such as `http://127.0.0.1:8081`, while it listens. */
  get url(): string | undefined {
    return this.#url;
  }

  /** Rejects when the port cannot be had. */
  async listen(): Promise<void> {
    const { port, host = '127.0.0.1', tls } = this.#options;
    const handler: RequestListener = (request, response) => {
      const answer = (page: Page) => {
        response.writeHead(page.status, { 'content-type': page.type, 'x-content-type-options': 'nosniff' });
        response.end(request.method === 'HEAD' ? undefined : page.body);
      };
      request.resume();
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        answer({ status: 405, type: plain, body: 'only GET\n' });
        return;
      }
      this.page(request.url ?? '/').then(answer, () => answer({ status: 500, type: plain, body: 'failed\n' }));
    };
    // Probes are small and few: whoever holds a connection open with less does not get to hold it long.
    const limits = { headersTimeout: 5000, requestTimeout: 5000 };
    const server =
      tls === undefined
        ? (await import('node:http')).createServer(limits, handler)
        : (await import('node:https')).createServer({ ...limits, ...tls }, handler);
    server.maxConnections = 256;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    const address = server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    this.#url = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  }

  /** Returns the page at a path. */
  async page(url: string): Promise<Page> {
    const [path = '/', query = ''] = url.split('?', 2);
    const verbose = query.split('&').some((part) => part === 'verbose' || part.startsWith('verbose='));
    if (path === '/healthz' || path === '/livez') return checked(path.slice(1), this.#healthChecks(), verbose);
    if (path === '/readyz') return checked('readyz', this.#readyChecks(), verbose);
    if (path === '/metrics')
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: this.#metricsText() };
    return { status: 404, type: plain, body: 'there are /healthz, /livez, /readyz and /metrics\n' };
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#client.stop();
    const server = this.#server;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  #healthChecks(): [string, HealthCheck][] {
    const leading = () => {
      const problem = this.#sources.problem();
      if (problem !== undefined) throw new Error(problem);
    };
    return [['ping', () => {}], ['leader-election', leading], ...Object.entries(this.#options.healthChecks ?? {})];
  }

  #readyChecks(): [string, HealthCheck][] {
    const maxAgeMs = this.#options.maxCacheAgeMs ?? 300_000;
    const caches = this.#sources.informers().map(({ controller, kind, informer }): [string, HealthCheck] => [
      `cache ${controller}/${kind}`,
      () => {
        if (!informer.status().synced) throw new Error('the first state has not come');
        if (!informer.isFresh(maxAgeMs)) throw new Error(`the watch has shown no sign of life for ${maxAgeMs} ms`);
      },
    ]);
    return [['ping', () => {}], ...caches, ...Object.entries(this.#options.readyChecks ?? {})];
  }

  #metricsText(): string {
    const { metrics, informers, acts } = this.#sources;
    const own = [...metrics.metrics, ...this.#client.metrics, ...(this.#options.metrics ?? [])].map(metricText);
    const leads = `# HELP keelson_manager_acts Whether this process reconciles: it leads, or no election was asked for.\n# TYPE keelson_manager_acts gauge\nkeelson_manager_acts{} ${acts() ? 1 : 0}\n`;
    const caches = informers().map(({ controller, kind, informer }) => ({
      controller,
      kind,
      values: informer.metrics(),
    }));
    return own.join('') + leads + cachesText(caches);
  }
}

/** Runs checks and says how they went, as API servers do. */
async function checked(name: string, checks: readonly [string, HealthCheck][], verbose: boolean): Promise<Page> {
  const lines = await Promise.all(
    checks.map(async ([check, ask]) => {
      try {
        await ask();
        return `[+]${check} ok`;
      } catch (error) {
        return `[-]${check} failed: ${error instanceof Error ? error.message : String(error)}`;
      }
    }),
  );
  const failed = lines.some((line) => line.startsWith('[-]'));
  const body = failed || verbose ? `${lines.join('\n')}\n${name} check ${failed ? 'failed' : 'passed'}\n` : 'ok';
  return { status: failed ? 500 : 200, type: plain, body };
}

/** The metrics of informers, which are plain numbers, with the labels of each. */
function cachesText(
  caches: readonly { readonly controller: string; readonly kind: string; readonly values: InformerMetrics }[],
): string {
  const [first] = caches;
  if (first === undefined) return '';
  const names = Object.keys(first.values) as (keyof InformerMetrics)[];
  return names
    .map((name) => {
      const isSummary = typeof first.values[name] === 'object';
      const type = isSummary ? 'summary' : name.endsWith('_total') ? 'counter' : 'gauge';
      const lines = caches.flatMap(({ controller, kind, values }) => {
        const labels = `{controller=${JSON.stringify(controller)},kind=${JSON.stringify(kind)}}`;
        const value: number | Summary = values[name];
        if (typeof value === 'number') return [`${name}${labels} ${value}\n`];
        return [`${name}_sum${labels} ${value.sum}\n`, `${name}_count${labels} ${value.count}\n`];
      });
      return `# TYPE ${name} ${type}\n${lines.join('')}`;
    })
    .join('');
}
