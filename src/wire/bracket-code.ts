/**
 * The machine code of `BracketMatcher`: a WebAssembly module of one function, put together here instruction by instruction, as a
 * build has no assembler. It looks at 64 bytes at a time: four vectors, compared with a byte, give 64 bits that say where it is.
 *
 * `run(at, end, depth, inString)` reads memory from `at` and returns the position after the bracket that brings `depth` to 0;
 * 0 if none does before `end`, having left depth and inString at `stateAt`; -1 if the depth exceeds `maxDepth`.
 * The 64 bytes after `end` must be blank. Names of instructions are those of the WebAssembly specification.
 */
export function bracketCode(pages: number, stateAt: number, maxDepth: number): Uint8Array<ArrayBuffer> {
  const signature = [0x60, ...vector([[i32Type], [i32Type], [i32Type], [i32Type]]), ...vector([[i32Type]])];
  const locals = vector([
    [4, v128Type],
    [7, i64Type],
    [1, i32Type],
  ]);
  const body = [...locals, ...instructions(stateAt, maxDepth), 0x0b];
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

type Code = readonly number[];

const i32Type = 0x7f;
const i64Type = 0x7e;
const v128Type = 0x7b;

// Parameters and locals. The masks have one bit for each of the 64 bytes.
const at = 0;
const end = 1;
const depth = 2;
const inString = 3;
const bytes = 4;
const quotes = 8;
const slashes = 9;
const opens = 10;
const closes = 11;
/** All ones where the last block ended inside a string, else 0. */
const inside = 12;
/** 1 where the last block ended in a backslash that escapes the first byte of this one, else 0. */
const escaped = 13;
const bit = 14;
const count = 15;

function instructions(stateAt: number, maxDepth: number): Code {
  const blocks = [0, 1, 2, 3];
  const nextBlock = 0;
  const done = 1;
  return [
    ...set(inside, i64.sub(i64.const(0), i64.extend(get(inString)))),
    ...block(
      loop(
        brIf(done, i32.geU(get(at), get(end))),
        ...blocks.map((k) => set(bytes + k, load(get(at), 16 * k))),
        set(quotes, mask(0x22)),
        set(slashes, mask(0x5c)),
        // One bit apart: `[` becomes `{`, and `]` becomes `}`; no other byte does.
        ...blocks.map((k) => set(bytes + k, v128.or(get(bytes + k), splat(0x20)))),
        set(opens, mask(0x7b)),
        set(closes, mask(0x7d)),
        when(i64.ne(i64.or(get(slashes), get(escaped)), i64.const(0)), dropEscaped()),
        // Each bit becomes the parity of the quotes up to it: 1 inside a string.
        ...[1, 2, 4, 8, 16, 32].map((n) => set(quotes, i64.xor(get(quotes), i64.shl(get(quotes), i64.const(n))))),
        set(quotes, i64.xor(get(quotes), get(inside))),
        set(inside, i64.shrS(get(quotes), i64.const(63))),
        set(opens, i64.and(get(opens), i64.not(get(quotes)))),
        set(closes, i64.and(get(closes), i64.not(get(quotes)))),
        set(count, i32.wrap(i64.popcnt(get(closes)))),
        when(
          i32.gtS(get(depth), get(count)),
          // The depth cannot come to 0 in this block, so that the sum will do.
          set(depth, i32.sub(i32.add(get(depth), i32.wrap(i64.popcnt(get(opens)))), get(count))),
          oneByOne(),
        ),
        when(i32.gtS(get(depth), i32.const(maxDepth)), ret(i32.const(-1))),
        set(at, i32.add(get(at), i32.const(64))),
        br(nextBlock),
      ),
    ),
    ...store(stateAt, get(depth)),
    ...store(stateAt + 4, i32.wrap(i64.and(get(inside), i64.const(1)))),
    ...i32.const(0),
  ];
}

/** Takes escaped quotes out of `quotes`: each backslash that is not itself escaped hides the byte after it. */
function dropEscaped(): Code {
  const dropBits = (from: number, bits: Code) => set(from, i64.and(get(from), i64.not(bits)));
  return [
    ...dropBits(quotes, get(escaped)),
    ...dropBits(slashes, get(escaped)),
    ...set(escaped, i64.const(0)),
    ...block(
      loop(
        brIf(1, i64.eqz(get(slashes))),
        set(bit, i64.and(get(slashes), i64.sub(i64.const(0), get(slashes)))),
        set(escaped, i64.shrU(get(bit), i64.const(63))),
        set(bit, i64.or(get(bit), i64.shl(get(bit), i64.const(1)))),
        dropBits(quotes, get(bit)),
        dropBits(slashes, get(bit)),
        br(0),
      ),
    ),
  ];
}

/** Follows the depth from bracket to bracket, and returns where it comes to 0. */
function oneByOne(): Code {
  const brackets = slashes;
  return [
    ...set(brackets, i64.or(get(opens), get(closes))),
    ...block(
      loop(
        brIf(1, i64.eqz(get(brackets))),
        set(bit, i64.and(get(brackets), i64.sub(i64.const(0), get(brackets)))),
        set(
          depth,
          i32.add(
            get(depth),
            select(i32.const(-1), i32.const(1), i64.ne(i64.and(get(closes), get(bit)), i64.const(0))),
          ),
        ),
        when(i32.eqz(get(depth)), ret(i32.add(i32.add(get(at), i32.wrap(i64.ctz(get(brackets)))), i32.const(1)))),
        set(brackets, i64.xor(get(brackets), get(bit))),
        br(0),
      ),
    ),
  ];
}

/** Where in the 64 bytes `byte` is. */
function mask(byte: number): Code {
  const bitsOf = (k: number) => i64.extend(v128.bitmask(v128.eq(get(bytes + k), splat(byte))));
  const pair = (k: number) => i64.or(bitsOf(k), i64.shl(bitsOf(k + 1), i64.const(16)));
  return i64.or(pair(0), i64.shl(pair(2), i64.const(32)));
}

const unary =
  (...opcode: Code) =>
  (a: Code): Code => [...a, ...opcode];
const binary =
  (...opcode: Code) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];

const get = (local: number): Code => [0x20, local];
const set = (local: number, value: Code): Code => [...value, 0x21, local];
const block = (...body: Code[]): Code => [0x02, 0x40, ...body.flat(), 0x0b];
const loop = (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0b];
const br = (label: number): Code => [0x0c, label];
const brIf = (label: number, condition: Code): Code => [...condition, 0x0d, label];
const ret = (value: Code): Code => [...value, 0x0f];
const select = (yes: Code, no: Code, condition: Code): Code => [...yes, ...no, ...condition, 0x1b];
const when = (condition: Code, yes: Code, no: Code = []): Code => [
  ...condition,
  ...[0x04, 0x40],
  ...yes,
  ...(no.length === 0 ? [] : [0x05, ...no]),
  0x0b,
];
const load = (address: Code, offset: number): Code => [...address, 0xfd, 0x00, 0, ...leb(offset)];
const store = (address: number, value: Code): Code => [...i32.const(address), ...value, 0x36, 2, 0];
const splat = (byte: number): Code => [0xfd, 0x0c, ...new Array<number>(16).fill(byte)];

const v128 = { or: binary(0xfd, 0x50), eq: binary(0xfd, 0x23), bitmask: unary(0xfd, 0x64) };
const i32 = {
  const: (value: number): Code => [0x41, ...signedLeb(value)],
  eqz: unary(0x45),
  gtS: binary(0x4a),
  geU: binary(0x4f),
  add: binary(0x6a),
  sub: binary(0x6b),
  wrap: unary(0xa7),
};
const i64 = {
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
