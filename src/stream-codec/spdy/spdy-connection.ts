import { FrameReader } from './frame-reader.js';
import {
  dataFrame,
  FIN,
  frameTypes,
  goAwayFrame,
  pingFrame,
  resetStatus,
  rstStreamFrame,
  synReplyFrame,
  synStreamFrame,
  windowInSettings,
  windowSettingsFrame,
  windowUpdateFrame,
} from './frames.js';
import { HeaderDeflater, HeaderInflater } from './header-block.js';
import { SpdyError } from './spdy-error.js';
import { SpdyStream } from './spdy-stream.js';

/** The byte pipe under a `SpdyConnection`: an upgraded socket, or the messages of a WebSocket. */
interface SpdyPipe {
  /** Sends bytes; calls `done` when the pipe can take more. */
  write(bytes: Uint8Array, done?: (error?: Error | null) => void): void;
  /** Stops reading until `resume`. */
  pause(): void;
  /** Reads on. */
  resume(): void;
}

/** Options of a `SpdyConnection`. */
export interface SpdyConnectionOptions {
  readonly role: 'client' | 'server';
  readonly pipe: SpdyPipe;
  /** Takes a stream that the peer opened. Throwing refuses the stream. Default: all are refused. */
  readonly onStream?: ((stream: SpdyStream) => void) | undefined;
  /** Hears that the connection ended by GOAWAY, by an error of the peer, or by `close`. */
  readonly onClose?: ((error: SpdyError | undefined) => void) | undefined;
  /** The most streams at a time that the peer may open. Default 1000. */
  readonly maxStreams?: number | undefined;
}

/** The bytes that a peer may send on a stream before it is given more. */
const WINDOW = 256 * 1024;
const HIGH_WATER_MARK = 64 * 1024;
const MOST_IN_FRAME = 32 * 1024;
/** A peer that keeps no window is held back by pausing the pipe when one stream has buffered so much. */
const MOST_BUFFERED = WINDOW + HIGH_WATER_MARK;
const MOST_PINGS = 16;
const KNOWN: ReadonlySet<number> = new Set(Object.values(frameTypes));

/**
 * A SPDY/3.1 connection, for either side, over any byte pipe. Pass what arrives to `receive`, and call `close` when the pipe ends.
 *
 * Flow control: this side announces its window by SETTINGS. It keeps the peer's window from the moment that the peer announces one.
 * The Go library in Kubernetes does not, so such peers are held back by pausing the pipe.
 */
export class SpdyConnection {
  readonly #options: SpdyConnectionOptions;
  readonly #reader: FrameReader;
  readonly #deflater = new HeaderDeflater();
  readonly #inflater = new HeaderInflater();
  readonly #streams = new Map<number, SpdyStream>();
  /** Writers that wait for the window of their stream. */
  readonly #waiting = new Map<number, () => void>();
  /** Streams that have buffered too much. */
  readonly #full = new Set<number>();
  readonly #pings = new Map<number, () => void>();
  #nextId: number;
  #nextPing: number;
  #lastPeerId = 0;
  /** The peer's initial window; undefined while it has announced none. */
  #peerWindow: number | undefined;
  #sessionReceived = 0;
  #closed = false;

  constructor(options: SpdyConnectionOptions) {
    this.#options = options;
    this.#nextId = options.role === 'client' ? 1 : 2;
    this.#nextPing = this.#nextId;
    this.#reader = new FrameReader({
      control: (type, flags, payload) => this.#onControl(type, flags, payload),
      data: (streamId, data, fin) => this.#onData(streamId, data, fin),
    });
    this.#send(windowSettingsFrame(WINDOW));
  }

  /** The streams that are open. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** True while a slow reader has paused the pipe. */
  get paused(): boolean {
    return this.#full.size > 0;
  }

  /** True after GOAWAY, an error or `close`. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Opens a stream. Wait for `stream.replied` to know that the peer took it. Throws a `SpdyError` once the connection is closed. */
  open(headers: Readonly<Record<string, string>>): SpdyStream {
    if (this.#closed) throw new SpdyError('cannot open a stream: the connection is closed');
    const id = this.#nextId;
    this.#nextId += 2;
    const map = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]));
    const stream = this.#add(id, map);
    this.#send(synStreamFrame(id, this.#deflater.encode(map), false));
    return stream;
  }

  /** Sends a PING and resolves when it is answered. Rejects when the connection closes, or too many are under way. */
  ping(): Promise<void> {
    if (this.#closed) return Promise.reject(new SpdyError('cannot ping: the connection is closed'));
    if (this.#pings.size >= MOST_PINGS) return Promise.reject(new SpdyError('the peer answers no pings'));
    const id = this.#nextPing;
    this.#nextPing = (this.#nextPing + 2) % 0xfffffffe;
    return new Promise((resolve, reject) => {
      this.#pings.set(id, () => (this.#closed ? reject(new SpdyError('the connection closed')) : resolve()));
      this.#send(pingFrame(id));
    });
  }

  /** Takes bytes from the pipe. Malformed input closes the connection. */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      this.#reader.push(bytes);
    } catch (error) {
      const problem = error instanceof SpdyError ? error : new SpdyError('the peer sent a malformed frame');
      this.#send(goAwayFrame(this.#lastPeerId, 1));
      this.close(problem);
    }
  }

  /** Ends the connection: streams end, or fail with `error`. */
  close(error?: SpdyError): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of [...this.#streams.values()]) {
      stream.settleReply(error ?? new SpdyError('the connection closed'));
      if (stream.readableEnded && stream.writableFinished) continue;
      stream.failAfterRead(error ?? new SpdyError('the connection closed'));
    }
    for (const settle of this.#pings.values()) settle();
    this.#pings.clear();
    this.#full.clear();
    this.#options.onClose?.(error);
  }

  /** Tells the peer that this side opens and takes nothing more. */
  goAway(): void {
    if (!this.#closed) this.#send(goAwayFrame(this.#lastPeerId, 0));
  }

  #send(frame: Uint8Array, done?: (error?: Error | null) => void): void {
    this.#options.pipe.write(frame, done);
  }

  #add(id: number, headers: ReadonlyMap<string, readonly string[]>): SpdyStream {
    const stream: SpdyStream = new SpdyStream(
      id,
      headers,
      {
        write: (chunk, done) => this.#write(stream, chunk, done),
        end: (done) => {
          if (this.#closed) done(new SpdyError('the connection closed'));
          else {
            this.#send(dataFrame(id, new Uint8Array(0), true), done);
            this.#forgetIfDone(stream);
          }
        },
        drained: () => this.#drained(stream),
        destroyed: (error) => this.#destroyed(stream, error),
      },
      HIGH_WATER_MARK,
    );
    stream.sendWindow = this.#peerWindow ?? Number.POSITIVE_INFINITY;
    this.#streams.set(id, stream);
    return stream;
  }

  #write(stream: SpdyStream, chunk: Uint8Array, done: (error?: Error | null) => void): void {
    if (this.#closed) {
      done(new SpdyError('the connection closed'));
      return;
    }
    const length = Math.min(chunk.length, MOST_IN_FRAME, stream.sendWindow);
    if (length <= 0 && chunk.length > 0) {
      this.#waiting.set(stream.id, () => this.#write(stream, chunk, done));
      return;
    }
    stream.sendWindow -= length;
    this.#send(dataFrame(stream.id, chunk.subarray(0, length), false), (error) => {
      if (error != null || length === chunk.length) done(error);
      else this.#write(stream, chunk.subarray(length), done);
    });
  }

  #onControl(type: number, flags: number, payload: Buffer): void {
    if (type === frameTypes.settings) this.#onSettings(payload);
    else if (type === frameTypes.goAway) this.close();
    else if (type === frameTypes.ping) this.#onPing(wordAt(payload, 0));
    else if (KNOWN.has(type)) this.#onStreamFrame(type, flags, wordAt(payload, 0) & 0x7fffffff, payload);
  }

  #onStreamFrame(type: number, flags: number, id: number, payload: Buffer): void {
    const stream = this.#streams.get(id);
    if (type === frameTypes.synStream) this.#onSynStream(id, flags, payload.subarray(10));
    else if (type === frameTypes.synReply || type === frameTypes.headers) {
      // Read in any case: later blocks refer back to this one.
      this.#inflater.decode(payload.subarray(4));
      if (type === frameTypes.synReply) stream?.settleReply();
      if ((flags & FIN) !== 0) this.#ended(stream);
    } else if (type === frameTypes.windowUpdate) this.#onWindow(id, stream, wordAt(payload, 4) & 0x7fffffff);
    else if (type === frameTypes.rstStream) this.#onReset(stream, wordAt(payload, 4));
  }

  #onSettings(payload: Buffer): void {
    const window = windowInSettings(payload);
    if (window === undefined) return;
    const before = this.#peerWindow;
    this.#peerWindow = window;
    for (const stream of this.#streams.values()) {
      stream.sendWindow = before === undefined ? window : stream.sendWindow + window - before;
      this.#wake(stream.id);
    }
  }

  #onPing(id: number): void {
    const mine = id % 2 === (this.#options.role === 'client' ? 1 : 0);
    if (!mine) {
      this.#send(pingFrame(id));
      return;
    }
    this.#pings.get(id)?.();
    this.#pings.delete(id);
  }

  #onSynStream(id: number, flags: number, block: Uint8Array): void {
    const headers = this.#inflater.decode(block);
    const fromPeer = id % 2 === (this.#options.role === 'client' ? 0 : 1);
    if (!fromPeer || id <= this.#lastPeerId) throw new SpdyError(`the peer opened stream ${id} out of order`);
    this.#lastPeerId = id;
    const { onStream, maxStreams = 1000 } = this.#options;
    if (onStream === undefined || this.#streams.size >= maxStreams) {
      this.#send(rstStreamFrame(id, resetStatus.refusedStream));
      return;
    }
    const stream = this.#add(id, headers);
    stream.settleReply();
    try {
      onStream(stream);
    } catch {
      this.#streams.delete(id);
      this.#send(rstStreamFrame(id, resetStatus.refusedStream));
      stream.destroy();
      return;
    }
    // A stream that was destroyed at once has been reset already.
    if (stream.destroyed) return;
    this.#send(synReplyFrame(id, this.#deflater.encode(new Map())));
    if ((flags & FIN) !== 0) this.#ended(stream);
  }

  #onData(id: number, data: Uint8Array, fin: boolean): void {
    const stream = this.#streams.get(id);
    this.#sessionReceived += data.length;
    if (this.#peerWindow !== undefined && this.#sessionReceived >= WINDOW / 2) {
      this.#send(windowUpdateFrame(0, this.#sessionReceived));
      this.#sessionReceived = 0;
    }
    if (stream === undefined) return;
    stream.received += data.length;
    if (stream.deliver(copyOf(data))) this.#credit(stream);
    else if (stream.readableLength > MOST_BUFFERED) {
      if (this.#full.size === 0) this.#options.pipe.pause();
      this.#full.add(id);
    }
    if (fin) this.#ended(stream);
  }

  #onWindow(id: number, stream: SpdyStream | undefined, delta: number): void {
    if (id === 0 || stream === undefined || this.#peerWindow === undefined) return;
    stream.sendWindow += delta;
    if (stream.sendWindow > 0x7fffffff) throw new SpdyError('the peer opened a window beyond 2 GiB');
    this.#wake(id);
  }

  #onReset(stream: SpdyStream | undefined, status: number): void {
    if (stream === undefined) return;
    this.#streams.delete(stream.id);
    const error = new SpdyError(`the peer reset the stream (status ${status})`, status);
    stream.settleReply(error);
    stream.failAfterRead(error);
  }

  #ended(stream: SpdyStream | undefined): void {
    stream?.deliverEnd();
    if (stream !== undefined) this.#forgetIfDone(stream);
  }

  /** Both sides have ended: late frames for this stream are dropped. */
  #forgetIfDone(stream: SpdyStream): void {
    if (stream.hasEnded && stream.writableEnded) this.#streams.delete(stream.id);
  }

  #drained(stream: SpdyStream): void {
    this.#credit(stream);
    if (this.#full.delete(stream.id) && this.#full.size === 0) this.#options.pipe.resume();
  }

  /** Gives the peer back the window that the reader has used up, in halves. */
  #credit(stream: SpdyStream): void {
    if (this.#closed || stream.hasEnded || stream.received < WINDOW / 2 || this.#peerWindow === undefined) return;
    this.#send(windowUpdateFrame(stream.id, stream.received));
    stream.received = 0;
  }

  #destroyed(stream: SpdyStream, error: Error | null): void {
    const open = this.#streams.delete(stream.id);
    this.#waiting.delete(stream.id);
    stream.settleReply(error ?? new SpdyError('the stream was destroyed'));
    if (this.#full.delete(stream.id) && this.#full.size === 0) this.#options.pipe.resume();
    if (open && !this.#closed) this.#send(rstStreamFrame(stream.id, resetStatus.cancel));
  }

  #wake(id: number): void {
    const write = this.#waiting.get(id);
    this.#waiting.delete(id);
    write?.();
  }
}

/** Copies, because pipes may reuse their memory. */
function copyOf(data: Uint8Array): Uint8Array {
  return Buffer.from(data);
}

function wordAt(payload: Buffer, at: number): number {
  if (payload.length < at + 4) throw new SpdyError('the peer sent a frame that is cut short');
  return payload.readUInt32BE(at);
}
