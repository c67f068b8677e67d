import { InvalidRequestError } from '../errors/index.js';
import type { LogLine } from '../streams/log-lines.js';

/** Options of `logs`: every field of PodLogOptions. */
export interface LogOptions {
  /** Default: the container that `kubectl.kubernetes.io/default-container` names, else the first. */
  readonly container?: string | undefined;
  /** True: the stream goes on as the container writes. */
  readonly follow?: boolean | undefined;
  /** With `follow`: goes on when the container is restarted, and when the connection breaks. Ends when the pod has ended. */
  readonly restarts?: boolean | undefined;
  /** True: the log of the container before its last restart. */
  readonly previous?: boolean | undefined;
  /** The lines from the end to begin with. Default: all. */
  readonly tail?: number | undefined;
  /** Only lines of the last so many seconds. */
  readonly sinceSeconds?: number | undefined;
  /** Only lines since this time: RFC 3339 text, or a `Date`. */
  readonly sinceTime?: string | Date | undefined;
  /** True: each line has its `time`. */
  readonly timestamps?: boolean | undefined;
  /** The bytes after which the server ends the log. */
  readonly limitBytes?: number | undefined;
  /** One output only: `Stdout` or `Stderr`. Servers before 1.37 refuse it unless the gate `PodLogsQuerySplitStreams` is on. */
  readonly stream?: 'All' | 'Stdout' | 'Stderr' | undefined;
  /** True: the API server does not check the node's certificate. */
  readonly insecureSkipTLSVerifyBackend?: boolean | undefined;
  /** Longer lines come in pieces that are marked `partial`. Default 1 MiB. */
  readonly maxLineBytes?: number | undefined;
  /** Ends the stream: it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Opens a log; the stream calls it when it is first read. */
export interface LogOpener {
  lines(signal: AbortSignal): AsyncIterable<LogLine>;
  bytes(signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

const MOST_TEXT = 256 * 1024 * 1024;

/** A log, which can be read once: as lines by iteration, as text, or as raw bytes. Nothing is sent before that. */
export class LogStream implements AsyncIterable<LogLine> {
  readonly #opener: LogOpener;
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal;
  #read = false;

  constructor(opener: LogOpener, signal: AbortSignal | undefined) {
    this.#opener = opener;
    this.#signal = signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]);
  }

  /** Reads the log line by line. Leaving the loop closes the connection. */
  async *[Symbol.asyncIterator](): AsyncGenerator<LogLine> {
    this.#readOnce();
    try {
      yield* this.#opener.lines(this.#signal);
    } finally {
      this.#ending.abort(new InvalidRequestError('the log is no longer read'));
    }
  }

  /** Reads the log to its end as text. Throws an `InvalidRequestError` beyond 256 MiB. */
  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of await this.bytes()) {
      length += chunk.length;
      if (length > MOST_TEXT) throw new InvalidRequestError(`the log is longer than ${MOST_TEXT} bytes: use bytes()`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** Opens the log as raw bytes. Cancelling the stream closes the connection. */
  bytes(): Promise<ReadableStream<Uint8Array>> {
    this.#readOnce();
    return this.#opener.bytes(this.#signal);
  }

  #readOnce(): void {
    if (this.#read) throw new InvalidRequestError('a log can be read once: call logs() again');
    this.#read = true;
  }
}
