type SnapshotListener<S> = (snapshot: S) => void;

/** Calls a listener after each change, until the signal if there is one. Returns the way to stop. */
export type Subscribe<S> = (
  listener: (snapshot: S) => void,
  options?: { readonly signal?: AbortSignal | undefined },
) => () => void;

/**
 * A value that is replaced, never changed, and those who want to know. `subscribe` and `getSnapshot` can be passed on without their
 * object, as React's `useSyncExternalStore` and other libraries want them.
 */
export class Snapshots<S> {
  readonly #listeners = new Set<SnapshotListener<S>>();
  readonly #onUse: (isUsed: boolean) => void;
  #snapshot: S;

  /** `onUse` is told of the first listener, and of the end of the last one. */
  constructor(first: S, onUse: (isUsed: boolean) => void = () => {}) {
    this.#snapshot = first;
    this.#onUse = onUse;
  }

  get isUsed(): boolean {
    return this.#listeners.size > 0;
  }

  readonly getSnapshot = (): S => this.#snapshot;

  readonly subscribe: Subscribe<S> = (listener, { signal } = {}) => {
    if (signal?.aborted) return () => {};
    // A listener that is added twice is called twice, and each of its ends counts for one.
    const own: SnapshotListener<S> = (snapshot) => listener(snapshot);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#onUse(true);
    const stop = () => {
      signal?.removeEventListener('abort', stop);
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#onUse(false);
    };
    signal?.addEventListener('abort', stop);
    return stop;
  };

  set(snapshot: S): void {
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners])
      try {
        listener(snapshot);
      } catch (error) {
        // As with events of the page: it is reported, and neither the other listeners nor the connection notice.
        queueMicrotask(() => {
          throw error;
        });
      }
  }
}
