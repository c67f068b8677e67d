import type { ApiCall } from '../client/api-caller.js';
import { PageProgress } from '../client/page-progress.js';
import {
  apiErrorFromStatus,
  DecodingError,
  type Destination,
  inContext,
  isInvalidRequestError,
  type RequestContext,
  TimeoutError,
} from '../errors/index.js';
import type { TransportResponse } from '../transport/transport.js';
import { onAbort, throwIfAborted } from '../util/abort.js';
import type { Clock, Timer } from '../util/clock.js';
import { jsonObjectCodec, MalformedError } from '../wire/index.js';
import { FrameScan, FrameType, type ObjectCodec, type ObjectHead } from '../wire/object-codec.js';
import { withAdvice } from './access-advice.js';
import type { Encodings } from './encodings.js';
import { type InformerMetrics, observe } from './informer-metrics.js';
import type { Interruption } from './interruption.js';
import { type ListStep, type ListWatchPlan, replacedError, type WatchStep } from './list-watch.js';
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
  /** Called after each chunk of bytes that may have changed something: deliver now. */
  readonly onProgress: () => void;
  /** Called when something was not as it should be: an interruption, or one object that could not be read. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Keeps a store equal to a collection on the server: bytes come from the transport by callback, are split into frames, and what
 * belongs to the store is copied there, without an object being decoded. Recovers from everything until told to stop.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  /** For each codec a head, made when the first answer comes that is in its encoding. */
  readonly #heads = new Map<ObjectCodec, ObjectHead>();
  readonly #scan = new FrameScan();
  /** The whole state on its way into the store. */
  #relist: Relist | undefined;
  /** An error found inside a frame, which ends the current watch. */
  #fatal: unknown;
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
  }

  /** The version up to which the store is complete; empty before the first whole state. */
  get resourceVersion(): string {
    return this.synced ? this.#options.plan.resourceVersion : '';
  }

  /**
   * Lists and watches until `signal` aborts, then resolves. Nothing is written to the store after that. Rejects only with what trying
   * again cannot help: an `InvalidRequestError`, such as that of a closed handle.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { plan, clock, onTrouble } = this.#options;
    while (!signal.aborted) {
      const step = plan.step();
      const begun = clock.now();
      const attempt = new Attempt(clock, signal, () => plan.idleMs());
      let error: unknown;
      try {
        if (step.kind === 'list') await this.#list(step, attempt);
        else await this.#watch(step, attempt);
      } catch (caught) {
        error = withAdvice(caught ?? new Error('the connection was given up without a reason'), this.#options);
      } finally {
        attempt.dispose();
        this.#relist?.abandon();
        this.#relist = undefined;
      }
      if (signal.aborted) return;
      if (isInvalidRequestError(error)) throw error;
      this.#measure(step.kind, attempt.received, (clock.now() - begun) / 1000);
      const interruption = plan.ended({ error, received: attempt.received, durationMs: clock.now() - begun });
      if (interruption === undefined) continue;
      this.restarts++;
      this.interruption = interruption;
      if (interruption.kind === 'short') this.#options.metrics.reflector_short_watches_total++;
      if (error !== undefined) onTrouble(error);
      await clock.sleep(interruption.retryInMs, { signal }).catch(() => {});
    }
  }

  async #list(step: ListStep, attempt: Attempt): Promise<void> {
    const { source, encodings, metrics } = this.#options;
    metrics.reflector_lists_total++;
    const relist = this.#begin();
    const context = { ...source.context, verb: 'list' };
    const pages = new PageProgress(context);
    let resourceVersion = '';
    let token = '';
    do {
      // A continue token holds its version; servers refuse both together.
      const version =
        token === ''
          ? { resourceVersion: step.resourceVersion, resourceVersionMatch: step.resourceVersionMatch }
          : { continue: token };
      const response = await this.#open(attempt, context, await encodings.accept('list'), {
        ...source.query,
        ...version,
        limit: step.limit === 0 ? undefined : step.limit,
      });
      this.#options.plan.answeredBy(serverOf(response));
      const codec = encodings.codecOf(response.headers['content-type'], context);
      const head = this.#headOf(codec);
      const items = codec.listItems();
      let at = 0;
      const onItem = (bytes: Uint8Array, start: number, end: number) => {
        attempt.received++;
        try {
          head.scan(bytes, start, end);
          relist.apply(this.#ingest(head, bytes, start, end));
        } catch (error) {
          this.#skipped(error, context, at);
        }
      };
      await this.#consume(response, attempt, context, (chunk) => {
        items.push(chunk, onItem);
        at += chunk.length;
      });
      const page = decodingOf(context, () => items.end());
      resourceVersion ||= page.resourceVersion;
      token = page.continue;
      pages.follow(token, page.items);
    } while (token !== '');
    this.#complete(relist, resourceVersion);
    this.#options.onProgress();
  }

  async #watch(step: WatchStep, attempt: Attempt): Promise<void> {
    const { source, encodings, metrics } = this.#options;
    metrics.reflector_watches_total++;
    if (step.initial) this.#begin();
    const context = { ...source.context, verb: 'watch' };
    const response = await this.#open(attempt, context, await encodings.accept('watch'), {
      ...source.query,
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: step.timeoutSeconds,
      resourceVersion: step.resourceVersion,
      ...(step.initial ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } : {}),
    });
    if (!this.#options.plan.answeredBy(serverOf(response))) throw replacedError(context);
    const codec = encodings.codecOf(response.headers['content-type'], context);
    const head = this.#headOf(codec);
    const frames = codec.frames();
    this.#fatal = undefined;
    const onFrame = (bytes: Uint8Array, start: number, end: number) => {
      if (this.#fatal !== undefined) return;
      attempt.received++;
      try {
        codec.scanFrame(bytes, start, end, this.#scan, head);
        if (this.#scan.type === FrameType.Error) this.#fatal = this.#errorFrame(codec, bytes, context);
        else this.#event(head, bytes, this.#scan.type);
      } catch (error) {
        this.#skipped(error, context, frames.offset);
      }
    };
    await this.#consume(response, attempt, context, (chunk) => {
      frames.push(chunk, onFrame);
      if (this.#fatal !== undefined) throw this.#fatal;
    });
    if (frames.pending > 0) {
      throw new DecodingError('the stream ended inside a frame', {
        offset: frames.offset + frames.pending,
        request: context,
      });
    }
  }

  #event(found: ObjectHead, bytes: Uint8Array, type: FrameType): void {
    const { store, plan, clock } = this.#options;
    const scan = this.#scan;
    if (type === FrameType.Bookmark) {
      this.lastBookmarkAt = clock.now();
      if (this.#relist === undefined) this.#saw(scan.resourceVersion, true);
      else if (scan.initialEventsEnd) {
        this.#complete(this.#relist, scan.resourceVersion);
      } else {
        // A server that streams states holds its bookmarks back until the state is complete; another one never says that it is.
        this.#fatal = new TimeoutError('a bookmark came, but not the one that ends the first state', {
          deadline: 'idle',
          timeoutMs: plan.idleMs(),
        });
      }
      return;
    }
    if (type === FrameType.Unknown) throw new MalformedError('an event of a type no version of the API has', 0);
    // Looked at before a transform points the head elsewhere. While a state comes nobody asks how far it is.
    if (this.#relist === undefined && !this.#saw(found.resourceVersion)) return;
    const head = this.#ingest(found, bytes, scan.objectStart, scan.objectEnd);
    this.lastEventAt = this.lastByteAt;
    if (type === FrameType.Deleted) (this.#relist ?? store).remove(head);
    else (this.#relist ?? store).apply(head);
  }

  /** Notes a version. If it is lower than the one before, the watch ends: the server was restored or replaced. */
  #saw(resourceVersion: string, bookmark = false): boolean {
    const { plan, source } = this.#options;
    if (plan.saw(resourceVersion, bookmark)) return true;
    this.#fatal = replacedError({ ...source.context, verb: 'watch' });
    return false;
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

  #begin(): Relist {
    this.#relist = this.#options.store.relist({ namespace: this.#options.namespace, direct: !this.synced });
    return this.#relist;
  }

  #complete(relist: Relist, resourceVersion: string): void {
    relist.commit();
    this.#relist = undefined;
    this.synced = true;
    this.#options.plan.complete(resourceVersion);
  }

  #errorFrame(codec: ObjectCodec, bytes: Uint8Array, context: RequestContext): unknown {
    return apiErrorFromStatus(codec.hydrate(bytes, this.#scan.objectStart, this.#scan.objectEnd), context);
  }

  /** One object that cannot be read is reported with its position, and skipped: the rest is worth having. */
  #skipped(error: unknown, context: RequestContext, offset: number): void {
    this.#options.metrics.reflector_undecodable_total++;
    const at = error instanceof MalformedError ? error.offset : 0;
    const message = error instanceof Error ? error.message : 'could not be read';
    this.#options.onTrouble(
      new DecodingError(`skipped an object: ${message}`, { offset: offset + at, request: context, cause: error }),
    );
  }

  async #open(
    attempt: Attempt,
    context: RequestContext,
    accept: string,
    query: ReflectorSource['query'],
  ): Promise<TransportResponse> {
    const { source } = this.#options;
    // Whether the stream is dead is judged here, where it is known what was promised.
    const options = { signal: attempt.signal, timeoutMs: transportTimeoutMs };
    try {
      return await source.open({ context, method: 'GET', path: source.path, query, accept, options });
    } finally {
      attempt.alive();
    }
  }

  async #consume(
    response: TransportResponse,
    attempt: Attempt,
    context: RequestContext,
    take: (chunk: Uint8Array) => void,
  ): Promise<void> {
    const { clock, metrics, onProgress } = this.#options;
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
        onProgress();
      });
    } catch (error) {
      throw inContext(error, context, this.#options.source.destination);
    }
  }

  #measure(kind: 'list' | 'watch', received: number, seconds: number): void {
    const { metrics } = this.#options;
    observe(
      kind === 'list' ? metrics.reflector_list_duration_seconds : metrics.reflector_watch_duration_seconds,
      seconds,
    );
    observe(kind === 'list' ? metrics.reflector_items_per_list : metrics.reflector_items_per_watch, received);
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
/** The interval at which the reflector checks the deadline of its connection, which moves with every byte. */
const checkEveryMs = 10_000;

/** Converts an error that a splitter or scanner throws into an error of this package. */
function decodingOf<T>(request: RequestContext, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new DecodingError(error.message, { offset: error.offset, request, cause: error });
  }
}

/** One list or watch under way, given up when no byte comes for too long. */
class Attempt {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #idleMs: () => number;
  readonly #stopListening: () => void;
  #timer: Timer;
  #lastAlive: number;
  received = 0;

  constructor(clock: Clock, parent: AbortSignal, idleMs: () => number) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#lastAlive = clock.now();
    this.#stopListening = onAbort(parent, (reason) => this.#controller.abort(reason));
    this.#timer = clock.setTimer(Math.min(idleMs(), checkEveryMs), () => this.#check());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  alive(): void {
    this.#lastAlive = this.#clock.now();
  }

  dispose(): void {
    this.#timer.cancel();
    this.#stopListening();
  }

  #check(): void {
    const idleMs = this.#idleMs();
    const left = this.#lastAlive + idleMs - this.#clock.now();
    if (left > 0) {
      this.#timer = this.#clock.setTimer(Math.min(left, checkEveryMs), () => this.#check());
      return;
    }
    const message = `no byte came for ${Math.round(idleMs / 1000)} s: the connection is taken for dead`;
    this.#controller.abort(new TimeoutError(message, { deadline: 'idle', timeoutMs: idleMs }));
  }
}
