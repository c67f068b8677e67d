/** The bound on hydrated objects. */
export interface HydrationOptions {
  /**
   * The number of bytes (as stored, not as objects) that may be hydrated at once. A hydrated object takes about three to five times its
   * bytes in the heap. Default 8 MiB: small clusters are fully hydrated, large ones keep the objects that are read most.
   */
  readonly hydratedBytes?: number | undefined;
}

const cold = 0;
const touched = 1;
const warm = 2;
const hot = 3;

/**
 * The set of hydrated objects: bounded, over small numbers, with second-chance eviction (CLOCK).
 * Once the set is full, an object enters only at its second read. One pass over everything therefore evicts nothing that is in use, and
 * leaves no old objects in the heap.
 */
export class Hydration {
  readonly #maxBytes: number;
  readonly #objects: unknown[] = [];
  #sizes = new Uint32Array(64);
  #state = new Uint8Array(64);
  #hand = 0;
  #count = 0;
  #bytes = 0;

  constructor(options: HydrationOptions = {}) {
    this.#maxBytes = options.hydratedBytes ?? 8 * 1024 * 1024;
  }

  /** The number of hydrated objects. */
  get count(): number {
    return this.#count;
  }

  /** The object of `slot` if it stands hydrated. */
  get(slot: number): unknown {
    const object = this.#objects[slot];
    if (object !== undefined) this.#state[slot] = hot;
    return object;
  }

  /** The same for somebody who does not read it, but only compares with it. */
  peek(slot: number): unknown {
    return this.#objects[slot];
  }

  /** Offers an object that has just been read from `bytes` bytes. */
  offer(slot: number, object: unknown, bytes: number): void {
    this.#ensure(slot);
    if (bytes > this.#maxBytes || this.#objects[slot] !== undefined) return;
    if (this.#bytes + bytes > this.#maxBytes) {
      if (this.#state[slot] !== touched) {
        this.#state[slot] = touched;
        return;
      }
      this.#evict(this.#maxBytes - bytes);
    }
    // Slots far apart would turn a plain array into a dictionary: it is grown without holes instead.
    while (this.#objects.length <= slot) this.#objects.push(undefined);
    this.#objects[slot] = object;
    this.#sizes[slot] = bytes;
    this.#state[slot] = warm;
    this.#count++;
    this.#bytes += bytes;
  }

  /** Forgets `slot`, which will stand for something else. */
  forget(slot: number): void {
    if (slot >= this.#state.length) return;
    const state = this.#state[slot] ?? cold;
    this.#state[slot] = cold;
    if (state >= warm) this.#remove(slot);
  }

  #evict(room: number): void {
    const state = this.#state;
    while (this.#bytes > room && this.#count > 0) {
      const slot = this.#hand;
      this.#hand = slot + 1 < this.#objects.length ? slot + 1 : 0;
      if (state[slot] === hot) state[slot] = warm;
      else if (state[slot] === warm) {
        state[slot] = cold;
        this.#remove(slot);
      }
    }
  }

  #remove(slot: number): void {
    this.#objects[slot] = undefined;
    this.#count--;
    this.#bytes -= this.#sizes[slot] ?? 0;
  }

  #ensure(slot: number): void {
    if (slot < this.#state.length) return;
    const size = Math.max(slot + 1, this.#state.length * 2);
    const state = new Uint8Array(size);
    state.set(this.#state);
    this.#state = state;
    const sizes = new Uint32Array(size);
    sizes.set(this.#sizes);
    this.#sizes = sizes;
  }
}
