/** A listener of changes. */
export type SnapshotListener<S> = (snapshot: S) => void;

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

  readonly subscribe = (listener: SnapshotListener<S>): (() => void) => {
    // A listener that is added twice is called twice, and each of its ends counts for one.
    const own: SnapshotListener<S> = (snapshot) => listener(snapshot);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#onUse(true);
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#onUse(false);
    };
  };

  set(snapshot: S): void {
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener(snapshot);
  }
}
