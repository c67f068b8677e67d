import { FIN } from './frames.js';
import { SpdyError } from './spdy-error.js';

/** Receives the frames that a `FrameReader` finds. */
export interface FrameHandler {
  /** A whole control frame. `payload` is good until the handler returns. */
  control(type: number, flags: number, payload: Buffer): void;
  /** A piece of a data frame, as it arrives. `fin` is true with the last piece of a stream's last frame. */
  data(streamId: number, data: Uint8Array, fin: boolean): void;
}

/** The longest control frame that is read. Kubernetes sends headers of a few hundred bytes. */
const MOST_IN_CONTROL_FRAME = 64 * 1024;

const HEAD = 8;

/** Splits a byte stream into SPDY frames. Holds at most one control frame; data passes through in pieces. */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #head = Buffer.alloc(HEAD);
  #headLength = 0;
  #payload: Buffer | undefined;
  #payloadLength = 0;
  /** Bytes of the present data frame that have not arrived. */
  #dataLeft = 0;
  #dataStream = 0;
  #dataFin = false;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Takes bytes as they arrive. Throws a `SpdyError` for frames that are malformed or too long. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#dataLeft > 0) at += this.#readData(chunk.subarray(at));
      else if (this.#payload !== undefined) at += this.#readPayload(this.#payload, chunk.subarray(at));
      else at += this.#readHead(chunk.subarray(at));
    }
  }

  #readHead(chunk: Uint8Array): number {
    const taken = Math.min(HEAD - this.#headLength, chunk.length);
    this.#head.set(chunk.subarray(0, taken), this.#headLength);
    this.#headLength += taken;
    if (this.#headLength < HEAD) return taken;
    this.#headLength = 0;
    const flags = this.#head.readUInt8(4);
    const length = this.#head.readUIntBE(5, 3);
    if ((this.#head.readUInt8(0) & 0x80) === 0) this.#beginData(flags, length);
    else this.#beginControl(flags, length);
    return taken;
  }

  #beginData(flags: number, length: number): void {
    this.#dataStream = this.#head.readUInt32BE(0);
    this.#dataFin = (flags & FIN) !== 0;
    this.#dataLeft = length;
    if (length === 0) this.#handler.data(this.#dataStream, new Uint8Array(0), this.#dataFin);
  }

  #beginControl(flags: number, length: number): void {
    const version = this.#head.readUInt16BE(0) & 0x7fff;
    if (version !== 3) throw new SpdyError(`the peer sent a frame of SPDY version ${version}, not 3`);
    if (length > MOST_IN_CONTROL_FRAME) throw new SpdyError(`the peer sent a control frame of ${length} bytes`);
    if (length === 0) this.#handler.control(this.#head.readUInt16BE(2), flags, Buffer.alloc(0));
    else this.#payload = Buffer.allocUnsafe(length);
    this.#payloadLength = 0;
  }

  #readData(chunk: Uint8Array): number {
    const taken = Math.min(this.#dataLeft, chunk.length);
    this.#dataLeft -= taken;
    this.#handler.data(this.#dataStream, chunk.subarray(0, taken), this.#dataFin && this.#dataLeft === 0);
    return taken;
  }

  #readPayload(payload: Buffer, chunk: Uint8Array): number {
    const taken = Math.min(payload.length - this.#payloadLength, chunk.length);
    payload.set(chunk.subarray(0, taken), this.#payloadLength);
    this.#payloadLength += taken;
    if (this.#payloadLength === payload.length) {
      this.#payload = undefined;
      this.#handler.control(this.#head.readUInt16BE(2), this.#head.readUInt8(4), payload);
    }
    return taken;
  }
}
