import type {
  GetResult,
  KeyValue,
  RangeOptions,
  RangeResult,
  Storage,
  StorageWatch,
  WatchListener,
  WriteResult,
} from '../../src/server/storage/storage.js';

/**
 * One server's connection to a store that several servers use: what an etcd client is to etcd. Calls take turns of the event loop, as
 * over a network, so that the calls of several servers fall between each other's.
 */
export class SharedStorage implements Storage {
  readonly isShared = true;
  readonly #store: Storage;
  readonly #watches = new Set<StorageWatch>();
  readonly #delay: () => Promise<void>;
  #isCut = false;

  /** `delay` decides how long each way of a call takes. Default: one turn of the event loop. */
  constructor(store: Storage, delay: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve))) {
    this.#store = store;
    this.#delay = delay;
  }

  /** Cuts the connection: calls fail from now on, and a write under way has an unknown outcome. */
  cut(): void {
    this.#isCut = true;
  }

  /** Ends a cut. */
  join(): void {
    this.#isCut = false;
  }

  revision(): Promise<number> {
    return this.#call(() => this.#store.revision());
  }

  get(key: string, options?: { revision?: number }): Promise<GetResult> {
    return this.#call(() => this.#store.get(key, options));
  }

  range(start: string, end: string, options?: RangeOptions): Promise<RangeResult> {
    return this.#call(() => this.#store.range(start, end, options));
  }

  put(key: string, value: Uint8Array, expected: number): Promise<WriteResult> {
    return this.#call(() => this.#store.put(key, value, expected));
  }

  delete(key: string, expected: number): Promise<WriteResult> {
    return this.#call(() => this.#store.delete(key, expected));
  }

  isStale(kv: KeyValue): boolean {
    return this.#store.isStale?.(kv) ?? false;
  }

  watch(start: string, end: string, after: number, listener: WatchListener): StorageWatch {
    const watch = this.#store.watch(start, end, after, listener);
    this.#watches.add(watch);
    return {
      close: () => {
        this.#watches.delete(watch);
        watch.close();
      },
    };
  }

  compact(revision: number): Promise<void> {
    return this.#call(() => this.#store.compact(revision));
  }

  /** Closes the connection. The store goes on. */
  async close(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    await this.#delay();
    this.#check();
    const result = await call();
    await this.#delay();
    this.#check();
    return result;
  }

  #check(): void {
    if (this.#isCut) throw new Error('the connection to the store is cut');
  }
}
