import { NetworkError } from '../../src/errors/index.js';
import type { Transport, TransportRequest, TransportResponse } from '../../src/transport/transport.js';

/** An answer in a script: a body of objects, text or chunks; an error is thrown in its place. */
export interface Answer {
  readonly status?: number;
  readonly headers?: TransportResponse['headers'];
  /** Sent as JSON; a text as it is; several chunks one by one. */
  readonly body?: unknown;
  readonly chunks?: readonly string[];
  /** After the chunks: how the stream goes on. Default `end`. */
  readonly after?: 'end' | 'hang' | Error;
}

/** A recorded request. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: TransportRequest['headers'];
  readonly body: unknown;
  readonly request: TransportRequest;
}

/** A transport in memory that answers by a function and remembers what it was asked. */
export class FakeTransport implements Transport {
  readonly asked: Asked[] = [];
  cancelled = 0;
  closed = false;

  constructor(readonly answer: (asked: Asked, count: number) => Answer | Error) {}

  async send(request: TransportRequest): Promise<TransportResponse> {
    request.signal?.throwIfAborted();
    const { pathname, searchParams } = new URL(request.path, 'http://x');
    const text = request.body === undefined ? undefined : new TextDecoder().decode(request.body);
    const body: unknown = text === undefined ? undefined : JSON.parse(text);
    const asked = {
      method: request.method,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: request.headers,
      body,
      request,
    };
    this.asked.push(asked);
    const answer = this.answer(asked, this.asked.length);
    if (answer instanceof Error) throw answer;
    return {
      status: answer.status ?? 200,
      headers: answer.headers ?? { 'content-type': 'application/json' },
      body: this.#body(answer, request.signal),
    };
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #body(answer: Answer, signal: AbortSignal | undefined): TransportResponse['body'] {
    const chunks = answer.chunks ?? [typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {})];
    let cancel: (error: Error) => void = () => {};
    const consume = async (onChunk: (chunk: Uint8Array) => void | Promise<void>) => {
      const stopped = new Promise<never>((_, reject) => {
        cancel = reject;
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      stopped.catch(() => {});
      for (const chunk of chunks) await Promise.race([onChunk(new TextEncoder().encode(chunk)), stopped]);
      if (answer.after === 'hang') await stopped;
      if (answer.after instanceof Error) throw answer.after;
    };
    return {
      consume,
      bytes: async () => {
        const parts: Uint8Array[] = [];
        await consume((chunk) => void parts.push(chunk));
        return Buffer.concat(parts);
      },
      cancel: () => {
        this.cancelled++;
        cancel(new NetworkError('cancelled'));
      },
    };
  }
}

/** A Status as servers send it. */
export function status(code: number, reason: string, details: object = {}): Answer {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: `${reason} it is`,
    reason,
    code,
    details,
  };
  return { status: code, body };
}

/** Watch frames, one a line. */
export function frames(...events: [type: string, object: unknown][]): string {
  return events.map(([type, object]) => `${JSON.stringify({ type, object })}\n`).join('');
}

/** A ConfigMap of a version. */
export function map(name: string, resourceVersion: string | number, extra: object = {}): object {
  return {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: String(resourceVersion) },
    ...extra,
  };
}

/** A list of them. */
export function mapList(resourceVersion: string | number, items: readonly object[], meta: object = {}): object {
  return {
    kind: 'ConfigMapList',
    apiVersion: 'v1',
    metadata: { resourceVersion: String(resourceVersion), ...meta },
    items,
  };
}

/** A bookmark's object. */
export function bookmark(resourceVersion: string | number, end = false): object {
  const annotations = end ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { resourceVersion: String(resourceVersion), creationTimestamp: null, ...annotations },
  };
}

/** A transport that answers every call as a server does that has what was asked for. */
export function obligingTransport(headers?: Answer['headers']): FakeTransport {
  return new FakeTransport(({ path, body }) => {
    const [, namespace, plural = '', name, part] =
      /\/v1(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/.exec(path) ?? [];
    const sent = (body ?? {}) as { kind?: string; metadata?: { name?: string } };
    const kind =
      part !== undefined
        ? 'Status'
        : sent.kind !== undefined && sent.kind !== 'DeleteOptions'
          ? sent.kind
          : kinds[plural];
    const apiVersion = /^\/apis\/([^/]+\/[^/]+)/.exec(path)?.[1] ?? 'v1';
    const metadata = { name: name === undefined ? sent.metadata?.name : decodeURIComponent(name), namespace };
    return { ...(headers === undefined ? {} : { headers }), body: { apiVersion, kind, metadata } };
  });
}

const kinds: Readonly<Record<string, string>> = { pods: 'Pod', deployments: 'Deployment' };
