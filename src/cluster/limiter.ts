/** Runs at most so many asynchronous functions at a time. The others wait in their order. */
export class Limiter {
  readonly #most: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #idle: (() => void)[] = [];
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The number of functions that run or wait. */
  get size(): number {
    return this.#running + this.#waiting.length - this.#next;
  }

  /** Runs a function when it is its turn, and settles as the function does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await work();
    } finally {
      this.#finish();
    }
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #finish(): void {
    const next = this.#waiting[this.#next];
    if (next !== undefined) {
      // The slot goes to the next one without being free in between.
      this.#next++;
      next();
    } else this.#running--;
    if (this.#next > 1024 || this.#next === this.#waiting.length) {
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
    if (this.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
