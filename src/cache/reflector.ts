import type { ApiCall } from '../client/api-caller.js';
import {
  apiErrorFromStatus,
  DecodingError,
  type Destination,
  inContext,
  isInvalidRequestError,
  type RequestContext,
} from '../errors/index.js';
import type { TransportResponse } from '../transport/transport.js';
import { throwIfAborted } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import { jsonObjectCodec, MalformedError } from '../wire/index.js';
import { FrameScan, FrameType, type ObjectCodec, type ObjectHead } from '../wire/object-codec.js';
import { withAdvice } from './access-advice.js';
import type { Encodings } from './encodings.js';
import { type InformerMetrics, observe } from './informer-metrics.js';
import type { Interruption } from './interruption.js';
import { ListWatch, type ListWatchSink, type PageEnd, type PageStep, type StepResult } from './list-watch.js';
import type { ListWatchAttempt } from './list-watch-attempt.js';
import type { ListWatchPlan, WatchStep } from './list-watch-plan.js';
import type { Relist, Store } from './store.js';

/** Where a reflector gets its bytes: one collection on one cluster, as one user. */
export interface ReflectorSource {
  /** Sends one call; resolves when headers of success have come. */
  open(call: ApiCall): Promise<TransportResponse>;
  /** Path of the collection. */
  readonly path: string;
  /** Selectors. */
  readonly query: { readonly [name: string]: string | number | boolean | undefined };
  /** The request, for errors. The reflector adds the verb. */
  readonly context: RequestContext;
  /** The server and the user, for errors. */
  readonly destination?: Destination | undefined;
}

/** The options of a reflector. */
export interface ReflectorOptions {
  readonly source: ReflectorSource;
  readonly encodings: Encodings;
  readonly store: Store;
  readonly plan: ListWatchPlan;
  readonly clock: Clock;
  readonly metrics: InformerMetrics;
  /** The namespace this reflector is for; absent where it is for all. */
  readonly namespace: string | undefined;
  readonly keepManagedFields: boolean;
  /** Changes each object before it is kept. */
  readonly transform: ((object: unknown) => unknown) | undefined;
  readonly listener: ReflectorListener;
}

/** Hears how a reflector gets on. */
export interface ReflectorListener {
  /** Called after each chunk of bytes that may have changed something: deliver now. */
  progress(): void;
  /** Called when something was not as it should be: an interruption, or one object that could not be read. */
  trouble(error: unknown): void;
}

/**
 * Keeps a store equal to a collection on the server. Bytes come from the transport by callback and are split into frames. The reflector
 * copies those that belong to the store, without decoding an object. It is a sink of the list-watch loop, which recovers from everything.
 */
export class Reflector implements ListWatchSink {
  readonly #options: ReflectorOptions;
  readonly #loop: ListWatch;
  /** For each codec a head, made when the first answer comes that is in its encoding. */
  readonly #heads = new Map<ObjectCodec, ObjectHead>();
  readonly #scan = new FrameScan();
  /** The whole state on its way into the store. */
  #relist: Relist | undefined;
  /** True once a whole state has been in the store. */
  synced = false;
  /** The number of times that a list or watch was interrupted. */
  restarts = 0;
  lastByteAt: number | undefined;
  lastEventAt: number | undefined;
  lastBookmarkAt: number | undefined;
  /** The latest one, over or not. */
  interruption: Interruption | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#loop = new ListWatch({ sink: this, plan: options.plan, clock: options.clock });
  }

  /** The version up to which the store is complete; empty before the first whole state. */
  get resourceVersion(): string {
    return this.synced ? this.#options.plan.resourceVersion : '';
  }

  get context(): RequestContext {
    return this.#options.source.context;
  }

  /**
   * Lists and watches until `signal` aborts, then resolves. Nothing is written to the store after that. Rejects only with what trying
   * again cannot help: an `InvalidRequestError`, such as that of a closed handle.
   */
  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  begin(): void {
    this.#relist = this.#options.store.relist({ namespace: this.#options.namespace, direct: !this.synced });
  }

  async page(step: PageStep, attempt: ListWatchAttempt): Promise<PageEnd> {
    const { source, encodings, metrics } = this.#options;
    if (step.continue === undefined) metrics.reflector_lists_total++;
    const response = await this.#open(attempt, await encodings.accept('list'), {
      ...source.query,
      limit: step.limit === 0 ? undefined : step.limit,
      continue: step.continue,
      resourceVersion: step.resourceVersion,
      resourceVersionMatch: step.resourceVersionMatch,
    });
    attempt.answeredBy(serverOf(response));
    const { context } = attempt;
    const codec = encodings.codecOf(response.headers['content-type'], context);
    const head = this.#headOf(codec);
    const items = codec.listItems();
    let at = 0;
    const onItem = (bytes: Uint8Array, start: number, end: number) => {
      attempt.received++;
      try {
        head.scan(bytes, start, end);
        this.#relist?.apply(this.#ingest(head, bytes, start, end));
      } catch (error) {
        this.#skipped(error, context, at);
      }
    };
    await this.#consume(response, attempt, (chunk) => {
      items.push(chunk, onItem);
      at += chunk.length;
    });
    return decodingOf(context, () => items.end());
  }

  async watch(step: WatchStep, attempt: ListWatchAttempt): Promise<void> {
    const { source, encodings, metrics } = this.#options;
    metrics.reflector_watches_total++;
    const response = await this.#open(attempt, await encodings.accept('watch'), {
      ...source.query,
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: step.timeoutSeconds,
      resourceVersion: step.resourceVersion,
      ...(step.initial ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } : {}),
    });
    attempt.answeredBy(serverOf(response));
    attempt.throwIfFailed();
    const { context } = attempt;
    const codec = encodings.codecOf(response.headers['content-type'], context);
    const head = this.#headOf(codec);
    const frames = codec.frames();
    const onFrame = (bytes: Uint8Array, start: number, end: number) => {
      if (attempt.failure !== undefined) return;
      attempt.received++;
      try {
        codec.scanFrame(bytes, start, end, this.#scan, head);
        if (this.#scan.type === FrameType.Error) attempt.fail(this.#errorFrame(codec, bytes, context));
        else this.#event(head, bytes, this.#scan.type, attempt);
      } catch (error) {
        this.#skipped(error, context, frames.offset);
      }
    };
    await this.#consume(response, attempt, (chunk) => {
      frames.push(chunk, onFrame);
      attempt.throwIfFailed();
    });
    if (frames.pending > 0) {
      throw new DecodingError('the stream ended inside a frame', {
        offset: frames.offset + frames.pending,
        request: context,
      });
    }
  }

  complete(): void {
    this.#commit();
    this.#options.listener.progress();
  }

  leave(): void {
    this.#relist?.abandon();
    this.#relist = undefined;
  }

  ended({ kind, received, durationMs, error, interruption }: StepResult): void {
    const { metrics, listener } = this.#options;
    const isList = kind === 'list';
    observe(
      isList ? metrics.reflector_list_duration_seconds : metrics.reflector_watch_duration_seconds,
      durationMs / 1000,
    );
    observe(isList ? metrics.reflector_items_per_list : metrics.reflector_items_per_watch, received);
    if (interruption === undefined) return;
    this.restarts++;
    this.interruption = interruption;
    if (interruption.kind === 'short') metrics.reflector_short_watches_total++;
    if (error !== undefined) listener.trouble(error);
  }

  isFinal(error: unknown): boolean {
    return isInvalidRequestError(error);
  }

  #event(found: ObjectHead, bytes: Uint8Array, type: FrameType, attempt: ListWatchAttempt): void {
    const { store, clock } = this.#options;
    const scan = this.#scan;
    if (type === FrameType.Bookmark) {
      this.lastBookmarkAt = clock.now();
      if (attempt.bookmark(scan.resourceVersion, scan.initialEventsEnd) === 'end') this.#commit();
      return;
    }
    if (type === FrameType.Unknown) throw new MalformedError('an event of a type no version of the API has', 0);
    // Read before a transform points the head elsewhere. The versions of a state that is still coming are in no order.
    if (this.#relist === undefined && !attempt.saw(found.resourceVersion)) return;
    const head = this.#ingest(found, bytes, scan.objectStart, scan.objectEnd);
    this.lastEventAt = this.lastByteAt;
    if (type === FrameType.Deleted) (this.#relist ?? store).remove(head);
    else (this.#relist ?? store).apply(head);
  }

  #headOf(codec: ObjectCodec): ObjectHead {
    const head = this.#heads.get(codec) ?? codec.head({ managedFields: this.#options.keepManagedFields });
    this.#heads.set(codec, head);
    return head;
  }

  /** The head of the object as it is to be kept; `head` points at it as it came. */
  #ingest(head: ObjectHead, bytes: Uint8Array, start: number, end: number): ObjectHead {
    const { transform, namespace } = this.#options;
    if (!head.hasName) throw new MalformedError('an object without a name', 0);
    if (namespace !== undefined && head.namespace !== namespace)
      throw new MalformedError('an object of another namespace than the one asked for', 0);
    if (transform === undefined) return head;
    // What a transform makes need not be of the kind any more: JSON alone takes it as it is.
    const kept = jsonObjectCodec.encode(transform(head.codec.hydrate(bytes, start, end)));
    const own = this.#headOf(jsonObjectCodec);
    own.scanStored(kept, 0, kept.length);
    if (!own.hasName) throw new MalformedError('a transform took the name away', 0);
    return own;
  }

  #commit(): void {
    this.#relist?.commit();
    this.#relist = undefined;
    this.synced = true;
  }

  #errorFrame(codec: ObjectCodec, bytes: Uint8Array, context: RequestContext): unknown {
    return apiErrorFromStatus(codec.hydrate(bytes, this.#scan.objectStart, this.#scan.objectEnd), context);
  }

  /** One object that cannot be read is reported with its position, and skipped: the rest is worth having. */
  #skipped(error: unknown, context: RequestContext, offset: number): void {
    this.#options.metrics.reflector_undecodable_total++;
    const at = error instanceof MalformedError ? error.offset : 0;
    const message = error instanceof Error ? error.message : 'could not be read';
    this.#options.listener.trouble(
      new DecodingError(`skipped an object: ${message}`, { offset: offset + at, request: context, cause: error }),
    );
  }

  async #open(attempt: ListWatchAttempt, accept: string, query: ReflectorSource['query']): Promise<TransportResponse> {
    const { source } = this.#options;
    const { context } = attempt;
    // The attempt judges whether the stream is dead, because it knows what was promised.
    const options = { signal: attempt.signal, timeoutMs: transportTimeoutMs };
    try {
      return await source.open({ context, method: 'GET', path: source.path, query, accept, options });
    } catch (error) {
      throw withAdvice(error, this.#options);
    } finally {
      attempt.alive();
    }
  }

  async #consume(
    response: TransportResponse,
    attempt: ListWatchAttempt,
    take: (chunk: Uint8Array) => void,
  ): Promise<void> {
    const { clock, metrics, listener } = this.#options;
    const { context } = attempt;
    try {
      await response.body.consume((chunk) => {
        // A stream that was given up may still have bytes on the way.
        throwIfAborted(attempt.signal);
        const before = attempt.received;
        this.lastByteAt = clock.now();
        attempt.alive();
        metrics.reflector_bytes_total += chunk.length;
        decodingOf(context, () => take(chunk));
        if (attempt.received === before) return;
        listener.progress();
      });
    } catch (error) {
      throw withAdvice(inContext(error, context, this.#options.source.destination), this.#options);
    }
  }
}

/**
 * Which server answered: kube-apiserver says by which FlowSchema it queued the request, and the uid of that object is of this cluster
 * alone. Undefined where the server does not say.
 */
function serverOf({ headers }: TransportResponse): string | undefined {
  const uid = headers['x-kubernetes-pf-flowschema-uid'];
  return typeof uid === 'string' && uid !== '' ? uid : undefined;
}

/** Longer than any watch may be quiet: 10 minutes and the grace given to it. */
const transportTimeoutMs = 11 * 60_000;
/** Converts an error that a splitter or scanner throws into an error of this package. */
function decodingOf<T>(request: RequestContext, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new DecodingError(error.message, { offset: error.offset, request, cause: error });
  }
}
