import { bracketCode } from './bracket-code.js';

/** The little of WebAssembly that is needed here; Node's types leave it to the browser's. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** How deep a document may nest: the bound of Go's decoder, so nothing an API server took is refused. */
export const maxDepth = 10_000;

const pages = 3;
const stateAt = 0;
const dataAt = 64;
/** How many bytes are loaded at a time; the last page is for the blank bytes after them. */
export const windowBytes = (pages - 1) * 65_536 - dataAt;

/** What there is of `run` and its memory, see `bracketCode`. */
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
  // Where the last `find` stood when the bytes ended.
  depth = 0;
  inString = false;
  /** Whether the last byte was a backslash that escapes the next. */
  escaped = false;

  private constructor({ memory, run }: BracketExports) {
    this.#run = run;
    this.#memory = Buffer.from(memory.buffer);
    this.#state = new Int32Array(memory.buffer, stateAt, 2);
  }

  /** The one that walks over single documents, or undefined where WebAssembly or its vectors are not to be had. */
  static forDocuments(): BracketMatcher | undefined {
    matchers ??= instantiate();
    return matchers.documents;
  }

  /** The one that walks over lists, so that looking into an item between two others does not disturb it. */
  static forLists(): BracketMatcher | undefined {
    matchers ??= instantiate();
    return matchers.lists;
  }

  /** Makes one; the others are enough but for tests. Throws without WebAssembly. */
  static create(): BracketMatcher {
    return new BracketMatcher(new WebAssembly.Instance(compile()).exports as BracketExports);
  }

  /** `owner` must call it before the bytes it looks at change, or their end does. */
  release(owner: unknown): void {
    if (this.#owner === owner) this.#owner = undefined;
  }

  /**
   * The position after the bracket that brings the depth to 0, reading `[from, end)` of `b` at that depth and perhaps in a string;
   * -1 where brackets nest too deep; 0 where the bytes end first, and `depth`, `inString` and `escaped` say how to go on.
   */
  find(owner: unknown, b: Buffer, from: number, end: number, depth = 0, inString = false): number {
    this.depth = depth;
    this.inString = inString;
    this.escaped = false;
    let at = from;
    while (at < end) {
      const loaded = this.#owner === owner && at >= this.#start && at < this.#end;
      if (!loaded) this.#load(owner, b, at, Math.min(end, at + windowBytes));
      const shift = dataAt - this.#start;
      const found = this.#run(at + shift, this.#end + shift, this.depth, this.inString ? 1 : 0);
      if (found !== 0) return found === -1 ? -1 : found - shift;
      this.depth = this.#state[0] ?? 0;
      this.inString = this.#state[1] === 1;
      this.escaped = this.inString && endsInEscape(b, at, this.#end);
      at = this.#end;
      if (this.escaped && at < end) at++;
    }
    return 0;
  }

  #load(owner: unknown, b: Buffer, start: number, end: number): void {
    this.#owner = owner;
    this.#start = start;
    this.#end = end;
    b.copy(this.#memory, dataAt, start, end);
    const after = dataAt + end - start;
    this.#memory.fill(0x20, after, after + 64);
  }
}

/** Whether an odd number of backslashes stands at the end of `[start, end)`. */
function endsInEscape(b: Buffer, start: number, end: number): boolean {
  let at = end;
  while (at > start && b[at - 1] === 0x5c) at--;
  return ((end - at) & 1) === 1;
}

let matchers: { readonly documents?: BracketMatcher; readonly lists?: BracketMatcher } | undefined;

function instantiate(): NonNullable<typeof matchers> {
  try {
    return { documents: BracketMatcher.create(), lists: BracketMatcher.create() };
  } catch {
    // Without WebAssembly (`--jitless`) or its vector instructions the scanners look at every byte themselves.
    return {};
  }
}

let compiled: object | undefined;

function compile(): object {
  compiled ??= new WebAssembly.Module(bracketCode(pages, stateAt, maxDepth));
  return compiled;
}
