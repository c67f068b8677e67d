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
  select,
  set,
  store,
  v128Type,
  when,
} from './wasm-code.js';

/**
 * Returns the machine code of `QuoteIndex`: a WebAssembly module with one function, `run(at, end, out)`.
 *
 * It reads memory from `at` and writes the positions of quotes to `out`, without the escaped ones, as numbers of 32 bits. The highest bit
 * says that a backslash stands between the quote and the one before it. It returns the end of `out`. The 64 bytes after `end` must be
 * blank.
 */
export function quoteCode(pages: number): Uint8Array<ArrayBuffer> {
  const locals = [
    [4, v128Type],
    [5, i64Type],
    [1, i32Type],
  ];
  return moduleOf(pages, 3, locals, instructions());
}

// Parameters and locals. The masks have one bit for each of the 64 bytes.
const at = 0;
const end = 1;
const out = 2;
const bytes = 3;
const quotes = 7;
const slashes = 8;
/** As `slashes`, of which `dropEscaped` takes some away. */
const allSlashes = 9;
/** 1 where the last block ended in a backslash that escapes the first byte of this one, else 0. */
const escaped = 10;
const bit = 11;
/** 1 if a backslash came after the last quote. */
const slashed = 12;

const slashedBit = -0x8000_0000;

function instructions(): Code {
  const blocks = [0, 1, 2, 3];
  return [
    ...block(
      loop(
        brIf(1, i32.geU(get(at), get(end))),
        ...blocks.map((k) => set(bytes + k, load(get(at), 16 * k))),
        set(quotes, maskOf(bytes, 0x22)),
        set(slashes, maskOf(bytes, 0x5c)),
        set(allSlashes, get(slashes)),
        when(i64.ne(i64.or(get(slashes), get(escaped)), i64.const(0)), dropEscaped(quotes, slashes, escaped, bit)),
        eachQuote(),
        set(slashed, i32.or(get(slashed), i64.ne(get(allSlashes), i64.const(0)))),
        set(at, i32.add(get(at), i32.const(64))),
        br(0),
      ),
    ),
    ...get(out),
  ];
}

/** Writes where each quote of the block is, and takes the backslashes before it out of `allSlashes`. */
function eachQuote(): Code {
  const before = i64.sub(get(bit), i64.const(1));
  return block(
    loop(
      brIf(1, i64.eqz(get(quotes))),
      set(bit, i64.and(get(quotes), i64.sub(i64.const(0), get(quotes)))),
      set(slashed, i32.or(get(slashed), i64.ne(i64.and(get(allSlashes), before), i64.const(0)))),
      store(
        get(out),
        i32.or(
          i32.add(get(at), i32.wrap(i64.ctz(get(quotes)))),
          select(i32.const(slashedBit), i32.const(0), get(slashed)),
        ),
      ),
      set(out, i32.add(get(out), i32.const(4))),
      set(allSlashes, i64.and(get(allSlashes), i64.not(before))),
      set(slashed, i32.const(0)),
      set(quotes, i64.xor(get(quotes), get(bit))),
      br(0),
    ),
  );
}
