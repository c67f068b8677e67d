import { bracketCode } from './bracket-code.js';

/** The little of WebAssembly that is needed here; Node's types leave it to the browser's. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** How deep a document may nest: the bound of Go's decoder, so nothing an API server took is refused. */
export const maxDepth = 10_000;

const pageBytes = 65_536;
const pages = 17;
/** The last page is for the blank bytes after the end. */
const capacity = (pages - 1) * pageBytes;
const stateAt = 0;
const dataAt = 64;

/** What there is of `run` and its memory, see `bracketCode`. */
interface BracketExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly run: (at: number, end: number, depth: number, inString: number) => number;
}

/**
 * Finds the bracket that closes a JSON object or array several times as fast as a loop over the bytes can, by vector instructions.
 * Exact for all valid JSON. Works on a copy in WebAssembly memory, which is loaded once for all values of a stretch of bytes.
 */
export class BracketMatcher {
  readonly #run: BracketExports['run'];
  readonly #memory: Buffer;
  readonly #state: Int32Array;
  #owner: unknown;
  #start = 0;
  #end = 0;
  /** Depth and whether inside a string, where the last `find` came to the end. */
  depth = 0;
  inString = false;

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

  /** Whether `load` takes so many bytes. */
  static fits(length: number): boolean {
    return length <= capacity - dataAt;
  }

  /** Whether `[start, end)` of what `owner` looks at is loaded. */
  has(owner: unknown, start: number, end: number): boolean {
    return this.#owner === owner && start >= this.#start && end === this.#end;
  }

  /** Loads `[start, end)` of `b`. `owner` must let go or load again before its bytes change. */
  load(owner: unknown, b: Buffer, start: number, end: number): void {
    this.#owner = owner;
    this.#start = start;
    this.#end = end;
    b.copy(this.#memory, dataAt, start, end);
    const after = dataAt + end - start;
    this.#memory.fill(0x20, after, after + 64);
  }

  /** Lets go of what `owner` loaded. */
  release(owner: unknown): void {
    if (this.#owner === owner) this.#owner = undefined;
  }

  /**
   * Goes on at `from` of what is loaded, at that depth and perhaps in a string: the position after the bracket that brings the
   * depth to 0, 0 where the bytes end first, -1 where they nest too deep.
   */
  find(from: number, depth: number, inString: boolean): number {
    const shift = dataAt - this.#start;
    const found = this.#run(from + shift, this.#end + shift, depth, inString ? 1 : 0);
    if (found > 0) return found - shift;
    this.depth = this.#state[0] ?? 0;
    this.inString = this.#state[1] === 1;
    return found;
  }
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
