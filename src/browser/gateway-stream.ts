import type { Channel, Link } from './channel.js';
import { connectionLost, GatewayError } from './gateway-error.js';
import type { ClientMessage, ServerMessage } from './protocol.js';

/** A piece of what a stream puts out. */
export interface StreamOutput {
  readonly from: 'stdout' | 'stderr';
  readonly data: string;
}

/** So many characters are read before the gateway is told of them, unless nothing else waits. */
const TELL_AFTER = 32_768;

/**
 * Logs, a command, a terminal or a connection to a port. Iterate over it to read: the gateway sends no more than is read, so that a
 * slow page stops the container's output and nothing else. Leaving the loop closes the stream.
 */
export class GatewayStream implements AsyncIterable<StreamOutput>, Disposable {
  readonly #link: Link;
  readonly #id: number;
  readonly #name: string;
  readonly #waiting: StreamOutput[] = [];
  readonly #end: Promise<unknown>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#fail(this.#signal?.reason);
  #settle: { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void } | undefined;
  #wake: (() => void) | undefined;
  #isOver = false;
  #isStarted = false;
  /** Input from before the connection was open. */
  readonly #early: ClientMessage[] = [];
  #unread = 0;

  /** @internal Made by `GatewayClient`. */
  constructor(link: Link, name: string, params: unknown, signal?: AbortSignal) {
    this.#link = link;
    this.#name = name;
    this.#end = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever reads the stream learns of the error there.
    this.#end.catch(() => {});
    this.#id = link.attach(this.#channel(params));
    this.#signal = signal;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort);
  }

  /** Resolves at the end of the stream: for a command, with `{ exitCode }`. Rejects with a `GatewayError` if it failed. */
  get end(): Promise<unknown> {
    return this.#end;
  }

  /** Sends input: text, or base64 on a connection to a port. */
  write(data: string): void {
    this.#input({ type: 'input', id: this.#id, data });
  }

  /** Ends the input. What the stream puts out can still be read. */
  endInput(): void {
    this.#input({ type: 'input', id: this.#id, end: true });
  }

  /** Tells a terminal its new size, in characters. */
  resize(columns: number, rows: number): void {
    this.#input({ type: 'resize', id: this.#id, columns, rows });
  }

  /** Ends the stream. A command that still runs is stopped. */
  close(): void {
    if (this.#isOver) return;
    this.#link.send({ type: 'close', id: this.#id });
    this.#finish();
    this.#settle?.resolve(undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamOutput> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next !== undefined) {
          yield next;
          this.#tell(next.data.length);
        } else if (this.#isOver) {
          await this.#end;
          return;
        } else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.close();
    }
  }

  #input(message: ClientMessage): void {
    if (this.#isStarted) this.#link.send(message);
    else this.#early.push(message);
  }

  #channel(params: unknown): Channel {
    return {
      start: (id) => {
        if (this.#isStarted) return;
        this.#isStarted = true;
        this.#link.send({ type: 'stream', id, stream: this.#name, params });
        for (const message of this.#early.splice(0)) this.#link.send(message);
      },
      receive: (message) => this.#receive(message),
      lost: (isFinal) => (this.#isStarted || isFinal) && this.#fail(connectionLost(`stream ${this.#name}`)),
    };
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'output') {
      this.#waiting.push({ from: message.from, data: message.data });
      this.#wake?.();
    } else if (message.type === 'fault') this.#fail(new GatewayError(message.fault));
    else if (message.type === 'end') {
      this.#finish();
      this.#settle?.resolve(message.value);
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#link.send({ type: 'close', id: this.#id });
    this.#finish();
    this.#settle?.reject(error);
  }

  #finish(): void {
    this.#isOver = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#link.detach(this.#id);
    this.#wake?.();
  }

  #tell(length: number): void {
    this.#unread += length;
    if (this.#isOver || (this.#unread < TELL_AFTER && this.#waiting.length > 0)) return;
    this.#link.send({ type: 'read', id: this.#id, length: this.#unread });
    this.#unread = 0;
  }
}

/** Longer lines come in pieces of this length, in characters. */
const LONGEST_LINE = 1_048_576;

/** Yields the lines of a stream, without their ends. */
export async function* linesOf(stream: AsyncIterable<StreamOutput>): AsyncGenerator<string> {
  let rest = '';
  for await (const { data } of stream) {
    const lines = (rest + data).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) yield rest.slice(0, LONGEST_LINE);
  }
  if (rest !== '') yield rest;
}
