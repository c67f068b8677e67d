import type { OwnerReference } from '../meta/index.js';
import { copyBytes, latin1Of, utf8Of } from '../util/bytes.js';
import { MalformedError } from './codec.js';
import { internedText, JsonCursor, managedFieldsEnd, skipSpace, text } from './json-scanner.js';
import type { HeadOptions, ObjectCodec, ObjectHead } from './object-codec.js';
import { revisionOf } from './revision.js';

const word = (name: string) => Buffer.from(name, 'latin1');
const metadataKey = word('metadata');
const topLevelKeys = [metadataKey];

/** The known fields of metadata, in the order in which API servers write them. */
const Field = {
  name: 0,
  generateName: 1,
  namespace: 2,
  uid: 3,
  resourceVersion: 4,
  generation: 5,
  creationTimestamp: 6,
  deletionTimestamp: 7,
  deletionGracePeriodSeconds: 8,
  labels: 9,
  annotations: 10,
  ownerReferences: 11,
  finalizers: 12,
  managedFields: 13,
} as const;
const metadataKeys = Object.keys(Field).map(word);

/** The head of an object written in JSON: byte ranges, found in one pass over the document. */
export class JsonHead implements ObjectHead {
  readonly #keepManagedFields: boolean;
  readonly #cursor = new JsonCursor();
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  // The content of strings, between the quotes; 0 to 0 where there is none.
  #nameStart = 0;
  #nameEnd = 0;
  #namespaceStart = 0;
  #namespaceEnd = 0;
  #uidStart = 0;
  #uidEnd = 0;
  #resourceVersionStart = 0;
  #resourceVersionEnd = 0;
  #deletionTimestampStart = 0;
  #deletionTimestampEnd = 0;
  // Whole values.
  #generationStart = 0;
  #generationEnd = 0;
  #labelsStart = 0;
  #labelsEnd = 0;
  #annotationsStart = 0;
  #annotationsEnd = 0;
  #ownersStart = 0;
  #ownersEnd = 0;
  #finalizersStart = 0;
  #finalizersEnd = 0;
  /** The part that `copyTo` leaves out: managedFields and one comma. */
  #cutStart = 0;
  #cutEnd = 0;
  /** A key that must not be there twice is: only the last counts, and byte ranges cannot say that. */
  #twice = false;

  constructor(
    readonly codec: ObjectCodec,
    options: HeadOptions = {},
  ) {
    this.#keepManagedFields = options.managedFields ?? false;
  }

  scan(bytes: Uint8Array, start: number, end: number): void {
    const b = asBuffer(bytes);
    try {
      const after = skipSpace(b, this.scanValue(b, start, end), end);
      if (after < end) throw new MalformedError('something follows the object', after);
    } catch (error) {
      throw relativeTo(start, error);
    }
  }

  scanStored(bytes: Uint8Array, start: number, end: number): void {
    try {
      this.#walk(asBuffer(bytes), start, end, true);
      this.#end = end;
    } catch (error) {
      throw relativeTo(start, error);
    }
  }

  /**
   * `scan` of the object that begins at `start`, wherever it ends before `end`: returns where. Offsets of errors count from 0.
   * @internal
   */
  scanValue(b: Buffer, start: number, end: number): number {
    this.#walk(b, start, end, false);
    const after = this.#end;
    if (this.#twice) this.#normalise(b, start, after);
    return after;
  }

  #walk(b: Buffer, start: number, end: number, stored: boolean): void {
    this.#clear();
    this.#bytes = b;
    const cursor = this.#cursor;
    cursor.reset(b, start, end);
    this.#start = cursor.at;
    cursor.enter('the object');
    let seen = false;
    for (let first = true; cursor.next(first); first = false) {
      if (cursor.keyIn(topLevelKeys) !== 0) {
        cursor.skip();
        continue;
      }
      if (seen) this.#twice = true;
      seen = true;
      if (b[cursor.at] === 0x7b) this.#walkMetadata(b, cursor);
      else cursor.skip();
      if (stored) return;
    }
    this.#end = cursor.at;
  }

  #walkMetadata(b: Buffer, cursor: JsonCursor): void {
    cursor.enter('metadata');
    const end = cursor.end;
    let guess = 0;
    for (let first = true; cursor.next(first); first = false) {
      const key = cursor.keyIn(metadataKeys, guess);
      guess = key + 1;
      const at = cursor.at;
      if (key === Field.managedFields) {
        const memberStart = cursor.memberStart;
        cursor.at = managedFieldsEnd(b, at, end);
        if (this.#cutEnd !== 0) this.#twice = true;
        this.#cutStart = memberStart;
        this.#cutEnd = cursor.at;
        if (first) {
          const after = skipSpace(b, cursor.at, end);
          if (b[after] === 0x2c) this.#cutEnd = after + 1;
        }
        continue;
      }
      cursor.skipShort();
      const after = cursor.at;
      if (key === -1) continue;
      const isText = b[at] === 0x22;
      const textStart = isText ? at + 1 : 0;
      const textEnd = isText ? after - 1 : 0;
      switch (key) {
        case Field.name:
          this.#nameStart = textStart;
          this.#nameEnd = textEnd;
          break;
        case Field.namespace:
          this.#namespaceStart = textStart;
          this.#namespaceEnd = textEnd;
          break;
        case Field.uid:
          this.#uidStart = textStart;
          this.#uidEnd = textEnd;
          break;
        case Field.resourceVersion:
          this.#resourceVersionStart = textStart;
          this.#resourceVersionEnd = textEnd;
          break;
        case Field.generation:
          this.#generationStart = at;
          this.#generationEnd = after;
          break;
        case Field.labels:
          this.#labelsStart = at;
          this.#labelsEnd = after;
          break;
        case Field.annotations:
          this.#annotationsStart = at;
          this.#annotationsEnd = after;
          break;
        case Field.ownerReferences:
          this.#ownersStart = at;
          this.#ownersEnd = after;
          break;
        case Field.finalizers:
          this.#finalizersStart = at;
          this.#finalizersEnd = after;
          break;
        case Field.deletionTimestamp:
          this.#deletionTimestampStart = textStart;
          this.#deletionTimestampEnd = textEnd;
          break;
      }
    }
  }

  #clear(): void {
    this.#nameStart = this.#nameEnd = 0;
    this.#namespaceStart = this.#namespaceEnd = 0;
    this.#uidStart = this.#uidEnd = 0;
    this.#resourceVersionStart = this.#resourceVersionEnd = 0;
    this.#deletionTimestampStart = this.#deletionTimestampEnd = 0;
    this.#generationStart = this.#generationEnd = 0;
    this.#labelsStart = this.#labelsEnd = 0;
    this.#annotationsStart = this.#annotationsEnd = 0;
    this.#ownersStart = this.#ownersEnd = 0;
    this.#finalizersStart = this.#finalizersEnd = 0;
    this.#cutStart = this.#cutEnd = 0;
    this.#twice = false;
  }

  /** For documents no API server writes: `JSON.parse` says what repeated keys mean, and its answer is scanned instead. */
  #normalise(b: Buffer, start: number, end: number): void {
    let bytes: Buffer;
    try {
      bytes = Buffer.from(JSON.stringify(JSON.parse(b.toString('utf8', start, end))));
    } catch {
      throw new MalformedError('an object with repeated keys is malformed, or nests too deep', start);
    }
    this.#walk(bytes, 0, bytes.length, false);
  }

  get storedLength(): number {
    return this.#end - this.#start - (this.#keepManagedFields ? 0 : this.#cutEnd - this.#cutStart);
  }

  copyTo(target: Uint8Array, at: number): number {
    const length = this.storedLength;
    if (at < 0 || at + length > target.length)
      throw new RangeError(`${length} bytes do not fit at ${at} of ${target.length}`);
    const to = asBuffer(target);
    if (this.#cutEnd === 0 || this.#keepManagedFields) {
      copyBytes(this.#bytes, this.#start, this.#end, to, at);
    } else {
      copyBytes(this.#bytes, this.#start, this.#cutStart, to, at);
      copyBytes(this.#bytes, this.#cutEnd, this.#end, to, at + this.#cutStart - this.#start);
    }
    return length;
  }

  get key(): string {
    if (this.#namespaceEnd === this.#namespaceStart) return this.name;
    // Put together as bytes: of two strings joined another would have to be made as soon as it is looked up.
    const slash = put(this.#bytes, this.#namespaceStart, this.#namespaceEnd, 0);
    if (slash !== -1) keyBytes[slash] = 0x2f;
    const length = slash === -1 ? -1 : put(this.#bytes, this.#nameStart, this.#nameEnd, slash + 1);
    return length === -1 ? `${this.namespace}/${this.name}` : latin1Of(keyBytes, 0, length);
  }

  get namespace(): string {
    return this.#text(this.#namespaceStart, this.#namespaceEnd, internedText);
  }

  get name(): string {
    return this.#text(this.#nameStart, this.#nameEnd);
  }

  get hasName(): boolean {
    return this.#nameEnd > this.#nameStart;
  }

  get uid(): string {
    return this.#text(this.#uidStart, this.#uidEnd);
  }

  get resourceVersion(): string {
    return this.#text(this.#resourceVersionStart, this.#resourceVersionEnd);
  }

  get revision(): number {
    return revisionOf(this.#bytes, this.#resourceVersionStart, this.#resourceVersionEnd);
  }

  get deletionTimestamp(): string {
    return this.#text(this.#deletionTimestampStart, this.#deletionTimestampEnd);
  }

  get generation(): number | undefined {
    const value = this.#parse(this.#generationStart, this.#generationEnd);
    return typeof value === 'number' ? value : undefined;
  }

  get labels(): Readonly<Record<string, string>> {
    return textMap(this.#parse(this.#labelsStart, this.#labelsEnd));
  }

  get annotations(): Readonly<Record<string, string>> {
    return textMap(this.#parse(this.#annotationsStart, this.#annotationsEnd));
  }

  get ownerReferences(): readonly OwnerReference[] {
    const value = this.#parse(this.#ownersStart, this.#ownersEnd);
    return Array.isArray(value) ? value.filter(isOwnerReference) : [];
  }

  get finalizers(): readonly string[] {
    const value = this.#parse(this.#finalizersStart, this.#finalizersEnd);
    return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
  }

  label(key: string): string | undefined {
    return this.#entry(this.#labelsStart, this.#labelsEnd, key);
  }

  annotation(key: string): string | undefined {
    return this.#entry(this.#annotationsStart, this.#annotationsEnd, key);
  }

  #entry(start: number, end: number, key: string): string | undefined {
    if (start === end || this.#bytes[start] !== 0x7b) return undefined;
    // Such a key is not written as it reads; none is valid anyway.
    if (key.includes('\\')) return textMap(this.#parse(start, end))[key];
    const b = this.#bytes;
    const words = keyWords.get(key);
    const cursor = this.#cursor;
    let found: string | undefined;
    cursor.reset(b, start, end);
    cursor.enter('a map');
    for (let first = true; cursor.next(first); first = false) {
      const at = cursor.at;
      cursor.skip();
      if (cursor.keyIn(words) === 0) found = b[at] === 0x22 ? internedText(b, at + 1, cursor.at - 1) : undefined;
    }
    return found;
  }

  #text(start: number, end: number, read = text): string {
    try {
      return read(this.#bytes, start, end);
    } catch (error) {
      throw relativeTo(this.#start, error);
    }
  }

  #parse(start: number, end: number): unknown {
    if (start === end) return undefined;
    try {
      return JSON.parse(utf8Of(this.#bytes, start, end));
    } catch {
      throw new MalformedError('a field of the metadata is malformed', start - this.#start);
    }
  }
}

const keyBytes = Buffer.alloc(512);

/** Copies plain text to `keyBytes` at `at`; returns where it ends there, -1 where it is not plain, or long. */
function put(b: Buffer, start: number, end: number, at: number): number {
  const shift = at - start;
  if (end + shift >= keyBytes.length) return -1;
  for (let i = start; i < end; i++) {
    const c = b[i] ?? 0;
    if (c === 0x5c || c >= 0x80 || c < 0x20) return -1;
    keyBytes[i + shift] = c;
  }
  return end + shift;
}

/** The bytes of the map keys that are looked up. The last one is at hand: most lookups ask for it. */
class KeyWords {
  readonly #words = new Map<string, readonly [Buffer]>();
  #lastKey = '';
  #lastWords: readonly [Buffer] = [Buffer.alloc(0)];

  get(key: string): readonly [Buffer] {
    if (key === this.#lastKey) return this.#lastWords;
    if (this.#words.size >= 256) this.#words.clear();
    this.#lastKey = key;
    this.#lastWords = this.#words.get(key) ?? [Buffer.from(key)];
    this.#words.set(key, this.#lastWords);
    return this.#lastWords;
  }
}

const keyWords = new KeyWords();

/** The same bytes as a Buffer, whose searches are native. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Makes the offset of a `MalformedError` count from `start`. Other errors are left alone. */
export function relativeTo(start: number, error: unknown): unknown {
  return error instanceof MalformedError ? new MalformedError(error.message, error.offset - start) : error;
}

function textMap(value: unknown): Readonly<Record<string, string>> {
  const map: Record<string, string> = Object.create(null);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return map;
  for (const [key, entry] of Object.entries(value)) if (typeof entry === 'string') map[key] = entry;
  return map;
}

function isOwnerReference(value: unknown): value is OwnerReference {
  if (typeof value !== 'object' || value === null) return false;
  const owner: Record<string, unknown> = { ...value };
  return ['apiVersion', 'kind', 'name', 'uid'].every((field) => typeof owner[field] === 'string');
}
