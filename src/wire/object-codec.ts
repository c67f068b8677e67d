import type { OwnerReference } from '../meta/index.js';
import type { UnknownFields } from './codec.js';

/**
 * An encoding as the cache uses it. The codec splits frames off a stream and reads an object's head without decoding the rest. It copies
 * the object without its `managedFields`. The object becomes a JavaScript object only when somebody reads it. Layers above this one do
 * not know the encoding.
 *
 * Positions are byte offsets into the array they came with. Nothing here keeps a reference to bytes beyond the call, except
 * an `ObjectHead`, which reads the bytes of its last `scan` until the next one.
 */
export interface ObjectCodec {
  readonly encoding: 'json' | 'protobuf';
  /** A fresh splitter for the body of one watch. */
  frames(limits?: SplitterLimits): FrameRanges;
  /** A fresh splitter for the body of one LIST page. */
  listItems(limits?: SplitterLimits): ListRanges;
  /**
   * Reads the frame at `[start, end)` and points `head` at its object, in one pass over the bytes.
   * Throws `MalformedError`; its offset counts from `start`. An event of type ERROR carries a `Status`: `hydrate` its object.
   */
  scanFrame(bytes: Uint8Array, start: number, end: number, out: FrameScan, head: ObjectHead): void;
  /** A fresh, empty head. One is enough for a whole stream. */
  head(options?: HeadOptions): ObjectHead;
  /**
   * The object at `[start, end)` as plain data: a frame's object, a list's item or what `ObjectHead.copyTo` wrote.
   * Items of lists of built-in kinds come without `apiVersion` and `kind`. Throws `MalformedError`.
   */
  hydrate(bytes: Uint8Array, start: number, end: number, unknown?: UnknownFields): unknown;
  /**
   * As `hydrate`, where another version of the object stands hydrated already: parts that are the same in both may be those of the other
   * version instead of being made anew. Nobody may write to either, then.
   */
  rehydrate(bytes: Uint8Array, start: number, end: number, known: KnownObject, unknown?: UnknownFields): unknown;
  /** An object in the form `copyTo` writes, for a store that changes objects before it keeps them. */
  encode(value: unknown): Uint8Array;
}

/** A version of an object: its bytes, and what `hydrate` or `rehydrate` made of them. */
export interface KnownObject {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly object: unknown;
}

/** The types of watch frames, as small integers for fast switches. */
export const FrameType = { Unknown: 0, Added: 1, Modified: 2, Deleted: 3, Bookmark: 4, Error: 5 } as const;

/** One of the values of `FrameType`. */
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** The result of `scanFrame`: made once and filled again for each frame. */
export class FrameScan {
  /** `Unknown` for a type no version of the API has. */
  type: FrameType = FrameType.Unknown;
  /** Where the object's bytes begin. */
  objectStart = 0;
  /** Where they end, exclusive. */
  objectEnd = 0;
  /** Of a bookmark: up to which resourceVersion the watch has delivered everything. Empty for other frames. */
  resourceVersion = '';
  /** Of a bookmark: true for the one that ends the initial state (annotation `k8s.io/initial-events-end`, KEP-3157). */
  initialEventsEnd = false;
}

/** Receives `[start, end)` of `bytes`. The bytes are valid only during the call. Must not throw. */
export type RangeHandler = (bytes: Uint8Array, start: number, end: number) => void;

/** Bounds on what a splitter holds. */
export interface SplitterLimits {
  /** The largest frame or item, in bytes; a larger one is a `MalformedError`. Default 64 MiB (etcd takes 1.5 MiB). */
  maxBytes?: number | undefined;
}

/** Cuts the body of a watch into frames, whatever the chunk boundaries. */
export interface FrameRanges {
  /** Calls `onFrame` for each frame that `chunk` completes. Throws `MalformedError`, after which it is of no more use. */
  push(chunk: Uint8Array, onFrame: RangeHandler): void;
  /** Bytes that arrived after the last whole frame: more than 0 at the end of the body means a torn frame. */
  readonly pending: number;
  /** Bytes of the stream up to the end of the last whole frame. */
  readonly offset: number;
}

/** Cuts the body of a LIST into items, whatever the chunk boundaries; no page is ever held as a whole. */
export interface ListRanges {
  /** Calls `onItem` for each item that `chunk` completes. Throws `MalformedError`, after which it is of no more use. */
  push(chunk: Uint8Array, onItem: RangeHandler): void;
  /** To be called at the end of the body. Throws `MalformedError` when the list was not complete. */
  end(): ListScan;
}

/** The metadata of a list. Absent fields are empty. */
export interface ListScan {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resourceVersion: string;
  /** Not empty while more pages follow. */
  readonly continue: string;
  readonly remainingItemCount: number | undefined;
  readonly items: number;
}

/** The options of a head. */
export interface HeadOptions {
  /** If true, `copyTo` keeps `metadata.managedFields`. Default false. */
  managedFields?: boolean | undefined;
}

/**
 * The fields of an object that a cache needs, read from its bytes. `scan` and `scanFrame` point one head at object after object.
 * The head makes strings and maps only when they are read, and anew at every read. A field that is absent, null or of another type
 * reads as '' (strings), undefined or empty.
 *
 * A scan looks only at the parts that it needs. It is right for every valid document, and may overlook errors in an invalid one;
 * `hydrate` finds those.
 */
export interface ObjectHead {
  /** The codec whose objects it reads, and in whose form `copyTo` writes. */
  readonly codec: ObjectCodec;
  /** Points the head at the object at `[start, end)`. Throws `MalformedError`; its offset counts from `start`. */
  scan(bytes: Uint8Array, start: number, end: number): void;
  /** The same for bytes that `copyTo` or `encode` wrote: cheaper, as there is less to be suspicious of. */
  scanStored(bytes: Uint8Array, start: number, end: number): void;
  /** The number of bytes that `copyTo` writes. */
  readonly storedLength: number;
  /** Copies the object without `managedFields` to `target` at `at`, where `storedLength` bytes must be free; returns that number. */
  copyTo(target: Uint8Array, at: number): number;

  /** `namespace/name`, or `name` without a namespace. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** True if `name` is not empty. Does not read the name. */
  readonly hasName: boolean;
  readonly uid: string;
  readonly resourceVersion: string;
  /**
   * The resourceVersion as a number where it is written as `String` writes one of up to 15 digits, as all of etcd's are for a long time;
   * -1 of any other. Makes no text.
   */
  readonly revision: number;
  readonly generation: number | undefined;
  readonly deletionTimestamp: string;
  /** Maps have no prototype, so any key is harmless. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  /** One label, without making the map of all; undefined where there is none. */
  label(key: string): string | undefined;
  /** One annotation, without making the map of all; undefined where there is none. */
  annotation(key: string): string | undefined;
}
