import { InvalidRequestError, isNetworkError } from '../errors/index.js';
import { type Clock, systemClock } from '../util/clock.js';
import { type Random, systemRandom } from '../util/random.js';
import { pathOnly, requestChannels } from './events.js';
import { codeOf, isUnsent } from './network-error.js';
import { parseRetryAfter } from './parse-retry-after.js';
import { RetryBudget } from './retry-budget.js';
import type { DialedConnection, Transport, TransportRequest, TransportResponse } from './transport.js';

/** When and how often requests are sent again. */
export interface RetryOptions {
  /** Tries after the first. Default 4: with the waits below about two seconds, enough for a server to be replaced behind its address. */
  readonly retries?: number | undefined;
  /** The upper end of the first random wait, doubled each time. Default 100. */
  readonly baseMs?: number | undefined;
  /** The longest `Retry-After` that is waited for; a longer one is left to the caller. Default 30 000. */
  readonly maxRetryAfterMs?: number | undefined;
  /** The longest random wait. Default 5000. */
  readonly maxMs?: number | undefined;
  /** The number of consecutive retries that all requests share while nothing works; see `RetryBudget`. Default 100. */
  readonly budget?: number | undefined;
  /** `host:port` of the server, for events. */
  readonly host?: string | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Where chance comes from. Default: the runtime's. */
  readonly random?: Random | undefined;
}

/**
 * Sends a request again where that is safe:
 * - nothing was sent (connection refused, name not resolved): any method;
 * - the server said when to come back (429, or any 5xx, with `Retry-After`): any method, since it has not begun, as client-go does;
 * - 429, 500, 502, 503 or 504 without `Retry-After`: GET, PUT and DELETE, which are idempotent (RFC 9110, 9.2.2). A second PUT with a
 *   resourceVersion, if the first one was done after all, is refused as a conflict; a second DELETE finds nothing;
 * - the connection broke before an answer: GET only, as Go's `net/http`. The fate of a write is then unknown, and it is never sent twice,
 *   unless the caller says `idempotent: true`.
 *
 * Nothing is sent again once the budget is used up. Deadlines that passed are not tried again: the caller's time is up. The last answer is handed on as it came.
 */
export class RetryingTransport implements Transport {
  readonly #inner: Transport;
  readonly #options: Required<{ [K in keyof RetryOptions]: NonNullable<RetryOptions[K]> }>;
  readonly #budget: RetryBudget;

  constructor(inner: Transport, options: RetryOptions = {}) {
    this.#inner = inner;
    this.#options = {
      retries: options.retries ?? 4,
      baseMs: options.baseMs ?? 100,
      maxMs: options.maxMs ?? 5000,
      budget: options.budget ?? 100,
      host: options.host ?? '',
      maxRetryAfterMs: options.maxRetryAfterMs ?? 30_000,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
    };
    this.#budget = new RetryBudget(this.#options.budget);
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    let outcome = await this.#try(request, 0);
    if (outcome.retryInMs === undefined) {
      if (outcome.response !== undefined && outcome.response.status < 500) this.#budget.succeeded();
      return settle(outcome);
    }
    const { retries } = this.#options;
    if (retries === 0 || !this.#budget.take()) return settle(outcome);
    // Loaded only when something went wrong.
    const { default: pRetry } = await import('p-retry');
    const again = async (attempt: number): Promise<void> => {
      this.#tell(request, outcome, attempt);
      await this.#options.clock.sleep(outcome.retryInMs ?? 0, { signal: request.signal });
      // Only now: by this time a short body has arrived whole, and its connection can be used again.
      outcome.response?.body.cancel();
      outcome = await this.#try(request, attempt);
      if (outcome.retryInMs !== undefined && attempt < retries && this.#budget.take()) throw new Error('try again');
    };
    try {
      // The waiting is ours, on the clock we were given; counting is the library's.
      await pRetry(again, { retries: retries - 1, minTimeout: 0 });
    } catch (error) {
      outcome.response?.body.cancel();
      request.signal?.throwIfAborted();
      throw error;
    }
    return settle(outcome);
  }

  async dial(signal?: AbortSignal): Promise<DialedConnection> {
    if (this.#inner.dial === undefined) throw new InvalidRequestError('this transport has no connections of its own');
    return this.#inner.dial(signal);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #try(request: TransportRequest, attempt: number): Promise<Outcome> {
    try {
      const response = await this.#inner.send(attempt === 0 ? request : { ...request, attempt });
      return { response, error: undefined, retryInMs: this.#afterResponse(request, response, attempt) };
    } catch (error) {
      request.signal?.throwIfAborted();
      const safe = isUnsent(error) || (request.idempotent ?? request.method === 'GET');
      const again = isNetworkError(error) && isTransient(error) && safe;
      return { response: undefined, error, retryInMs: again ? this.#backoff(attempt) : undefined };
    }
  }

  #afterResponse(request: TransportRequest, response: TransportResponse, attempt: number): number | undefined {
    const { status } = response;
    if (status !== 429 && status < 500) return undefined;
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], this.#options.clock.now());
    if (retryAfterMs !== undefined) return retryAfterMs <= this.#options.maxRetryAfterMs ? retryAfterMs : undefined;
    const repeatable = request.idempotent ?? IDEMPOTENT.has(request.method);
    return repeatable && PASSING.has(status) ? this.#backoff(attempt) : undefined;
  }

  /** Full jitter: anywhere between nothing and the doubled base, so that many clients do not come back at once. */
  #backoff(attempt: number): number {
    const { baseMs, maxMs, random } = this.#options;
    return Math.min(baseMs * 2 ** attempt, maxMs) * random();
  }

  #tell(request: TransportRequest, { response, error, retryInMs = 0 }: Outcome, attempt: number): void {
    if (!requestChannels.retry.hasSubscribers) return;
    requestChannels.retry.publish({
      method: request.method,
      path: pathOnly(request.path),
      host: this.#options.host,
      attempt,
      waitMs: retryInMs,
      reason:
        response === undefined
          ? (codeOf(error instanceof Error ? error.cause : error) ?? 'unknown')
          : String(response.status),
      ...(response === undefined ? {} : { status: response.status }),
    });
  }
}

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE']);

/** Answers that another try may not get. 501, 505 and their like stay so. */
const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** The result of an attempt; `retryInMs` is present if another is allowed. */
interface Outcome {
  readonly response: TransportResponse | undefined;
  readonly error: unknown;
  readonly retryInMs: number | undefined;
}

function settle(outcome: Outcome): TransportResponse {
  if (outcome.response === undefined) throw outcome.error;
  return outcome.response;
}

/** Wrong certificates and names that do not exist stay so; connections that are refused or break may not. */
function isTransient(error: unknown): boolean {
  const code = codeOf(error instanceof Error ? error.cause : error);
  return code !== undefined && TRANSIENT.has(code);
}

const TRANSIENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  // Certificate and key are replaced one after the other.
  'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
]);
