import type { OwnerReference } from '../../meta/index.js';
import { copyBytes, latin1Of } from '../../util/bytes.js';
import { MalformedError } from '../codec.js';
import type { HeadOptions, ObjectCodec, ObjectHead } from '../object-codec.js';
import { revisionOf } from '../revision.js';
import { asBuffer, decodeMessage } from './decode.js';
import { encodeMessage } from './encode.js';
import { isEnvelope, openEnvelope } from './envelope.js';
import type { EnvelopeMatcher } from './envelope-matcher.js';
import { rareTextOf, textOf } from './text.js';
import { Wire, WireReader } from './wire-reader.js';
import { varintLength } from './wire-writer.js';

const metaType = 'apis/meta/v1.ObjectMeta';

/** Fields of ObjectMeta, by number. */
const Field = {
  generation: 7,
  deletionTimestamp: 9,
  labels: 11,
  annotations: 12,
  ownerReferences: 13,
  finalizers: 14,
} as const;

/** Fields of ObjectMeta that a walk stops at, by their tags. */
const Tag = {
  name: (1 << 3) | Wire.Bytes,
  namespace: (3 << 3) | Wire.Bytes,
  uid: (5 << 3) | Wire.Bytes,
  resourceVersion: (6 << 3) | Wire.Bytes,
  managedFields: (17 << 3) | Wire.Bytes,
} as const;
/** In every object metadata is field 1. */
const metadataTag = (1 << 3) | Wire.Bytes;

const keyBytes = Buffer.alloc(512);

/**
 * The head of an object in protobuf. Its fields are found by their lengths, in one walk over the metadata; the rest is passed over.
 * Kept are the bytes of the object's own message, without envelope.
 */
export class ProtobufHead implements ObjectHead {
  readonly #keepManagedFields: boolean;
  readonly #typeName: string;
  readonly #reader = new WireReader();
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** The field `metadata`, from its tag on, and its message. */
  #metaAt = 0;
  #metaStart = 0;
  #metaEnd = 0;
  #cutStart = 0;
  #cutEnd = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #namespaceStart = 0;
  #namespaceEnd = 0;
  #uidStart = 0;
  #uidEnd = 0;
  #versionStart = 0;
  #versionEnd = 0;
  /** Read once: it is asked for more than once. */
  #version: string | undefined;
  /** The last field that `#field` read. */
  #tag = 0;
  #from = 0;

  /** `typeName` is the type of objects that come without saying so: items of lists, and those stored. */
  constructor(
    readonly codec: ObjectCodec,
    typeName: string,
    private readonly envelope: EnvelopeMatcher,
    options: HeadOptions = {},
  ) {
    this.#typeName = typeName;
    this.#keepManagedFields = options.managedFields ?? false;
  }

  scan(bytes: Uint8Array, start: number, end: number): void {
    const b = asBuffer(bytes);
    const { envelope } = this;
    if (envelope.opens(b, start, end)) {
      this.#walk(b, envelope.start, envelope.end, start);
      return;
    }
    this.#reader.reset(b, start);
    if (!isEnvelope(b, start, end)) {
      this.#walk(b, start, end, start);
      return;
    }
    const opened = openEnvelope(this.#reader, end);
    if (!envelope.isFor(opened))
      throw this.#reader.fault(`${opened.kind || 'something'} where another kind was asked for`, start);
    this.#walk(b, opened.start, opened.end, start);
  }

  scanStored(bytes: Uint8Array, start: number, end: number): void {
    this.#walk(asBuffer(bytes), start, end, start);
  }

  /** Offsets of errors count from `base`. */
  #walk(b: Buffer, start: number, end: number, base: number): void {
    this.#bytes = b;
    this.#start = start;
    this.#end = end;
    this.#metaAt = this.#metaStart = this.#metaEnd = start;
    this.#cutStart = this.#cutEnd = 0;
    this.#nameStart = this.#nameEnd = this.#namespaceStart = this.#namespaceEnd = 0;
    this.#uidStart = this.#uidEnd = this.#versionStart = this.#versionEnd = 0;
    this.#version = undefined;
    let seen = false;
    let once = true;
    for (let at = start; at < end; ) {
      const stop = this.#field(b, at, end, base);
      if (this.#tag === metadataTag) {
        if (seen) once = false;
        seen = true;
        this.#metaAt = at;
        this.#metaStart = this.#from;
        this.#metaEnd = stop;
        if (!this.#walkMetadata(b, this.#from, stop, base)) once = false;
      }
      at = stop;
    }
    // No API server writes such objects; decoding says what they mean.
    if (!once) this.#normalise(start, end);
  }

  /** Reads a tag and, where one follows, a length: `#tag`, `#from`, where the value begins, and as the result where it ends. */
  #field(b: Buffer, at: number, end: number, base: number): number {
    // Nearly every field has a number below 16, or is managedFields, and is shorter than 16 KiB.
    const first = b[at] ?? 0;
    // The tag of managedFields takes two bytes, the first of which begins the tags of others too.
    const isManaged = first === ((Tag.managedFields & 0x7f) | 0x80) && b[at + 1] === Tag.managedFields >>> 7;
    const tag = isManaged ? Tag.managedFields : first;
    let from = isManaged ? at + 3 : at + 2;
    if (isManaged || ((first & 0x87) === Wire.Bytes && first > 7)) {
      let length = b[from - 1] ?? 0;
      if (length >= 0x80) {
        const high = b[from++] ?? 0x80;
        length = high < 0x80 ? (length & 0x7f) | (high << 7) : end;
      }
      if (from + length <= end) {
        this.#tag = tag;
        this.#from = from;
        return from + length;
      }
    }
    const r = this.#reader;
    r.reset(b, base);
    r.at = at;
    this.#tag = r.tag(end);
    if ((this.#tag & 7) === Wire.Bytes) {
      const stop = r.length(end);
      this.#from = r.at;
      return stop;
    }
    r.skip(this.#tag, end);
    this.#from = r.at;
    return r.at;
  }

  /** False where byte ranges cannot say what is there. */
  #walkMetadata(b: Buffer, start: number, end: number, base: number): boolean {
    let inOrder = true;
    for (let at = start; at < end; ) {
      const stop = this.#field(b, at, end, base);
      switch (this.#tag) {
        case Tag.name:
          this.#nameStart = this.#from;
          this.#nameEnd = stop;
          break;
        case Tag.namespace:
          this.#namespaceStart = this.#from;
          this.#namespaceEnd = stop;
          break;
        case Tag.uid:
          this.#uidStart = this.#from;
          this.#uidEnd = stop;
          break;
        case Tag.resourceVersion:
          this.#versionStart = this.#from;
          this.#versionEnd = stop;
          break;
        case Tag.managedFields:
          if (this.#cutEnd === 0) this.#cutStart = at;
          else if (this.#cutEnd !== at) inOrder = false;
          this.#cutEnd = stop;
          break;
      }
      at = stop;
    }
    return inOrder;
  }

  #normalise(start: number, end: number): void {
    const plain = asBuffer(encodeMessage(decodeMessage(this.#bytes, start, end, this.#typeName), this.#typeName));
    this.#walk(plain, 0, plain.length, 0);
  }

  get #cutLength(): number {
    return this.#keepManagedFields ? 0 : this.#cutEnd - this.#cutStart;
  }

  get storedLength(): number {
    const cut = this.#cutLength;
    if (cut === 0) return this.#end - this.#start;
    const meta = this.#metaEnd - this.#metaStart - cut;
    return this.#end - this.#start - (this.#metaEnd - this.#metaAt) + 1 + varintLength(meta) + meta;
  }

  copyTo(target: Uint8Array, at: number): number {
    const length = this.storedLength;
    if (at < 0 || at + length > target.length)
      throw new RangeError(`${length} bytes do not fit at ${at} of ${target.length}`);
    const b = this.#bytes;
    const into = asBuffer(target);
    const cut = this.#cutLength;
    if (cut === 0) {
      copyBytes(b, this.#start, this.#end, into, at);
      return length;
    }
    let to = copyBytes(b, this.#start, this.#metaAt, into, at);
    into[to++] = metadataTag;
    let meta = this.#metaEnd - this.#metaStart - cut;
    for (; meta >= 0x80; meta >>>= 7) into[to++] = (meta & 0x7f) | 0x80;
    into[to++] = meta;
    to = copyBytes(b, this.#metaStart, this.#cutStart, into, to);
    to = copyBytes(b, this.#cutEnd, this.#metaEnd, into, to);
    copyBytes(b, this.#metaEnd, this.#end, into, to);
    return length;
  }

  get key(): string {
    const b = this.#bytes;
    const namespaceLength = this.#namespaceEnd - this.#namespaceStart;
    if (namespaceLength + 1 + this.#nameEnd - this.#nameStart <= keyBytes.length) {
      let bits = 0;
      let at = 0;
      for (let i = this.#namespaceStart; i < this.#namespaceEnd; i++) bits |= keyBytes[at++] = b[i] ?? 0;
      if (at > 0) keyBytes[at++] = 0x2f;
      for (let i = this.#nameStart; i < this.#nameEnd; i++) bits |= keyBytes[at++] = b[i] ?? 0;
      // One flat text: joined ones would be copied once more by the map they are kept in.
      if (bits < 0x80) return latin1Of(keyBytes, 0, at);
    }
    return namespaceLength === 0 ? this.name : `${this.namespace}/${this.name}`;
  }

  get hasName(): boolean {
    return this.#nameEnd > this.#nameStart;
  }

  get namespace(): string {
    return textOf(this.#bytes, this.#namespaceStart, this.#namespaceEnd);
  }

  get name(): string {
    return textOf(this.#bytes, this.#nameStart, this.#nameEnd);
  }

  get uid(): string {
    return textOf(this.#bytes, this.#uidStart, this.#uidEnd);
  }

  get resourceVersion(): string {
    this.#version ??= rareTextOf(this.#bytes, this.#versionStart, this.#versionEnd);
    return this.#version;
  }

  get revision(): number {
    return revisionOf(this.#bytes, this.#versionStart, this.#versionEnd);
  }

  get generation(): number | undefined {
    let found: number | undefined;
    this.#each(Field.generation, Wire.Varint, (r, end) => {
      found = r.int64(end);
    });
    return found === 0 ? undefined : found;
  }

  get deletionTimestamp(): string {
    const { deletionTimestamp } = this.#part(Field.deletionTimestamp);
    return typeof deletionTimestamp === 'string' ? deletionTimestamp : '';
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#map(Field.labels);
  }

  get annotations(): Readonly<Record<string, string>> {
    return this.#map(Field.annotations);
  }

  get ownerReferences(): readonly OwnerReference[] {
    const { ownerReferences } = this.#part(Field.ownerReferences);
    return Array.isArray(ownerReferences) ? ownerReferences : [];
  }

  get finalizers(): readonly string[] {
    const found: string[] = [];
    this.#each(Field.finalizers, Wire.Bytes, (r, end) => found.push(r.text(end)));
    return found;
  }

  label(key: string): string | undefined {
    return this.#entry(Field.labels, key);
  }

  annotation(key: string): string | undefined {
    return this.#entry(Field.annotations, key);
  }

  #map(number: number): Readonly<Record<string, string>> {
    const map: Record<string, string> = Object.create(null);
    this.#each(number, Wire.Bytes, (r, end) => {
      const [key, value] = readEntry(r, r.length(end));
      map[key] = value;
    });
    return map;
  }

  #entry(number: number, wanted: string): string | undefined {
    let found: string | undefined;
    this.#each(number, Wire.Bytes, (r, end) => {
      const [key, value] = readEntry(r, r.length(end));
      if (key === wanted) found = value;
    });
    return found;
  }

  /** The metadata that the occurrences of one field make. */
  #part(number: number): Record<string, unknown> {
    const parts: Uint8Array[] = [];
    const r = this.#reader;
    r.reset(this.#bytes, this.#start);
    r.at = this.#metaStart;
    while (r.at < this.#metaEnd) {
      const at = r.at;
      const tag = r.tag(this.#metaEnd);
      r.skip(tag, this.#metaEnd);
      if (tag >>> 3 === number) parts.push(this.#bytes.subarray(at, r.at));
    }
    if (parts.length === 0) return {};
    const message = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    return decodeMessage(message, 0, message.length, metaType) as Record<string, unknown>;
  }

  /** Stands at the value of each occurrence of a field of the metadata; `take` reads it. */
  #each(number: number, wire: number, take: (r: WireReader, end: number) => void): void {
    const r = this.#reader;
    const end = this.#metaEnd;
    r.reset(this.#bytes, this.#start);
    r.at = this.#metaStart;
    while (r.at < end) {
      const tag = r.tag(end);
      if (tag !== ((number << 3) | wire)) r.skip(tag, end);
      else take(r, end);
    }
  }
}

function readEntry(r: WireReader, end: number): [key: string, value: string] {
  let key = '';
  let value = '';
  while (r.at < end) {
    const tag = r.tag(end);
    if (tag === 0x0a) key = r.text(end);
    else if (tag === 0x12) value = r.text(end);
    else r.skip(tag, end);
  }
  return [key, value];
}

/** Makes the offset of a `MalformedError` count from elsewhere. Other errors are left alone. */
export function shifted(error: unknown, by: number): unknown {
  return error instanceof MalformedError ? new MalformedError(error.message, error.offset + by) : error;
}
