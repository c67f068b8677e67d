import { Buffer } from 'node:buffer';

/** A field to write: a number or boolean as a varint, text and bytes as they are. Zero and undefined are left out. */
export type FieldValue = number | bigint | boolean | string | Uint8Array | undefined;

/** Returns a protobuf message with these fields, by number. A field may occur several times. */
export function message(...fields: readonly (readonly [number: number, value: FieldValue])[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (value === undefined || value === 0 || value === 0n || value === false || value === '') continue;
    if (typeof value === 'string' || typeof value === 'object') {
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      parts.push(varint((number << 3) | 2), varint(bytes.length), bytes);
    } else {
      parts.push(varint(number << 3), varint(typeof value === 'boolean' ? 1 : value));
    }
  }
  return Buffer.concat(parts);
}

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** The fields of a protobuf message. */
export class Fields {
  readonly #values = new Map<number, (bigint | Buffer)[]>();

  /** Reads a message. Throws a RangeError for bytes that are not one. */
  constructor(bytes: Uint8Array) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    const next = (): bigint => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = buffer.readUInt8(at++);
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
        if (shift > 63n) throw new RangeError('a number of the message is too long');
      }
    };
    while (at < buffer.length) {
      const tag = Number(next());
      const values = this.#values.get(tag >> 3) ?? [];
      this.#values.set(tag >> 3, values);
      if ((tag & 7) === 0) values.push(next());
      else if ((tag & 7) === 2) {
        const length = Number(next());
        if (at + length > buffer.length) throw new RangeError('a field of the message is too long');
        values.push(buffer.subarray(at, at + length));
        at += length;
      } else throw new RangeError('the message has a field of a type that etcd does not use');
    }
  }

  /** Returns a number, 0 if it is absent. Revisions and counts are safe integers. */
  number(field: number): number {
    return Number(BigInt.asIntN(64, this.big(field)));
  }

  /** Returns a number of 64 bits, 0 if it is absent. */
  big(field: number): bigint {
    const value = this.#values.get(field)?.at(-1);
    return typeof value === 'bigint' ? value : 0n;
  }

  /** Returns bytes, none if they are absent. */
  bytes(field: number): Buffer {
    return this.all(field).at(-1) ?? Buffer.alloc(0);
  }

  text(field: number): string {
    return this.bytes(field).toString();
  }

  /** Returns a nested message, without fields if it is absent. */
  nested(field: number): Fields {
    return new Fields(this.bytes(field));
  }

  /** Returns all values of a repeated field. */
  all(field: number): Buffer[] {
    return (this.#values.get(field) ?? []).filter((value) => Buffer.isBuffer(value));
  }
}
