import { isNetworkError } from '../errors/index.js';
import { type Clock, systemClock } from '../util/clock.js';
import { type Random, systemRandom } from '../util/random.js';
import { codeOf, isUnsent } from './network-error.js';
import { parseRetryAfter } from './retry-after.js';
import type { Transport, TransportRequest, TransportResponse } from './transport.js';

/** When and how often requests are sent again. */
export interface RetryOptions {
  /** Tries after the first. Default 4: with the waits below about two seconds, enough for a server to be replaced behind its address. */
  readonly retries?: number | undefined;
  /** The upper end of the first random wait, doubled each time. Default 100. */
  readonly baseMs?: number | undefined;
  /** The longest `Retry-After` that is waited for; a longer one is left to the caller. Default 30 000. */
  readonly maxRetryAfterMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/**
 * Sends a request again where that is safe:
 * - nothing was sent (connection refused, name not resolved): any method;
 * - the server said when to come back (429, or any 5xx, with `Retry-After`): any method, since it has not begun, as client-go does;
 * - the connection broke before an answer, or 429 or 5xx without `Retry-After`: GET only. The fate of a write is then unknown, and it
 *   is never sent twice.
 *
 * Deadlines that passed are not tried again: the caller's time is up. The last answer is handed on as it came.
 */
export class RetryingTransport implements Transport {
  readonly #inner: Transport;
  readonly #options: Required<{ [K in keyof RetryOptions]: NonNullable<RetryOptions[K]> }>;

  constructor(inner: Transport, options: RetryOptions = {}) {
    this.#inner = inner;
    this.#options = {
      retries: options.retries ?? 4,
      baseMs: options.baseMs ?? 100,
      maxRetryAfterMs: options.maxRetryAfterMs ?? 30_000,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
    };
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    let outcome = await this.#try(request, 0);
    if (outcome.retryInMs === undefined || this.#options.retries === 0) return settle(outcome);
    // Loaded only when something went wrong.
    const { default: pRetry } = await import('p-retry');
    const again = async (attempt: number): Promise<void> => {
      await this.#options.clock.sleep(outcome.retryInMs ?? 0, { signal: request.signal });
      // Only now: by this time a short body has arrived whole, and its connection can be used again.
      outcome.response?.body.cancel();
      outcome = await this.#try(request, attempt);
      if (outcome.retryInMs !== undefined) throw new Error('try again');
    };
    try {
      // The waiting is ours, on the clock we were given; counting is the library's.
      await pRetry(again, { retries: this.#options.retries - 1, minTimeout: 0 });
    } catch {
      request.signal?.throwIfAborted();
    }
    return settle(outcome);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #try(request: TransportRequest, attempt: number): Promise<Outcome> {
    try {
      const response = await this.#inner.send(request);
      return { response, error: undefined, retryInMs: this.#afterResponse(request, response, attempt) };
    } catch (error) {
      request.signal?.throwIfAborted();
      const again = isNetworkError(error) && isTransient(error) && (isUnsent(error) || request.method === 'GET');
      return { response: undefined, error, retryInMs: again ? this.#backoff(attempt) : undefined };
    }
  }

  #afterResponse(request: TransportRequest, response: TransportResponse, attempt: number): number | undefined {
    const { status } = response;
    if (status !== 429 && status < 500) return undefined;
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], this.#options.clock.now());
    if (retryAfterMs !== undefined) return retryAfterMs <= this.#options.maxRetryAfterMs ? retryAfterMs : undefined;
    return request.method === 'GET' && status !== 501 ? this.#backoff(attempt) : undefined;
  }

  /** Full jitter: anywhere between nothing and the doubled base, so that many clients do not come back at once. */
  #backoff(attempt: number): number {
    return this.#options.baseMs * 2 ** attempt * this.#options.random();
  }
}

/** How a try went; `retryInMs` is there when another is allowed. */
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
  const code = codeOf(error);
  return code !== undefined && TRANSIENT.has(code);
}

const TRANSIENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EAI_AGAIN',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
]);
