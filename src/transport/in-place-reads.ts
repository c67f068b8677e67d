import type { OnReadOpts, Socket } from 'node:net';
import type { Clock } from '../util/clock.js';
import { nextTurn } from '../util/next-turn.js';

/** The number of bytes that are read at a time. More would leave the processor's cache before they are scanned. */
const readBytes = 128 * 1024;

/**
 * Shorter chunks are copied. undici keeps views of a chunk that ends within the headers, which are at most as long, until it has read
 * the rest of them.
 */
const headerBytes = 16 * 1024;

/**
 * The time that incoming data may hold the event loop, in milliseconds. A socket that is always full is read up to 32 times in one turn,
 * which is 4 MiB. A reader that is not compiled yet needs a tenth of a second for that.
 */
const turnMs = 8;

/**
 * Returns whether the runtime can read in place. A socket of Bun with a buffer of its own stops after the first chunk once somebody
 * listens for `readable`, as undici does.
 */
export function canReadInPlace(versions: NodeJS.ProcessVersions = process.versions): boolean {
  return versions.bun === undefined;
}

/**
 * Reads a socket into one buffer again and again, instead of into fresh memory that is looked at once and left to the garbage
 * collector: that is most of what reading costs. Whoever reads the socket by `readable` and `read()`, as undici does, sees no
 * difference but that a long chunk is good only until the reader returns.
 *
 * One per socket: give `options` to `connect`, and the socket to `serve` at once.
 */
export class InPlaceReads {
  readonly options: { readonly onread: OnReadOpts };
  /** The chunks that arrived and were not taken, in order. They are copies, except the chunk that is being offered. */
  readonly #untaken: Uint8Array[] = [];
  readonly #clock: Clock;
  #socket: Socket | undefined;
  /** When the first bytes of this turn came. */
  #turnBegan: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    this.options = { onread: { buffer, callback: (count) => this.#offer(chunkOf(buffer, count)) } };
  }

  /** From now on `read()` of this socket gives what has come. */
  serve(socket: Socket): void {
    this.#socket = socket;
    const read = socket.read.bind(socket);
    socket.read = (size?: number) => (size === 0 ? undefined : this.#untaken.shift()) ?? read(size);
    socket.unshift = (rest: Uint8Array) => {
      if (rest.length > 0) this.#untaken.unshift(Buffer.from(rest));
    };
  }

  /** Returns whether to go on reading. A reader who has had enough goes on by the `read()` that finds nothing here. */
  #offer(chunk: Buffer): boolean {
    const began = this.#turnBegan ?? this.#beginTurn();
    const at = this.#untaken.push(chunk) - 1;
    this.#socket?.emit('readable');
    if (this.#untaken[at] === chunk) this.#untaken[at] = Buffer.from(chunk);
    if (this.#untaken.length > 0) return false;
    if (this.#clock.monotonic() - began < turnMs) return true;
    nextTurn(() => this.#socket?.read(0));
    return false;
  }

  #beginTurn(): number {
    nextTurn(() => {
      this.#turnBegan = undefined;
    });
    this.#turnBegan = this.#clock.monotonic();
    return this.#turnBegan;
  }
}

function chunkOf(buffer: Buffer, count: number): Buffer {
  const chunk = buffer.subarray(0, count);
  return count <= headerBytes ? Buffer.from(chunk) : chunk;
}
