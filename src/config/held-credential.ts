import { abortable } from '../util/abort.js';
import type { Clock } from '../util/clock.js';

/** Something that proves who asks, and until when. */
export interface Expiring {
  /** Milliseconds since the epoch. Absent: until the server refuses it. */
  readonly expiresAtMs?: number | undefined;
}

/** New credentials are got so long before the old ones expire: a request needs some time to arrive. Of a short life, a tenth is enough. */
const LEEWAY_MS = 10_000;

/**
 * One credential that takes work to get. It is kept until shortly before it expires or until it is dropped; while it is being got,
 * all who ask wait for the same attempt. A failed attempt is not remembered.
 */
export class HeldCredential<T extends Expiring> {
  readonly #fetch: () => Promise<T>;
  readonly #clock: Clock;
  #value: T | undefined;
  #renewAtMs = Number.POSITIVE_INFINITY;
  #flight: Promise<T> | undefined;

  constructor(fetch: () => Promise<T>, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** The credential. An abort ends the caller's waiting, not the attempt: others may be waiting for it too. */
  get(signal?: AbortSignal | undefined): Promise<T> {
    if (this.#value !== undefined && this.#clock.now() < this.#renewAtMs) return Promise.resolve(this.#value);
    this.#flight ??= this.#fetch()
      .then((value) => {
        this.#value = value;
        this.#renewAtMs = this.#renewalOf(value);
        return value;
      })
      .finally(() => {
        this.#flight = undefined;
      });
    return abortable(this.#flight, signal);
  }

  /** Gets a new one even though the old one has not expired; joins an attempt that is under way. */
  renew(signal?: AbortSignal | undefined): Promise<T> {
    this.#value = undefined;
    return this.get(signal);
  }

  #renewalOf({ expiresAtMs = Number.POSITIVE_INFINITY }: T): number {
    return expiresAtMs - Math.min(LEEWAY_MS, Math.max(0, expiresAtMs - this.#clock.now()) / 10);
  }

  /** The one last got, whether or not it is still good. */
  get last(): T | undefined {
    return this.#value;
  }
}
