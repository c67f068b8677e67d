import { ByteHold } from './byte-hold.js';
import { type FrameSplitter, MalformedError } from './codec.js';

const NEWLINE = 0x0a;

/**
 * The largest frame that is waited for. etcd refuses objects above 1.5 MiB unless told otherwise, and JSON may be several times the size
 * of what is stored; beyond this a peer is not sending Kubernetes objects, and waiting on would only fill memory.
 */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** Cuts a stream into lines. Only lines that cross chunks are copied, into one buffer, however small the chunks; empty lines are dropped. */
export class LineSplitter implements FrameSplitter {
  readonly #hold = new ByteHold();
  #offset = 0;

  /** `maxFrameBytes`: see `MAX_FRAME_BYTES`. */
  constructor(private readonly maxFrameBytes = MAX_FRAME_BYTES) {}

  get pending(): number {
    return this.#hold.length;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Throws `MalformedError` when a frame exceeds the bound; the splitter is of no use after that. */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#frame(chunk.subarray(start, end), onFrame);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #frame(tail: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let frame = tail;
    if (this.#hold.length > 0) {
      this.#keep(tail);
      frame = this.#hold.buffer.subarray(0, this.#hold.length);
      this.#hold.clear();
    } else this.#bound(tail.length);
    // Positions are told from the start of the frame while it is being looked at.
    if (!isBlank(frame)) onFrame(frame);
    this.#offset += frame.length + 1;
  }

  #keep(bytes: Uint8Array): void {
    this.#bound(this.#hold.length + bytes.length);
    this.#hold.append(bytes, 0, bytes.length);
  }

  #bound(length: number): void {
    if (length > this.maxFrameBytes) {
      throw new MalformedError(`a frame of more than ${this.maxFrameBytes} bytes`, this.#offset);
    }
  }
}

function isBlank(frame: Uint8Array): boolean {
  return frame.length === 0 || (frame.length === 1 && frame[0] === 0x0d);
}
