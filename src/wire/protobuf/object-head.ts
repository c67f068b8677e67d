import type { OwnerReference } from '../../meta/index.js';
import { MalformedError } from '../codec.js';
import type { HeadOptions, ObjectCodec, ObjectHead } from '../object-codec.js';
import { asBuffer, decodeMessage } from './decode.js';
import { encodeMessage } from './encode.js';
import { isEnvelope, openEnvelope } from './message-plan.js';
import { textOf } from './text.js';
import { Wire, WireReader } from './wire-reader.js';

const metaType = 'apis/meta/v1.ObjectMeta';

/** Fields of ObjectMeta, by number. */
const Field = {
  name: 1,
  namespace: 3,
  uid: 5,
  resourceVersion: 6,
  generation: 7,
  deletionTimestamp: 9,
  labels: 11,
  annotations: 12,
  ownerReferences: 13,
  finalizers: 14,
  managedFields: 17,
} as const;

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

  /** `typeName` is the type of objects that come without saying so: items of lists, and those stored. */
  constructor(
    readonly codec: ObjectCodec,
    typeName: string,
    options: HeadOptions = {},
  ) {
    this.#typeName = typeName;
    this.#keepManagedFields = options.managedFields ?? false;
  }

  scan(bytes: Uint8Array, start: number, end: number): void {
    const b = asBuffer(bytes);
    const r = this.#reader;
    r.reset(b, start);
    if (isEnvelope(b, start, end)) {
      const envelope = openEnvelope(r, end);
      this.#walk(b, envelope.start, envelope.end);
    } else this.#walk(b, start, end);
  }

  scanStored(bytes: Uint8Array, start: number, end: number): void {
    const b = asBuffer(bytes);
    this.#reader.reset(b, start);
    this.#walk(b, start, end);
  }

  #walk(b: Buffer, start: number, end: number): void {
    this.#bytes = b;
    this.#start = start;
    this.#end = end;
    this.#metaAt = this.#metaStart = this.#metaEnd = start;
    this.#cutStart = this.#cutEnd = 0;
    this.#nameStart = this.#nameEnd = this.#namespaceStart = this.#namespaceEnd = 0;
    this.#uidStart = this.#uidEnd = this.#versionStart = this.#versionEnd = 0;
    const r = this.#reader;
    r.at = start;
    let seen = false;
    let once = true;
    while (r.at < end) {
      const at = r.at;
      const tag = r.tag(end);
      if (tag !== 0x0a) {
        r.skip(tag, end);
        continue;
      }
      const stop = r.length(end);
      if (seen) once = false;
      seen = true;
      this.#metaAt = at;
      this.#metaStart = r.at;
      this.#metaEnd = stop;
      if (!this.#walkMetadata(stop)) once = false;
    }
    // No API server writes such objects; decoding says what they mean.
    if (!once) this.#normalise(start, end);
  }

  /** False where byte ranges cannot say what is there. */
  #walkMetadata(end: number): boolean {
    const r = this.#reader;
    let inOrder = true;
    while (r.at < end) {
      const at = r.at;
      const tag = r.tag(end);
      if ((tag & 7) !== Wire.Bytes) {
        r.skip(tag, end);
        continue;
      }
      const stop = r.length(end);
      const start = r.at;
      r.at = stop;
      switch (tag >>> 3) {
        case Field.name:
          this.#nameStart = start;
          this.#nameEnd = stop;
          break;
        case Field.namespace:
          this.#namespaceStart = start;
          this.#namespaceEnd = stop;
          break;
        case Field.uid:
          this.#uidStart = start;
          this.#uidEnd = stop;
          break;
        case Field.resourceVersion:
          this.#versionStart = start;
          this.#versionEnd = stop;
          break;
        case Field.managedFields:
          if (this.#cutEnd === 0) this.#cutStart = at;
          else if (this.#cutEnd !== at) inOrder = false;
          this.#cutEnd = stop;
          break;
      }
    }
    return inOrder;
  }

  #normalise(start: number, end: number): void {
    const plain = asBuffer(encodeMessage(decodeMessage(this.#bytes, start, end, this.#typeName), this.#typeName));
    this.#reader.reset(plain, 0);
    this.#walk(plain, 0, plain.length);
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
    const cut = this.#cutLength;
    if (cut === 0) return b.copy(target, at, this.#start, this.#end);
    let to = at + b.copy(target, at, this.#start, this.#metaAt);
    target[to++] = 0x0a;
    let meta = this.#metaEnd - this.#metaStart - cut;
    for (; meta >= 0x80; meta >>>= 7) target[to++] = (meta & 0x7f) | 0x80;
    target[to++] = meta;
    to += b.copy(target, to, this.#metaStart, this.#cutStart);
    to += b.copy(target, to, this.#cutEnd, this.#metaEnd);
    b.copy(target, to, this.#metaEnd, this.#end);
    return length;
  }

  get key(): string {
    const name = this.name;
    return this.#namespaceEnd === this.#namespaceStart ? name : `${this.namespace}/${name}`;
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
    return textOf(this.#bytes, this.#versionStart, this.#versionEnd);
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

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest >>>= 7) length++;
  return length;
}

/** Makes the offset of a `MalformedError` count from elsewhere. Other errors are left alone. */
export function shifted(error: unknown, by: number): unknown {
  return error instanceof MalformedError ? new MalformedError(error.message, error.offset + by) : error;
}
