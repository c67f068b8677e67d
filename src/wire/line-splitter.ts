import { type FrameSplitter, MalformedError } from './codec.js';

const NEWLINE = 0x0a;

/**
 * The largest frame that is waited for. etcd refuses objects above 1.5 MiB unless told otherwise, and JSON may be several times the size
 * of what is stored; beyond this a peer is not sending Kubernetes objects, and waiting on would only fill memory.
 */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** Cuts a stream into lines. Costs one copy only for lines that cross chunks; empty lines are dropped. */
export class LineSplitter implements FrameSplitter {
  #parts: Uint8Array[] = [];
  #pending = 0;
  #offset = 0;

  /** `maxFrameBytes`: see `MAX_FRAME_BYTES`. */
  constructor(private readonly maxFrameBytes = MAX_FRAME_BYTES) {}

  get pending(): number {
    return this.#pending;
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
    if (start === chunk.length) return;
    // The chunk belongs to the caller: what is kept beyond the call is copied.
    const rest = chunk.slice(start);
    this.#bound(rest.length);
    this.#parts.push(rest);
    this.#pending += rest.length;
  }

  #frame(tail: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    this.#bound(tail.length);
    const length = this.#pending + tail.length;
    const frame = this.#parts.length === 0 ? tail : join([...this.#parts, tail], length);
    this.#parts = [];
    this.#pending = 0;
    // Positions are told from the start of the frame while it is being looked at.
    if (!isBlank(frame)) onFrame(frame);
    this.#offset += length + 1;
  }

  #bound(more: number): void {
    if (this.#pending + more > this.maxFrameBytes) {
      throw new MalformedError(`a frame of more than ${this.maxFrameBytes} bytes`, this.#offset);
    }
  }
}

function isBlank(frame: Uint8Array): boolean {
  return frame.length === 0 || (frame.length === 1 && frame[0] === 0x0d);
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
