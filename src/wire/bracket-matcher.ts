import { copyBytes } from '../util/bytes.js';
import { lazy } from '../util/lazy.js';
import { bracketCode } from './bracket-code.js';

/** The little of WebAssembly that is needed here; Node's types leave it to the browser's. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** The greatest depth of a document. It is the bound of Go's decoder, so the scanner accepts everything that an API server accepted. */
export const maxDepth = 10_000;

const pages = 4;
const stateAt = 0;
const dataAt = 64;
/**
 * The number of bytes that are loaded at a time: as many as a connection reads at once. The last page is for the blank bytes after them.
 */
export const windowBytes = (pages - 1) * 65_536 - dataAt;

/** The exports of the module: `run` and its memory, see `bracketCode`. */
interface BracketExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly run: (at: number, end: number, depth: number, inString: number) => number;
}

/**
 * Finds the bracket that closes a JSON object or array several times as fast as a loop over the bytes can, by vector instructions.
 * Exact for all valid JSON. Works on a copy in WebAssembly memory, a window at a time, which serves all values in the window.
 */
export class BracketMatcher {
  readonly #run: BracketExports['run'];
  readonly #memory: Buffer;
  readonly #state: Int32Array;
  // What is loaded: `[start, end)` of what the owner looks at.
  #owner: unknown;
  #start = 0;
  #end = 0;
  /** The buffer that does not change for now, and the number of times it was loaded. */
  #lent: Buffer | undefined;
  #lentLoads = 0;
  // Where the last `find` stood when the bytes ended.
  depth = 0;
  inString = false;
  /** True if the last byte was a backslash that escapes the next. */
  escaped = false;

  private constructor({ memory, run }: BracketExports) {
    this.#run = run;
    this.#memory = Buffer.from(memory.buffer);
    this.#state = new Int32Array(memory.buffer, stateAt, 2);
  }

  /** The one that walks over single documents, or undefined where WebAssembly or its vectors are not to be had. */
  static forDocuments(): BracketMatcher | undefined {
    return matchers().documents;
  }

  /** The one that walks over lists, so that looking into an item between two others does not disturb it. */
  static forLists(): BracketMatcher | undefined {
    return matchers().lists;
  }

  /** Makes one; the others are enough but for tests. Throws without WebAssembly. */
  static create(): BracketMatcher {
    return new BracketMatcher(new WebAssembly.Instance(compile()).exports as BracketExports);
  }

  /**
   * Until it is released, `b` does not change: what is loaded of it serves all who look into it, so that most find their bytes here
   * already.
   */
  lend(b: Buffer): void {
    this.#lent = b;
    this.#lentLoads = 0;
    this.release(b);
  }

  /** Reports whether `b` is lent. */
  holds(b: Buffer): boolean {
    return this.#lent === b;
  }

  /** `owner` must call it before the bytes it looks at change, or their end does. */
  release(owner: unknown): void {
    if (this.#owner === owner) this.#owner = undefined;
  }

  /** Ends a loan. */
  takeBack(b: Buffer): void {
    if (this.#lent === b) this.#lent = undefined;
    this.release(b);
  }

  /**
   * The position after the bracket that brings the depth to 0, reading `[from, end)` of `b` at that depth and perhaps in a string;
   * -1 where brackets nest too deep; 0 where the bytes end first. Where `end` is that of the bytes at hand, `depth`, `inString` and
   * `escaped` then say how to go on.
   */
  find(owner: unknown, b: Buffer, from: number, end: number, depth = 0, inString = false): number {
    this.depth = depth;
    this.inString = inString;
    this.escaped = false;
    const lent = this.#lent === b;
    const loader = lent ? b : owner;
    let at = from;
    while (at < end) {
      if (this.#owner !== loader || at < this.#start || at >= this.#end) {
        // Who looks at other bytes in between makes it load again: then only what is asked for.
        const reach = lent && ++this.#lentLoads < 3 ? b.length : end;
        this.#load(loader, b, at, Math.min(reach, at + windowBytes));
      }
      const shift = dataAt - this.#start;
      const stop = Math.min(end, this.#end);
      const found = this.#run(at + shift, stop + shift, this.depth, this.inString ? 1 : 0);
      if (found === -1) return -1;
      // Bytes are looked at by the block, some of which may stand behind the end.
      if (found !== 0) return found - shift <= end ? found - shift : 0;
      this.depth = this.#state[0] ?? 0;
      this.inString = this.#state[1] === 1;
      this.escaped = this.inString && endsInEscape(b, at, stop);
      at = stop;
      if (this.escaped && at < end) at++;
    }
    return 0;
  }

  #load(owner: unknown, b: Buffer, start: number, end: number): void {
    this.#owner = owner;
    this.#start = start;
    this.#end = end;
    const after = copyBytes(b, start, end, this.#memory, dataAt);
    this.#memory.fill(0x20, after, after + 64);
  }
}

/** Reports whether `[start, end)` ends in an odd number of backslashes. */
function endsInEscape(b: Buffer, start: number, end: number): boolean {
  let at = end;
  while (at > start && b[at - 1] === 0x5c) at--;
  return ((end - at) & 1) === 1;
}

interface Matchers {
  readonly documents?: BracketMatcher;
  readonly lists?: BracketMatcher;
}

const matchers = lazy((): Matchers => {
  try {
    return { documents: BracketMatcher.create(), lists: BracketMatcher.create() };
  } catch {
    // Without WebAssembly (`--jitless`) or its vector instructions the scanners look at every byte themselves.
    return {};
  }
});

const compile = lazy(() => new WebAssembly.Module(bracketCode(pages, stateAt, maxDepth)));
