/**
 * Hands values from a producer to a consumer, one at a time. Iterate it to consume. The producer goes on with the next value when the
 * consumer asks for it, so nothing is ever buffered.
 */
export class Handoff<T> implements AsyncIterable<T> {
  #offer: { readonly value: T; readonly accept: () => void } | undefined;
  #arrived: (() => void) | undefined;
  #ended = false;

  /** Offers a value. Resolves when the consumer asks for the next one, or has left. */
  put(value: T): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((accept) => {
      this.#offer = { value, accept };
      this.#arrived?.();
    });
  }

  /** Ends the iteration. Later values are dropped. */
  end(): void {
    this.#ended = true;
    this.#arrived?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const offer = this.#offer;
      if (offer === undefined) {
        if (this.#ended) return;
        await new Promise<void>((resolve) => {
          this.#arrived = resolve;
        });
        continue;
      }
      this.#offer = undefined;
      let asked = false;
      try {
        yield offer.value;
        asked = true;
      } finally {
        if (!asked) this.end();
        offer.accept();
      }
    }
  }
}
