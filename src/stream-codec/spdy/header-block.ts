import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { spdyDictionary } from './dictionary.js';
import { SpdyError } from './spdy-error.js';

/** The headers of a stream: lower-case names, each with its values. */
export type SpdyHeaders = ReadonlyMap<string, readonly string[]>;

/** The zlib window: what either side may refer back to. */
const WINDOW = 32 * 1024;

/** The longest header block after decompression. */
const MOST_IN_BLOCK = 256 * 1024;

/** CMF and FLG of zlib with a preset dictionary, and the checksum of the SPDY dictionary. */
const ZLIB_HEAD = Buffer.from([0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2]);

/*
 * All header blocks of one direction are one zlib stream, and each block ends with a sync flush, at a whole byte. So each block is a
 * piece of raw deflate whose dictionary is the last 32 KiB of what came before. That makes both directions synchronous and bounded.
 */

/** Compresses the header blocks that one side sends, in their order. */
export class HeaderDeflater {
  #window: Buffer = spdyDictionary();
  #began = false;

  /** Encodes and compresses one header block. */
  encode(headers: SpdyHeaders): Buffer {
    const plain = encodeBlock(headers);
    const packed = deflateRawSync(plain, { dictionary: this.#window, finishFlush: constants.Z_SYNC_FLUSH });
    this.#window = lastOf(this.#window, plain);
    if (this.#began) return packed;
    this.#began = true;
    return Buffer.concat([ZLIB_HEAD, packed]);
  }
}

/** Decompresses the header blocks that one side receives, in their order. */
export class HeaderInflater {
  #window: Buffer | undefined;

  /** Decompresses and decodes one header block. Throws a `SpdyError` when it is malformed or too long. */
  decode(block: Uint8Array): SpdyHeaders {
    const first = this.#window === undefined;
    const window = this.#window ?? windowFor(block);
    const packed = first ? block.subarray(window.length === 0 ? 2 : 6) : block;
    let plain: Buffer;
    try {
      plain = inflateRawSync(packed, {
        ...(window.length === 0 ? {} : { dictionary: window }),
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: MOST_IN_BLOCK,
      });
    } catch {
      throw new SpdyError('the peer sent headers that cannot be decompressed');
    }
    this.#window = lastOf(window, plain);
    return decodeBlock(plain);
  }
}

/** Reads the zlib head of a direction's first block: with the dictionary, or without one. */
function windowFor(block: Uint8Array): Buffer {
  const [cmf = 0, flags = 0] = block;
  if ((cmf & 0x0f) !== 8 || ((cmf << 8) | flags) % 31 !== 0) throw new SpdyError('the peer sent headers without zlib');
  return (flags & 0x20) === 0 ? Buffer.alloc(0) : spdyDictionary();
}

function lastOf(before: Buffer, plain: Buffer): Buffer {
  const all = Buffer.concat([before, plain]);
  return all.length > WINDOW ? Buffer.from(all.subarray(all.length - WINDOW)) : all;
}

function encodeBlock(headers: SpdyHeaders): Buffer {
  const parts: Buffer[] = [word(headers.size)];
  for (const [name, values] of headers) {
    for (const text of [name.toLowerCase(), values.join('\0')]) {
      const bytes = Buffer.from(text, 'utf8');
      parts.push(word(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

function decodeBlock(plain: Buffer): SpdyHeaders {
  let at = 0;
  const take = (length: number): Buffer => {
    if (length > plain.length - at) throw new SpdyError('the peer sent headers that are cut short');
    at += length;
    return plain.subarray(at - length, at);
  };
  const text = () => take(take(4).readUInt32BE(0)).toString('utf8');
  const headers = new Map<string, readonly string[]>();
  for (let left = take(4).readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), ...text().split('\0')]);
  }
  return headers;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
