import { bucketRateLimiter, type RateLimiter } from '../queue/index.js';
import type { Transport, TransportRequest, TransportResponse } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';

/** The pace of a component's requests, as `--kube-api-qps` and `--kube-api-burst` set it. */
export interface Pace {
  readonly perSecond: number;
  readonly burst: number;
  readonly clock: Clock;
}

/** A transport that sends so many requests a second at most. Watches are not counted, as in client-go. */
export class PacedTransport implements Transport {
  readonly #inner: Transport;
  readonly #clock: Clock;
  readonly #limiter: RateLimiter<string>;

  constructor(inner: Transport, { perSecond, burst, clock }: Pace) {
    this.#inner = inner;
    this.#clock = clock;
    this.#limiter = bucketRateLimiter({ perSecond, burst, clock });
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const isWatch = /[?&]watch=(1|true)\b/.test(request.path);
    const waitMs = isWatch ? 0 : this.#limiter.delayMs('');
    if (waitMs > 0) await this.#clock.sleep(waitMs, { signal: request.signal });
    return this.#inner.send(request);
  }

  renewConnections(): void {
    this.#inner.renewConnections?.();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
