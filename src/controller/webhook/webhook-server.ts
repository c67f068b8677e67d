import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { checkOptions, type KeysOf } from '../../errors/check-options.js';
import { InvalidRequestError, TimeoutError } from '../../errors/index.js';
import { abortable, deadlineSignal, onAbort } from '../../util/abort.js';
import { type Clock, systemClock } from '../../util/clock.js';
import { isObject } from '../../util/json-value.js';
import { answerAdmission } from './admission-review.js';
import { answerConversion } from './conversion-review.js';
import { describeFailure, ReviewError } from './review-error.js';
import { ReloadingKeyPair, type WebhookCertificate } from './webhook-certificate.js';
import type { AdmissionWebhook, ConversionWebhook, Webhook } from './webhook-definitions.js';

/** The options of a webhook server. */
export interface WebhookServerOptions {
  /** The webhooks. Every admission webhook needs a path of its own. */
  readonly webhooks: readonly Webhook[];
  /** Its certificate, for the name the API server calls it by: `SERVICE.NAMESPACE.svc`. */
  readonly certificate: WebhookCertificate;
  /** Default 9443, as controller-runtime's. 0: a free one. */
  readonly port?: number | undefined;
  /** Default loopback. In a pod, where the API server has to reach it: `0.0.0.0` or `::`. */
  readonly host?: string | undefined;
  /** PEM of who signs the API server's own certificate: others get no answer. Default: whoever asks is answered, as usual. */
  readonly clientCa?: string | undefined;
  /** The largest review that is read, in bytes. Default 7 MiB for admission, as controller-runtime's, and 64 MiB for conversion, which comes with whole lists. */
  readonly maxBodyBytes?: number | undefined;
  /** The time that a handler may take, in milliseconds, unless the API server states it. Default 10 000, as in the API. */
  readonly timeoutMs?: number | undefined;
  /** Hears of what goes wrong: handlers that throw, bad reviews, certificates that cannot be read. Default: nobody does. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
}

const webhookServerOptions: KeysOf<WebhookServerOptions> = {
  webhooks: true,
  certificate: true,
  port: true,
  host: true,
  clientCa: true,
  maxBodyBytes: true,
  timeoutMs: true,
  onError: true,
  clock: true,
};

const ADMISSION_BYTES = 7 * 1024 * 1024;
const CONVERSION_BYTES = 64 * 1024 * 1024;
/** The time in which a request must arrive. A slower client is cut off. */
const RECEIVE_MS = 30_000;
/** Sockets at a time. The API server needs a handful. */
const MOST_CONNECTIONS = 1000;

/** An answer over HTTP. */
interface Reply {
  readonly code: number;
  readonly body: unknown;
}

/**
 * Answers the API server's webhook calls over HTTPS: admission (admission.k8s.io/v1) and conversion (apiextensions.k8s.io/v1). `/healthz`
 * and `/readyz` answer probes. If a handler throws, the request is refused with code 500 and the message, without a stack. If it is too
 * slow, the code is 504. A request that is not a review gets a 400 with the reason.
 */
export class WebhookServer {
  readonly #options: WebhookServerOptions;
  readonly #clock: Clock;
  readonly #admission = new Map<string, AdmissionWebhook>();
  readonly #conversion = new Map<string, ConversionWebhook[]>();
  readonly #onError: (error: unknown) => void;
  readonly #closing = new AbortController();
  #server: Server | undefined;
  #keyPair: ReloadingKeyPair | undefined;
  #underWay = 0;
  readonly #idle: (() => void)[] = [];

  /** Throws an `InvalidRequestError` when two webhooks have one path. */
  constructor(options: WebhookServerOptions) {
    checkOptions('WebhookServer', options, webhookServerOptions);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#onError = (error) => {
      try {
        options.onError?.(error);
      } catch {
        // Whoever listens is no part of serving.
      }
    };
    for (const webhook of options.webhooks) {
      const { path } = webhook;
      const taken = this.#admission.has(path) || (webhook.type !== 'conversion' && this.#conversion.has(path));
      if (taken || path === '/healthz' || path === '/readyz')
        throw new InvalidRequestError(`two webhooks cannot both answer ${path}`);
      if (webhook.type === 'conversion') this.#conversion.set(path, [...(this.#conversion.get(path) ?? []), webhook]);
      else this.#admission.set(path, webhook);
    }
  }

  /** Such as `https://127.0.0.1:9443`. Undefined while it does not listen. */
  get url(): string | undefined {
    const address = this.#server?.address();
    if (address === undefined || address === null || typeof address === 'string') return undefined;
    const { family, address: host, port } = address satisfies AddressInfo;
    return `https://${family === 'IPv6' ? `[${host}]` : host}:${port}`;
  }

  /** Starts to listen. Rejects with a `ConfigError` if the certificate does not work or the port is taken. */
  async start(): Promise<void> {
    if (this.#server !== undefined) throw new InvalidRequestError('this webhook server has been started already');
    const { port = 9443, host = '127.0.0.1', clientCa, certificate } = this.#options;
    const clientAuth = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
    this.#keyPair = new ReloadingKeyPair(
      certificate,
      this.#clock,
      (pair) => this.#server?.setSecureContext({ ...pair, ...clientAuth, minVersion: 'TLSv1.2' }),
      this.#onError,
    );
    const pair = await this.#keyPair.start();
    const server = createServer(
      { ...pair, ...clientAuth, minVersion: 'TLSv1.2', requestTimeout: RECEIVE_MS, headersTimeout: RECEIVE_MS },
      (request, response) => void this.#serve(request, response),
    );
    server.maxConnections = MOST_CONNECTIONS;
    server.on('tlsClientError', this.#onError);
    this.#server = server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          server.on('error', this.#onError);
          resolve();
        });
      });
    } catch (error) {
      this.#keyPair.stop();
      throw error;
    }
  }

  /** Serves until `signal` aborts, then closes with grace. */
  async run(options: { readonly signal: AbortSignal }): Promise<void> {
    await this.start();
    await new Promise<void>((resolve) => onAbort(options.signal, () => resolve()));
    await this.close();
  }

  /** Takes no more calls, answers those under way, and ends. What is not answered within `timeoutMs` (default 10 000) is cut. */
  async close(options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    const { timeoutMs = 10_000 } = options;
    this.#closing.abort();
    this.#keyPair?.stop();
    const server = this.#server;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const timer = this.#clock.setTimer(timeoutMs, () => server.closeAllConnections());
    if (this.#underWay > 0) {
      await Promise.race([closed, new Promise<void>((resolve) => this.#idle.push(resolve))]);
    }
    server.closeIdleConnections();
    await closed;
    timer.cancel();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#underWay++;
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the API server has closed the connection')));
    try {
      const { code, body } = await this.#reply(request, gone.signal);
      if (response.destroyed) return;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      response.writeHead(code, {
        'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
        'content-length': Buffer.byteLength(text),
        'x-content-type-options': 'nosniff',
        // A connection that has more to send than was read, or that outlives the server, is of no more use.
        ...((code === 413 || this.#closing.signal.aborted) && { connection: 'close' }),
      });
      response.end(text);
    } catch (error) {
      this.#onError(error);
      response.destroy();
    } finally {
      this.#underWay--;
      if (this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  async #reply(request: IncomingMessage, gone: AbortSignal): Promise<Reply> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://webhook');
    if (pathname === '/healthz') return { code: 200, body: 'ok' };
    if (pathname === '/readyz') {
      return this.#closing.signal.aborted ? { code: 503, body: 'shutting down' } : { code: 200, body: 'ok' };
    }
    const admission = this.#admission.get(pathname);
    const conversion = this.#conversion.get(pathname);
    if (admission === undefined && conversion === undefined) return refusal(404, 'NotFound', `no webhook answers here`);
    if (request.method !== 'POST') return refusal(405, 'MethodNotAllowed', 'reviews are sent by POST');
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      return refusal(400, 'BadRequest', 'reviews are sent as application/json');
    }
    const most = this.#options.maxBodyBytes ?? (admission === undefined ? CONVERSION_BYTES : ADMISSION_BYTES);
    const bytes = await bodyOf(request, most);
    if (bytes === undefined) {
      return refusal(413, 'RequestEntityTooLarge', `the review is larger than ${most} bytes`);
    }
    const timeoutMs = Math.min(timeoutIn(searchParams) ?? Number.POSITIVE_INFINITY, this.#options.timeoutMs ?? 10_000);
    const deadline = deadlineSignal(this.#clock, timeoutMs, () => tooSlow(timeoutMs), gone);
    try {
      const review = parse(bytes);
      return {
        code: 200,
        body: await this.#answer(review, admission, conversion ?? [], deadline.signal),
      };
    } catch (error) {
      this.#onError(error);
      if (error instanceof ReviewError) return refusal(400, 'BadRequest', error.message);
      if (deadline.signal.aborted) return refusal(504, 'Timeout', describeFailure(error));
      return refusal(500, 'InternalError', describeFailure(error));
    } finally {
      deadline.dispose();
    }
  }

  #answer(
    review: { readonly [field: string]: unknown },
    admission: AdmissionWebhook | undefined,
    conversion: readonly ConversionWebhook[],
    signal: AbortSignal,
  ): Promise<unknown> {
    if (admission === undefined) return abortable(answerConversion(conversion, review), signal);
    const { handle } = admission;
    // A handler that does not heed its signal is not waited for either.
    const timed: AdmissionWebhook = {
      ...admission,
      handle: async (asked) => {
        try {
          return await abortable((async () => handle(asked))(), signal);
        } catch (error) {
          this.#onError(error);
          throw error;
        }
      },
    };
    return answerAdmission(timed, review, signal);
  }
}

/** The body, or undefined when it is too large. */
async function bodyOf(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > most) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(bytes: Buffer): { readonly [field: string]: unknown } {
  let review: unknown;
  try {
    review = JSON.parse(bytes.toString('utf8'));
  } catch {
    // What the parser says quotes the body, which may hold secrets.
    throw new ReviewError('the body is not JSON');
  }
  if (!isObject(review)) throw new ReviewError('the body is no review: it is no object');
  return review;
}

/** kube-apiserver says how long it will wait: `?timeout=10s`. */
function timeoutIn(query: URLSearchParams): number | undefined {
  const match = /^(\d{1,4})(ms|s)$/.exec(query.get('timeout') ?? '');
  return match === null ? undefined : Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}

function tooSlow(timeoutMs: number): TimeoutError {
  return new TimeoutError(`the webhook did not answer within ${timeoutMs} ms`, { deadline: 'wait', timeoutMs });
}

function refusal(code: number, reason: string, message: string): Reply {
  return { code, body: { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message } };
}
