const longestSeconds = 32;

/** The seconds after which clients of a priority level may try again: more, the more requests were rejected lately. */
export class RetryAfter {
  #seconds = 1;
  #raised = Number.NEGATIVE_INFINITY;
  #second = 0;
  #count = 0;
  /** Rejected requests of earlier seconds. */
  #history: { readonly second: number; readonly count: number }[] = [];

  /** Notes a rejected request. Returns the value of `Retry-After`. `now` is in milliseconds. */
  rejected(now: number): number {
    const second = Math.floor(now / 1_000);
    if (second === this.#second) {
      this.#count++;
      return this.#seconds;
    }
    this.#history.push({ second: this.#second, count: this.#count });
    const oldest = second - Math.min(longestSeconds, 2 * this.#seconds);
    this.#history = this.#history.filter((one) => one.second >= oldest);
    this.#second = second;
    this.#count = 1;
    this.#adjust(second);
    return this.#seconds;
  }

  #adjust(second: number): void {
    const recent = this.#history.filter((one) => second - one.second <= this.#seconds);
    const rejected = recent.reduce((sum, { count }) => sum + count, 0);
    if (second - this.#raised >= this.#seconds && rejected >= 3 * this.#seconds) {
      this.#seconds = Math.min(longestSeconds, 2 * this.#seconds);
      this.#raised = second;
    } else if (rejected < this.#seconds && this.#seconds > 1) {
      this.#seconds--;
    }
  }
}
