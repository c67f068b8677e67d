import { BoundedDuplex } from './bounded-duplex.js';
import { type ChannelProtocol, decodeChannelMessage, encodeChannelClose, encodeChannelData } from './channels.js';

/** The WebSocket under a `ChannelConnection`. */
export interface MessageSocket {
  /** Sends one message, text for a string; calls `done` when it has been handed to the network. */
  send(message: Uint8Array | string, done: (error?: Error | null) => void): void;
  /** Stops reading until `resume`. */
  pause(): void;
  /** Reads on. */
  resume(): void;
}

/** Buffered bytes of a channel before the connection stops reading. */
const HIGH_WATER_MARK = 64 * 1024;

/** Longer writes are split, so that one channel does not hold up the others. */
const MOST_IN_MESSAGE = 32 * 1024;

/**
 * The channels of one WebSocket, for either side. Open the channels first, then pass each message to `receive`. A slow reader of
 * one channel pauses the socket, because the protocol cannot hold back a single channel.
 */
export class ChannelConnection {
  readonly #protocol: ChannelProtocol;
  readonly #socket: MessageSocket;
  readonly #channels = new Map<number, BoundedDuplex>();
  /** Channels whose reader is slow. */
  readonly #full = new Set<number>();

  constructor(protocol: ChannelProtocol, socket: MessageSocket) {
    this.#protocol = protocol;
    this.#socket = socket;
  }

  /** Opens a channel. What arrives on channels that were not opened is dropped. */
  open(channel: number): BoundedDuplex {
    const stream = new BoundedDuplex(
      {
        write: (chunk, done) => this.#write(channel, chunk, done),
        end: (done) => {
          const message = encodeChannelClose(this.#protocol, channel);
          if (message === undefined) done();
          else this.#socket.send(message, done);
        },
        drained: () => this.#release(channel),
        destroyed: () => {
          this.#channels.delete(channel);
          this.#release(channel);
        },
      },
      HIGH_WATER_MARK,
    );
    this.#channels.set(channel, stream);
    return stream;
  }

  /** Takes one message from the peer. Returns false when it is malformed: the caller then ends the connection. */
  receive(message: Uint8Array): boolean {
    const decoded = decodeChannelMessage(this.#protocol, message);
    if (decoded.kind === 'malformed') return false;
    const stream = this.#channels.get(decoded.channel);
    if (stream === undefined) return true;
    if (decoded.kind === 'close') stream.deliverEnd();
    else if (!stream.deliver(decoded.data)) {
      if (this.#full.size === 0) this.#socket.pause();
      this.#full.add(decoded.channel);
    }
    return true;
  }

  /** True while a slow reader has paused the socket. */
  get paused(): boolean {
    return this.#full.size > 0;
  }

  /** Ends every channel when the socket has closed; with an error, the channels fail with it. */
  end(error?: Error): void {
    for (const stream of [...this.#channels.values()]) {
      if (error === undefined) stream.deliverEnd();
      else stream.failAfterRead(error);
    }
    this.#full.clear();
  }

  #write(channel: number, chunk: Uint8Array, done: (error?: Error | null) => void): void {
    const rest = chunk.subarray(MOST_IN_MESSAGE);
    const message = encodeChannelData(this.#protocol, channel, chunk.subarray(0, MOST_IN_MESSAGE));
    this.#socket.send(message, (error) => {
      if (error != null || rest.length === 0) done(error);
      else this.#write(channel, rest, done);
    });
  }

  #release(channel: number): void {
    if (this.#full.delete(channel) && this.#full.size === 0) this.#socket.resume();
  }
}
