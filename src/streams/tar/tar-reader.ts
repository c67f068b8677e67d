import { BLOCK, type TarEntry, type TarEntryType, TarError, tarChecksum } from './tar-entry.js';

/** Long names and pax records larger than this are refused. */
const MOST_IN_HEAD = 1024 * 1024;

/** One entry and its content. Read the content before the next entry, or it is skipped. */
export interface ReadEntry extends TarEntry {
  readonly content: AsyncIterable<Buffer>;
}

/**
 * Reads an archive: ustar, pax and GNU long names. Holds one block and, for long names, at most one MiB. Throws a `TarError` for
 * anything malformed, and when the archive is cut short.
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry> {
  const source = new ByteSource(chunks);
  let extended: Partial<Record<'path' | 'linkpath' | 'size' | 'mtime', string>> = {};
  for (;;) {
    const header = await source.exactly(BLOCK);
    if (header.every((byte) => byte === 0)) {
      // Whatever follows the end of the archive is read, so that the sender can finish.
      await source.drain();
      return;
    }
    const size = checkedSize(header);
    const type = String.fromCharCode(header[156] ?? 0);
    if ('xgLK'.includes(type)) {
      if (size > MOST_IN_HEAD) throw new TarError(`the archive has a head of ${size} bytes`);
      const text = await source.exactly(size);
      await source.skip(paddingOf(size));
      if (type === 'L') extended.path = textOf(text);
      else if (type === 'K') extended.linkpath = textOf(text);
      else if (type === 'x') extended = { ...extended, ...paxRecords(text) };
      continue;
    }
    const entry = entryOf(header, type, size, extended);
    extended = {};
    const content = source.content(entry.size);
    yield { ...entry, content };
    for await (const _ of content);
    await source.skip(paddingOf(entry.size));
  }
}

function entryOf(
  header: Buffer,
  type: string,
  size: number,
  extended: Partial<Record<'path' | 'linkpath' | 'size' | 'mtime', string>>,
): TarEntry {
  const isUstar = header.toString('latin1', 257, 262) === 'ustar' && header[262] === 0;
  const prefix = isUstar ? textOf(header.subarray(345, 500)) : '';
  const name = textOf(header.subarray(0, 100));
  const entryType = typeOf(type, extended.path ?? name);
  const paxSize = extended.size === undefined ? size : Number(extended.size);
  if (!Number.isSafeInteger(paxSize) || paxSize < 0) throw new TarError('the archive has an entry of impossible size');
  const mtime = extended.mtime === undefined ? numberAt(header, 136, 12) : Number(extended.mtime);
  return {
    name: extended.path ?? (prefix === '' ? name : `${prefix}/${name}`),
    type: entryType,
    size: entryType === 'directory' || entryType === 'symlink' || entryType === 'link' ? 0 : paxSize,
    mode: numberAt(header, 100, 8) & 0o7777,
    mtime: Number.isFinite(mtime) ? mtime : 0,
    linkName: extended.linkpath ?? textOf(header.subarray(157, 257)),
  };
}

function typeOf(type: string, name: string): TarEntryType {
  if (type === '0' || type === '\0' || type === '7') return name.endsWith('/') ? 'directory' : 'file';
  if (type === '5') return 'directory';
  if (type === '2') return 'symlink';
  return type === '1' ? 'link' : 'other';
}

function checkedSize(header: Buffer): number {
  if (numberAt(header, 148, 8) !== tarChecksum(header)) throw new TarError('this is not a tar archive: wrong checksum');
  const size = numberAt(header, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw new TarError('the archive has an entry of impossible size');
  return size;
}

/** Reads a number in octal digits, or in GNU's base 256. */
function numberAt(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    let value = (field[0] ?? 0) & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return value;
  }
  const text = textOf(field).trim();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || '0', 8) : Number.NaN;
}

function paxRecords(bytes: Buffer): Partial<Record<string, string>> {
  const records: Partial<Record<string, string>> = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    if (!Number.isInteger(length) || length <= space - at || at + length > bytes.length) {
      throw new TarError('the archive has a malformed pax head');
    }
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    const key = record.slice(0, equals);
    if (['path', 'linkpath', 'size', 'mtime'].includes(key)) records[key] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** Takes bytes off a stream of chunks. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async exactly(length: number): Promise<Buffer> {
    if (this.#rest.length >= length) return this.#take(length);
    const parts: Buffer[] = [];
    let left = length;
    while (left > 0) {
      const part = await this.upTo(left);
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Returns the next bytes, at least one. Throws when there are none. */
  async upTo(length: number): Promise<Buffer> {
    while (this.#rest.length === 0) if (!(await this.#more())) throw new TarError('the archive is cut short');
    return this.#take(Math.min(length, this.#rest.length));
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) left -= (await this.upTo(left)).length;
  }

  async drain(): Promise<void> {
    while (await this.#more());
  }

  /** Returns the content of one entry. Iterating it again goes on where it was left. */
  content(size: number): AsyncIterable<Buffer> {
    let left = size;
    const next = async (): Promise<IteratorResult<Buffer>> => {
      if (left === 0) return { done: true, value: undefined };
      const value = await this.upTo(left);
      left -= value.length;
      return { done: false, value };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return true;
  }
}
