/**
 * Machine code of WebAssembly, put together instruction by instruction, as a build has no assembler. Names of instructions are those of the
 * WebAssembly specification.
 */
export type Code = readonly number[];

export const i32Type = 0x7f;
export const i64Type = 0x7e;
export const v128Type = 0x7b;

/** A module of one function, `run`, of so many numbers of 32 bits to another one, and its memory of so many pages. */
export function moduleOf(
  pages: number,
  parameters: number,
  locals: readonly Code[],
  instructions: Code,
): Uint8Array<ArrayBuffer> {
  const signature = [0x60, ...vector(new Array<Code>(parameters).fill([i32Type])), ...vector([[i32Type]])];
  const body = [...vector(locals), ...instructions, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [signature]),
    ...section(3, [[0]]),
    ...section(5, [[0x00, ...leb(pages)]]),
    ...section(7, [
      [...name('memory'), 0x02, 0],
      [...name('run'), 0x00, 0],
    ]),
    ...section(10, [[...leb(body.length), ...body]]),
  ]);
}

const unary =
  (...opcode: Code) =>
  (a: Code): Code => [...a, ...opcode];
const binary =
  (...opcode: Code) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];

export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [...value, 0x21, local];
export const block = (...body: Code[]): Code => [0x02, 0x40, ...body.flat(), 0x0b];
export const loop = (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0b];
export const br = (label: number): Code => [0x0c, label];
export const brIf = (label: number, condition: Code): Code => [...condition, 0x0d, label];
export const ret = (value: Code): Code => [...value, 0x0f];
export const select = (yes: Code, no: Code, condition: Code): Code => [...yes, ...no, ...condition, 0x1b];
export const when = (condition: Code, yes: Code, no: Code = []): Code => [
  ...condition,
  ...[0x04, 0x40],
  ...yes,
  ...(no.length === 0 ? [] : [0x05, ...no]),
  0x0b,
];
export const load = (address: Code, offset: number): Code => [...address, 0xfd, 0x00, 0, ...leb(offset)];
export const store = (address: Code, value: Code): Code => [...address, ...value, 0x36, 2, 0];
export const splat = (byte: number): Code => [0xfd, 0x0c, ...new Array<number>(16).fill(byte)];

export const v128 = { or: binary(0xfd, 0x50), eq: binary(0xfd, 0x23), bitmask: unary(0xfd, 0x64) };
export const i32 = {
  const: (value: number): Code => [0x41, ...signedLeb(value)],
  eqz: unary(0x45),
  gtS: binary(0x4a),
  geU: binary(0x4f),
  or: binary(0x72),
  add: binary(0x6a),
  sub: binary(0x6b),
  wrap: unary(0xa7),
};
export const i64 = {
  const: (value: number): Code => [0x42, ...signedLeb(value)],
  eqz: unary(0x50),
  ne: binary(0x52),
  ctz: unary(0x7a),
  popcnt: unary(0x7b),
  sub: binary(0x7d),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shrS: binary(0x87),
  shrU: binary(0x88),
  not: (a: Code): Code => i64.xor(a, i64.const(-1)),
  /** Unsigned, from 32 bits. */
  extend: unary(0xad),
};

/** A bit for each of 64 bytes, in four vectors from local `vectors` on, that says where `byte` is. */
export function maskOf(vectors: number, byte: number): Code {
  const bitsOf = (k: number) => i64.extend(v128.bitmask(v128.eq(get(vectors + k), splat(byte))));
  const pair = (k: number) => i64.or(bitsOf(k), i64.shl(bitsOf(k + 1), i64.const(16)));
  return i64.or(pair(0), i64.shl(pair(2), i64.const(32)));
}

/** Takes escaped bytes out of the mask `from`: each backslash in the mask `slashes` that is not itself escaped hides the byte after it. */
export function dropEscaped(from: number, slashes: number, escaped: number, bit: number): Code {
  const dropBits = (mask: number, bits: Code) => set(mask, i64.and(get(mask), i64.not(bits)));
  return [
    ...dropBits(from, get(escaped)),
    ...dropBits(slashes, get(escaped)),
    ...set(escaped, i64.const(0)),
    ...block(
      loop(
        brIf(1, i64.eqz(get(slashes))),
        set(bit, i64.and(get(slashes), i64.sub(i64.const(0), get(slashes)))),
        set(escaped, i64.shrU(get(bit), i64.const(63))),
        set(bit, i64.or(get(bit), i64.shl(get(bit), i64.const(1)))),
        dropBits(from, get(bit)),
        dropBits(slashes, get(bit)),
        br(0),
      ),
    ),
  ];
}

function section(id: number, entries: readonly Code[]): Code {
  const content = vector(entries);
  return [id, ...leb(content.length), ...content];
}

function vector(entries: readonly Code[]): Code {
  return [...leb(entries.length), ...entries.flat()];
}

function name(text: string): Code {
  return vector([...Buffer.from(text)].map((byte) => [byte]));
}

function leb(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function signedLeb(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signedLeb(value >> 7)];
}
