import { copyBytes } from '../util/bytes.js';

/** The sizes of slabs. */
export interface SlabsOptions {
  /** The size of a slab once the store has grown, in bytes. Default 4 MiB: one moves in about a millisecond. */
  readonly slabBytes?: number | undefined;
  /** The size of the first slab; each further one is twice as large, up to `slabBytes`. Default 64 KiB, so that small kinds stay small. */
  readonly firstSlabBytes?: number | undefined;
}

interface Slab {
  id: number;
  readonly buffer: Buffer;
  /** The same memory as whole numbers, for the record headers. */
  readonly words: Uint32Array;
  used: number;
  live: number;
}

/** Before each record stand its owner and its length, so that a slab can be walked without keeping anything in the heap. */
const headerBytes = 8;
const sparesKept = 2;

/**
 * Bytes of many records outside the JavaScript heap, in slabs of a few MiB. The owner of a record is a small number; where its
 * bytes lie is kept in columns, so a record costs 12 bytes of bookkeeping and nothing the garbage collector has to look at.
 *
 * Freed space is accounted for by slab. When more than an eighth of the live bytes (and more than one slab) is dead, the emptiest
 * slab is moved together, one slab at a time: memory stays bounded whatever is written over, and no pause is longer than one move.
 */
export class Slabs {
  readonly #slabBytes: number;
  #nextSlabBytes: number;
  readonly #slabs: (Slab | undefined)[] = [];
  readonly #freeIds: number[] = [];
  readonly #spares: Slab[] = [];
  #current: Slab | undefined;
  #slabOf = new Int32Array(64).fill(-1);
  #offsetOf = new Uint32Array(64);
  #lengthOf = new Uint32Array(64);
  #live = 0;
  #dead = 0;
  #allocated = 0;
  /** The slab in which `reserve` last made room. */
  target: Buffer = Buffer.alloc(0);

  constructor(options: SlabsOptions = {}) {
    this.#slabBytes = align(options.slabBytes ?? 4 * 1024 * 1024);
    this.#nextSlabBytes = align(Math.min(options.firstSlabBytes ?? 64 * 1024, this.#slabBytes));
  }

  /** Bytes of the records that are alive. */
  get liveBytes(): number {
    return this.#live;
  }

  /** Bytes of memory taken, dead records and unused room included. */
  get allocatedBytes(): number {
    return this.#allocated;
  }

  /** The length of a record in bytes. */
  lengthOf(owner: number): number {
    return this.#lengthOf[owner] ?? 0;
  }

  /**
   * Makes room for a record of `length` bytes and returns where in `target` the caller has to write them, before anything else is
   * reserved. An owner has one record; it must not hold one already.
   */
  reserve(owner: number, length: number): number {
    this.#ensureOwner(owner);
    const need = align(headerBytes + length);
    const slab = this.#slabFor(need);
    const at = slab.used;
    slab.words[at >> 2] = owner;
    slab.words[(at >> 2) + 1] = length;
    slab.used = at + need;
    slab.live += need;
    this.#live += length;
    this.#slabOf[owner] = slab.id;
    this.#offsetOf[owner] = at;
    this.#lengthOf[owner] = length;
    this.target = slab.buffer;
    return at + headerBytes;
  }

  /** The bytes of a record. They may move at the next `reserve` or `free`: read them at once. */
  bytes(owner: number): Buffer {
    const slab = this.#slabs[this.#slabOf[owner] ?? -1];
    if (slab === undefined) throw new RangeError(`no record is kept for owner ${owner}`);
    const at = (this.#offsetOf[owner] ?? 0) + headerBytes;
    return slab.buffer.subarray(at, at + (this.#lengthOf[owner] ?? 0));
  }

  /** Forgets a record. */
  free(owner: number): void {
    const id = this.#slabOf[owner] ?? -1;
    const slab = this.#slabs[id];
    if (slab === undefined) return;
    const length = this.#lengthOf[owner] ?? 0;
    const taken = align(headerBytes + length);
    this.#slabOf[owner] = -1;
    this.#live -= length;
    this.#dead += taken;
    slab.live -= taken;
    if (slab.live === 0 && slab !== this.#current) this.#drop(slab);
    else if (this.#dead > this.#slabBytes + this.#live / 8) this.#compactOne();
  }

  #ensureOwner(owner: number): void {
    if (owner < this.#slabOf.length) return;
    const size = Math.max(owner + 1, this.#slabOf.length * 2);
    const slabOf = new Int32Array(size).fill(-1);
    slabOf.set(this.#slabOf);
    this.#slabOf = slabOf;
    this.#offsetOf = grown(this.#offsetOf, size);
    this.#lengthOf = grown(this.#lengthOf, size);
  }

  #slabFor(need: number): Slab {
    // A large record gets a slab of its own: it would leave a hole at the end of a shared one, and be costly to move.
    if (need > this.#slabBytes / 4) return this.#add(need);
    const before = this.#current;
    if (before !== undefined && before.used + need <= before.buffer.length) return before;
    const slab = this.#add(Math.max(this.#nextSlabBytes, need));
    this.#current = slab;
    this.#nextSlabBytes = Math.min(this.#nextSlabBytes * 2, this.#slabBytes);
    if (before?.live === 0) this.#drop(before);
    return slab;
  }

  #add(size: number): Slab {
    const slab = (size === this.#slabBytes ? this.#spares.pop() : undefined) ?? newSlab(size);
    slab.id = this.#freeIds.pop() ?? this.#slabs.length;
    this.#slabs[slab.id] = slab;
    this.#allocated += size;
    return slab;
  }

  #drop(slab: Slab): void {
    this.#slabs[slab.id] = undefined;
    this.#freeIds.push(slab.id);
    this.#dead -= slab.used;
    this.#allocated -= slab.buffer.length;
    if (slab.buffer.length !== this.#slabBytes || this.#spares.length === sparesKept) return;
    slab.used = 0;
    this.#spares.push(slab);
  }

  /** Moves what is alive in the emptiest slab to where records are written now. */
  #compactOne(): void {
    let slab: Slab | undefined;
    for (const candidate of this.#slabs) {
      if (candidate === undefined || candidate === this.#current) continue;
      if (candidate.used - candidate.live > (slab === undefined ? 0 : slab.used - slab.live)) slab = candidate;
    }
    if (slab === undefined) return;
    for (let at = 0; at < slab.used; ) {
      const owner = slab.words[at >> 2] ?? 0;
      const length = slab.words[(at >> 2) + 1] ?? 0;
      if (this.#slabOf[owner] === slab.id && this.#offsetOf[owner] === at) {
        this.#live -= length;
        const to = this.reserve(owner, length);
        copyBytes(slab.buffer, at + headerBytes, at + headerBytes + length, this.target, to);
      }
      at += align(headerBytes + length);
    }
    // All of it is dead now, and was counted so only in part.
    this.#dead += slab.live;
    slab.live = 0;
    this.#drop(slab);
  }
}

function newSlab(size: number): Slab {
  // Shared memory is not counted against the heap: of plain buffers, every few dozen MiB would set off a collection of all garbage.
  const memory = new SharedArrayBuffer(size);
  return { id: -1, buffer: Buffer.from(memory), words: new Uint32Array(memory), used: 0, live: 0 };
}

function align(size: number): number {
  return (size + 3) & ~3;
}

function grown(column: Uint32Array, size: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(size);
  larger.set(column);
  return larger;
}
