import { InvalidRequestError, isKubeError } from '../errors/index.js';
import { pathOnly } from './events.js';
import type { DialedConnection, Transport, TransportRequest, TransportResponse } from './transport.js';

/** Where `@opentelemetry/api` keeps what the application has set up; nothing there means that nobody wants spans. */
const GLOBAL = Symbol.for('opentelemetry.js.api.1');

/** As much of `@opentelemetry/api` as is used here. */
interface Api {
  readonly trace: { getTracer(name: string, version?: string): Tracer; setSpan(context: unknown, span: Span): unknown };
  readonly context: { active(): unknown; with<T>(context: unknown, fn: () => T): T };
  readonly propagation: { inject(context: unknown, carrier: object): void };
}
interface Tracer {
  startSpan(name: string, options: object): Span;
}
interface Span {
  setAttribute(name: string, value: string | number): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

/**
 * One OpenTelemetry span per request, retries included, by the HTTP client conventions (1.23), and `traceparent` on it. Only where the
 * application has set up `@opentelemetry/api`: it is the application's copy that is loaded, and it is not loaded otherwise.
 */
export class TracedTransport implements Transport {
  readonly #inner: Transport;
  readonly #host: string;
  #api: Promise<Api | undefined> | undefined;

  constructor(inner: Transport, host: string) {
    this.#inner = inner;
    this.#host = host;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const api = await this.#load();
    return api === undefined ? this.#inner.send(request) : this.#traced(api, request);
  }

  async dial(signal?: AbortSignal): Promise<DialedConnection> {
    if (this.#inner.dial === undefined) throw new InvalidRequestError('this transport has no connections of its own');
    return this.#inner.dial(signal);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #load(): Promise<Api | undefined> {
    if (!(GLOBAL in globalThis)) return undefined;
    this.#api ??= loadApi();
    return this.#api;
  }

  async #traced(api: Api, request: TransportRequest): Promise<TransportResponse> {
    const url = new URL(`http://${this.#host}`);
    const span = api.trace.getTracer('keelson').startSpan(request.method, {
      kind: 2, // SpanKind.CLIENT
      attributes: {
        'http.request.method': request.method,
        'url.path': pathOnly(request.path),
        'server.address': url.hostname,
        ...(url.port === '' ? {} : { 'server.port': Number(url.port) }),
      },
    });
    const context = api.trace.setSpan(api.context.active(), span);
    const carrier: Record<string, string> = {};
    try {
      api.propagation.inject(context, carrier);
      const response = await api.context.with(context, () =>
        this.#inner.send({ ...request, headers: { ...carrier, ...request.headers } }),
      );
      span.setAttribute('http.response.status_code', response.status);
      if (response.status >= 400) span.setStatus({ code: 2 }); // SpanStatusCode.ERROR
      return response;
    } catch (error) {
      span.setAttribute('error.type', isKubeError(error) ? error.code : 'aborted');
      span.setStatus({ code: 2 });
      throw error;
    } finally {
      span.end();
    }
  }
}

async function loadApi(): Promise<Api | undefined> {
  // Named by a variable: the package is the application's, and not among this one's dependencies.
  const name = '@opentelemetry/api';
  try {
    const loaded: Api & { default?: Api } = await import(/* webpackIgnore: true */ name);
    return loaded.trace === undefined ? loaded.default : loaded;
  } catch {
    return undefined;
  }
}
