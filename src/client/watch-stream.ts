import { apiErrorFromStatus, DecodingError, type RequestContext } from '../errors/index.js';
import type { KubeObject, WatchEvent } from '../meta/index.js';
import type { TransportResponse } from '../transport/transport.js';
import { anySignal } from '../util/abort.js';
import { isObject } from '../util/json-value.js';
import type { WatchFrame } from '../wire/index.js';
import { type ApiCaller, decodingError } from './api-caller.js';
import { codecOf } from './encoding.js';
import type { WatchOptions } from './options.js';

/** The annotation on the bookmark that ends the initial events (KEP-3157). */
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * The events of one watch connection, which is opened by the first `next()`. Ends when the server ends it. Throws `ApiError` for an
 * ERROR frame, `DecodingError` with the position for a malformed one, `NetworkError` or `TimeoutError` when the connection is lost; what
 * came before is delivered first. An aborted signal's reason is thrown at once. Leaving the loop closes the connection, also one that is
 * still being opened. While nobody asks for the next event, nothing is read.
 */
export class WatchStream<T extends KubeObject, E extends WatchEvent<T> = WatchEvent<T>>
  implements AsyncIterableIterator<E>
{
  readonly #open: (signal: AbortSignal) => Promise<TransportResponse>;
  readonly #caller: ApiCaller;
  readonly #context: RequestContext;
  readonly #options: WatchOptions;
  readonly #check: (object: KubeObject) => void;
  /** Ends a connection that is still being opened. */
  readonly #hangUp = new AbortController();
  #started = false;
  #body: TransportResponse['body'] | undefined;
  readonly #events: E[] = [];
  /** The end of the watch, once it has ended. */
  #end: { readonly error: unknown } | undefined;
  /** Whoever waits for something to happen. */
  #waiting: (() => void)[] = [];
  /** Lets the next chunk come. */
  #more: (() => void) | undefined;

  /** Made by `watch()`. */
  constructor(
    open: (signal: AbortSignal) => Promise<TransportResponse>,
    caller: ApiCaller,
    context: RequestContext,
    options: WatchOptions,
    /** Throws for an object that was not asked for. Default: takes all. */
    check: (object: KubeObject) => void = () => {},
  ) {
    this.#open = open;
    this.#caller = caller;
    this.#context = context;
    this.#options = options;
    this.#check = check;
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    this.#start();
    for (;;) {
      this.#dropIfAborted();
      const event = this.#events.shift();
      if (event !== undefined) return { done: false, value: event };
      if (this.#end !== undefined) break;
      this.#more?.();
      this.#more = undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const { error } = this.#end;
    this.#end = { error: undefined };
    if (error !== undefined) throw error;
    return { done: true, value: undefined };
  }

  /** Closes the connection. Events not yet taken are dropped; a `next()` under way says that it is done. */
  async return(): Promise<IteratorResult<E, undefined>> {
    this.#started = true;
    this.#events.length = 0;
    this.#finish(undefined);
    this.#end = { error: undefined };
    this.#hangUp.abort();
    this.#body?.cancel();
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Drops everything if the caller aborted, including events that have arrived. */
  #dropIfAborted(): void {
    const { signal } = this.#options;
    if (!signal?.aborted || (this.#end !== undefined && this.#events.length === 0)) return;
    this.#events.length = 0;
    this.#end = { error: signal.reason };
    this.#finish(undefined);
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#run().then(
      () => this.#finish(undefined),
      (error) => this.#finish(this.#caller.explain(error, this.#context)),
    );
  }

  async #run(): Promise<void> {
    const either = anySignal(this.#options.signal, this.#hangUp.signal);
    try {
      await this.#read(await this.#open(either.signal));
    } finally {
      either.dispose();
    }
  }

  async #read({ headers, body }: TransportResponse): Promise<void> {
    const codec = await codecOf(headers['content-type']);
    if (this.#end !== undefined) {
      body.cancel();
      return;
    }
    this.#body = body;
    const frames = codec.frames();
    const onFrame = (frame: Uint8Array) => {
      try {
        const unknown = { found: false };
        const event = codec.decodeFrame(frame, unknown);
        // An event cannot be asked for again: the object gets its fields back when it is replaced.
        if (unknown.found) this.#caller.shared.newerFields.addPartial(event.object);
        this.#take(event, frames.offset);
      } catch (thrown) {
        const error = decodingError(thrown, frames.offset, this.#context);
        const { onUndecodable } = this.#options;
        if (onUndecodable === undefined || !(error instanceof DecodingError)) throw error;
        onUndecodable(error);
      }
    };
    await body.consume((chunk) => {
      try {
        frames.push(chunk, onFrame);
      } catch (error) {
        // A splitter counts from the start of the stream itself.
        throw decodingError(error, 0, this.#context);
      }
      this.#wake();
      if (this.#events.length === 0) return;
      return new Promise((resolve) => {
        this.#more = resolve;
      });
    });
    if (frames.pending > 0) {
      throw new DecodingError('the stream ended inside a frame', {
        offset: frames.offset + frames.pending,
        request: this.#context,
      });
    }
  }

  #take(frame: WatchFrame, offset: number): void {
    const { type, object } = frame;
    if (type === 'ERROR') throw apiErrorFromStatus(object, this.#context);
    // Every object of the API has metadata, a bookmark's too: those who follow rely on it.
    if (!isObject(object) || !isObject(object.metadata))
      throw new DecodingError('a watch event without an object', { offset, request: this.#context });
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      this.#check(object as KubeObject);
      this.#events.push({ type, object } as unknown as E);
    } else if (type !== 'BOOKMARK') {
      throw new DecodingError(`a watch event of the unknown type ${JSON.stringify(type).slice(0, 40)}`, {
        offset,
        request: this.#context,
      });
    } else if (this.#options.bookmarks) {
      const { metadata } = object as KubeObject;
      const initialEventsEnd = metadata?.annotations?.[INITIAL_EVENTS_END] === 'true';
      this.#events.push({ type, resourceVersion: metadata?.resourceVersion ?? '', initialEventsEnd } as E);
    }
  }

  #finish(error: unknown): void {
    this.#end ??= { error };
    this.#more?.();
    this.#more = undefined;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
