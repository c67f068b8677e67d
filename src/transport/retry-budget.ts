/**
 * Bounds retries when everything fails: each costs a token, each request that needs none brings a part of one back. A server in trouble
 * then sees at most `size` extra requests, and a tenth more than usual from there on. (The scheme of gRPC, A6.)
 */
export class RetryBudget {
  readonly #size: number;
  readonly #refill: number;
  #tokens: number;

  /** `size`: how many retries in a row at most. `refill`: what a request brings that needed none. */
  constructor(size: number, refill = 0.1) {
    this.#size = size;
    this.#refill = refill;
    this.#tokens = size;
  }

  /** Takes one retry; false when there is none left. */
  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** A request needed no retry. */
  succeeded(): void {
    this.#tokens = Math.min(this.#size, this.#tokens + this.#refill);
  }
}
