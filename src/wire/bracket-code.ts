import {
  block,
  br,
  brIf,
  type Code,
  dropEscaped,
  get,
  i32,
  i32Type,
  i64,
  i64Type,
  load,
  loop,
  maskOf,
  moduleOf,
  ret,
  select,
  set,
  splat,
  store,
  v128,
  v128Type,
  when,
} from './wasm-code.js';

/**
 * The machine code of `BracketMatcher`: a WebAssembly module of one function. It looks at 64 bytes at a time: four vectors, compared
 * with a byte, give 64 bits that say where it is.
 *
 * `run(at, end, depth, inString)` reads memory from `at` and returns the position after the bracket that brings `depth` to 0;
 * 0 if none does before `end`, having left depth and inString at `stateAt`; -1 if the depth exceeds `maxDepth`.
 * The 64 bytes after `end` must be blank.
 */
export function bracketCode(pages: number, stateAt: number, maxDepth: number): Uint8Array<ArrayBuffer> {
  const locals = [
    [4, v128Type],
    [7, i64Type],
    [1, i32Type],
  ];
  return moduleOf(pages, 4, locals, instructions(stateAt, maxDepth));
}

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
        set(quotes, maskOf(bytes, 0x22)),
        set(slashes, maskOf(bytes, 0x5c)),
        // One bit apart: `[` becomes `{`, and `]` becomes `}`; no other byte does.
        ...blocks.map((k) => set(bytes + k, v128.or(get(bytes + k), splat(0x20)))),
        set(opens, maskOf(bytes, 0x7b)),
        set(closes, maskOf(bytes, 0x7d)),
        when(i64.ne(i64.or(get(slashes), get(escaped)), i64.const(0)), dropEscaped(quotes, slashes, escaped, bit)),
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
    ...store(i32.const(stateAt), get(depth)),
    ...store(i32.const(stateAt + 4), i32.wrap(i64.and(get(inside), i64.const(1)))),
    ...i32.const(0),
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
