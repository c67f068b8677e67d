import type { ObjectCodec, ObjectHead } from '../wire/object-codec.js';
import { deepFreeze } from './freeze.js';
import { Hydration, type HydrationOptions } from './hydration.js';
import { Slabs, type SlabsOptions } from './slabs.js';

/** The kind of the stored objects, and the way they are stored. */
export interface VersionsOptions extends SlabsOptions, HydrationOptions {
  /** The apiVersion of objects that arrive without one, as items of lists do. */
  readonly apiVersion: string;
  readonly kind: string;
  /** True if hydrated objects are frozen, so that writing to one throws. */
  readonly freeze: boolean;
  /** Called with an object of which fields were lost, because its encoding has fields that are not known here. Default: does nothing. */
  readonly onUnknownFields?: ((object: unknown) => void) | undefined;
}

/**
 * Versions of objects, each a slot: a small number that stands for one object at one resourceVersion. The store holds the newest
 * version of each object; queues hold the older ones that a handler has still to see. A version lives as long as somebody
 * retains it. Slots are used again.
 *
 * Per version the heap holds its key; the bytes lie in slabs, and the resourceVersion in a column, where it is a number.
 */
export class Versions {
  readonly #options: VersionsOptions;
  readonly #slabs: Slabs;
  readonly #hydration: Hydration;
  /** The codecs of the versions kept: a server may answer in another encoding than it did before. */
  readonly #codecs: ObjectCodec[] = [];
  /** For each codec a head to point at versions already kept, while another may be in the middle of a stream. */
  readonly #heads: ObjectHead[] = [];
  /** Which codec wrote the version in a slot. */
  #codecOf = new Uint8Array(64);
  readonly #keys: string[] = [];
  /** By slot, -1 where the resourceVersion is not such a number: of numbers the heap has nothing to keep or to copy. */
  #revisions = new Float64Array(64);
  /** The resourceVersions of the others. */
  readonly #opaqueVersions = new Map<number, string>();
  #references = new Uint32Array(64);
  readonly #free: number[] = [];
  /** True once an object had unknown fields. From then on the cache reads every object whole, so that it notices all such fields. */
  #hasUnknown = false;
  #listeners: ((slot: number) => void)[] = [];

  constructor(options: VersionsOptions) {
    this.#options = options;
    this.#slabs = new Slabs(options);
    this.#hydration = new Hydration(options);
  }

  /** Bytes of all versions that are alive. */
  get liveBytes(): number {
    return this.#slabs.liveBytes;
  }

  /** Bytes of memory outside the heap. */
  get allocatedBytes(): number {
    return this.#slabs.allocatedBytes;
  }

  /** The number of live versions, including those that only queues hold. */
  get count(): number {
    return this.#keys.length - this.#free.length;
  }

  /** The number of hydrated objects. */
  get hydrated(): number {
    return this.#hydration.count;
  }

  /** Calls `listener` whenever a slot falls free, before it can stand for something else. */
  onFree(listener: (slot: number) => void): void {
    this.#listeners.push(listener);
  }

  /** Keeps the object that `head` points at, and retains it once for the caller. */
  add(head: ObjectHead, key: string): number {
    const slot = this.#free.pop() ?? this.#keys.length;
    this.#keys[slot] = key;
    if (slot >= this.#references.length) {
      const larger = new Uint32Array(this.#references.length * 2);
      larger.set(this.#references);
      this.#references = larger;
      const codecs = new Uint8Array(larger.length);
      codecs.set(this.#codecOf);
      this.#codecOf = codecs;
      const revisions = new Float64Array(larger.length);
      revisions.set(this.#revisions);
      this.#revisions = revisions;
    }
    this.#codecOf[slot] = this.#numberOf(head.codec);
    this.#references[slot] = 1;
    const { revision } = head;
    this.#revisions[slot] = revision;
    if (revision === -1) this.#opaqueVersions.set(slot, head.resourceVersion);
    const at = this.#slabs.reserve(slot, head.storedLength);
    head.copyTo(this.#slabs.target, at);
    return slot;
  }

  /** Keeps the version alive until it is released once more. */
  retain(slot: number): void {
    this.#references[slot] = (this.#references[slot] ?? 0) + 1;
  }

  /** Lets go of the version; when nobody holds it any more, its bytes are freed. */
  release(slot: number): void {
    const left = (this.#references[slot] ?? 1) - 1;
    this.#references[slot] = left;
    if (left > 0) return;
    for (const listener of this.#listeners) listener(slot);
    this.#slabs.free(slot);
    this.#hydration.forget(slot);
    this.#keys[slot] = '';
    if (this.#revisions[slot] === -1) this.#opaqueVersions.delete(slot);
    this.#revisions[slot] = -1;
    this.#free.push(slot);
  }

  /** `namespace/name`, or `name` of objects without a namespace. */
  key(slot: number): string {
    return this.#keys[slot] ?? '';
  }

  /** The resourceVersion of this version. */
  resourceVersion(slot: number): string {
    const revision = this.#revisions[slot] ?? -1;
    return revision === -1 ? (this.#opaqueVersions.get(slot) ?? '') : String(revision);
  }

  /** Reports whether `head` is the stored version, by its resourceVersion. An object without a resourceVersion never matches. */
  isSame(slot: number, head: ObjectHead): boolean {
    const { revision } = head;
    if (revision !== -1) return this.#revisions[slot] === revision;
    const { resourceVersion } = head;
    return resourceVersion !== '' && this.#opaqueVersions.get(slot) === resourceVersion;
  }

  /** Returns the number of stored bytes of a slot. */
  length(slot: number): number {
    return this.#slabs.lengthOf(slot);
  }

  /** The head of the version, good until the next call. */
  head(slot: number): ObjectHead {
    const bytes = this.#slabs.bytes(slot);
    const head = this.#heads[this.#codecOf[slot] ?? 0];
    if (head === undefined) throw new RangeError(`no version is kept in slot ${slot}`);
    head.scanStored(bytes, 0, bytes.length);
    return head;
  }

  /**
   * The object, shared by all who read it. Where `old` is another version of it that stands hydrated, or was hydrated as `oldObject`, what
   * has not changed is shared with that one too. Throws a `MalformedError` when its bytes are not what the encoding promises.
   */
  object(slot: number, old = -1, oldObject = old === -1 ? undefined : this.#hydration.peek(old)): unknown {
    const known = this.#hydration.get(slot);
    if (known !== undefined) return known;
    const bytes = this.#slabs.bytes(slot);
    const codecNumber = this.#codecOf[slot] ?? 0;
    const codec = this.#codecs[codecNumber];
    let object: unknown;
    const unknown = { found: false };
    if (oldObject === undefined || this.#codecOf[old] !== codecNumber || this.#hasUnknown) {
      object = codec?.hydrate(bytes, 0, bytes.length, unknown);
    } else {
      const before = this.#slabs.bytes(old);
      const known = { bytes: before, start: 0, end: before.length, object: oldObject };
      object = codec?.rehydrate(bytes, 0, bytes.length, known, unknown);
    }
    if (unknown.found) {
      this.#hasUnknown = true;
      this.#options.onUnknownFields?.(object);
    }
    object = this.#complete(object);
    this.#hydration.offer(slot, object, bytes.length);
    return object;
  }

  #numberOf(codec: ObjectCodec): number {
    const known = this.#codecs.indexOf(codec);
    if (known !== -1) return known;
    this.#heads.push(codec.head({ managedFields: true }));
    return this.#codecs.push(codec) - 1;
  }

  #complete(object: unknown): unknown {
    if (typeof object === 'object' && object !== null) {
      const { apiVersion, kind } = this.#options;
      const typed: { apiVersion?: unknown; kind?: unknown } = object;
      typed.apiVersion ??= apiVersion;
      typed.kind ??= kind;
    }
    return this.#options.freeze ? deepFreeze(object) : object;
  }
}
