import type { ChangeEvent, CollectionReader, ShardedSelection } from '../client/index.js';
import { checkOptions, type KeysOf } from '../errors/check-options.js';
import { type DecodingError, isInvalidRequestError, isKubeError, type RequestContext } from '../errors/index.js';
import type { BookmarkEvent, KubeObject, Scope, Stored } from '../meta/index.js';
import { anySignal } from '../util/abort.js';
import { type Clock, systemClock } from '../util/clock.js';
import { Handoff } from '../util/handoff.js';
import type { Random } from '../util/random.js';
import { ListWatch, type ListWatchSink, type PageEnd, type PageStep, type StepResult } from './list-watch.js';
import type { ListWatchAttempt } from './list-watch-attempt.js';
import { ListWatchPlan, type WatchStep } from './list-watch-plan.js';
import type { SyncEvent } from './sync-event.js';

/** The options of a watcher. */
export interface WatcherOptions extends ShardedSelection {
  /** Ends the watcher: the loop over it ends, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Objects per request where the state is listed. Default 500, as client-go's pager. */
  readonly pageSize?: number | undefined;
  /**
   * The way to fetch the first state. `stream` uses WatchList (KEP-3157), and paged lists on servers without it. `list` uses paged lists
   * at once. Default `stream`.
   */
  readonly initialState?: 'stream' | 'list' | undefined;
  /** True: `bookmark` events are delivered. Default false. */
  readonly bookmarks?: boolean | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Where chance comes from, for jitter. Default: the system's. */
  readonly random?: Random | undefined;
}

const watcherOptions: KeysOf<WatcherOptions> = {
  labels: true,
  fields: true,
  shardSelector: true,
  signal: true,
  pageSize: true,
  initialState: true,
  bookmarks: true,
  clock: true,
  random: true,
};

/** The time after its own timeout at which the transport gives up a silent watch. */
const SLACK_MS = 30_000;

/**
 * The objects of a handle as a stream of changes that recovers from everything until it is aborted, or the cluster handle is closed:
 * lost and silent connections, expired versions (410), busy servers (429), and servers without WatchList. Trouble is an event, never the
 * end; only what trying again cannot help (bad selectors, a closed handle) is thrown.
 *
 * The rules are those of `ListWatchPlan`, which are client-go's. In memory at a time: one page of a list, or one chunk of a watch.
 */
export async function* watcher<T extends KubeObject, S extends Scope>(
  source: CollectionReader<T, S>,
  options: WatcherOptions = {},
): AsyncGenerator<SyncEvent<Stored<T, S>>, void, undefined> {
  checkOptions('watcher', options, watcherOptions);
  const { clock = systemClock, random, pageSize, initialState } = options;
  const ending = new AbortController();
  const either = anySignal(options.signal, ending.signal);
  const events = new Handoff<SyncEvent<Stored<T, S>>>();
  const plan = new ListWatchPlan({ clock, random, pageSize, watchList: initialState !== 'list' });
  const loop = new ListWatch({ sink: new EventSink(source, options, events), plan, clock });
  const running = loop.run(either.signal).finally(() => events.end());
  // Its error is thrown below, when the consumer asks for the next event.
  running.catch(() => {});
  try {
    yield* events;
    await running;
  } finally {
    ending.abort();
    await running.catch(() => {});
    either.dispose();
  }
}

/** Hands the objects of a list-watch loop over, one event at a time. */
class EventSink<T extends KubeObject, S extends Scope> implements ListWatchSink {
  readonly context: RequestContext = {};
  readonly #source: CollectionReader<T, S>;
  readonly #options: WatcherOptions;
  readonly #events: Handoff<SyncEvent<Stored<T, S>>>;

  constructor(source: CollectionReader<T, S>, options: WatcherOptions, events: Handoff<SyncEvent<Stored<T, S>>>) {
    this.#source = source;
    this.#options = options;
    this.#events = events;
  }

  begin(): Promise<void> {
    return this.#events.put({ type: 'resetBegin' });
  }

  async page(step: PageStep, attempt: ListWatchAttempt): Promise<PageEnd> {
    // A page is one answer, which has the deadline of any call.
    attempt.pause();
    const { labels, fields, shardSelector } = this.#options;
    const { resourceVersion, resourceVersionMatch, continue: token, limit: pageSize } = step;
    const { signal } = attempt;
    const version = { resourceVersion, resourceVersionMatch, continue: token };
    const page = await this.#source.list({ labels, fields, shardSelector, signal, pageSize, ...version }).page();
    for (const object of page.items) {
      attempt.received++;
      await this.#events.put({ type: 'apply', object, initial: true });
    }
    return { resourceVersion: page.resourceVersion, continue: page.continue ?? '', items: page.items.length };
  }

  async watch(step: WatchStep, attempt: ListWatchAttempt): Promise<void> {
    const { labels, fields, shardSelector } = this.#options;
    const { resourceVersion, timeoutSeconds } = step;
    const skipped: DecodingError[] = [];
    const stream = this.#source.watch({
      labels,
      fields,
      shardSelector,
      signal: attempt.signal,
      resourceVersion,
      timeoutSeconds,
      timeoutMs: timeoutSeconds * 1000 + SLACK_MS,
      bookmarks: true,
      // Thrown, it would come again with every watch from the same version, and nothing behind it ever would.
      onUndecodable: (error) => {
        attempt.received++;
        skipped.push(error);
      },
      ...(step.initial ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } : {}),
    });
    try {
      let { initial } = step;
      for (;;) {
        const next = await stream.next();
        // Time that the consumer takes does not count.
        attempt.pause();
        for (const error of skipped.splice(0)) await this.#events.put({ type: 'skipped', error });
        if (next.done) return;
        attempt.received++;
        const event = next.value;
        if (event.type === 'BOOKMARK') initial = await this.#bookmark(event, initial, attempt);
        else await this.#change(event, initial, attempt);
        attempt.resume();
      }
    } finally {
      await stream.return();
    }
  }

  complete(resourceVersion: string): Promise<void> {
    return this.#events.put({ type: 'resetEnd', resourceVersion });
  }

  /** Consumers drop an unfinished state when another one begins. */
  leave(): void {}

  async ended({ error, interruption }: StepResult): Promise<void> {
    if (interruption === undefined) return;
    const { kind, retryInMs } = interruption;
    await this.#events.put({ type: 'interrupted', kind, error, retryInMs });
  }

  /** Bad input and closed handles stay what they are, and errors that are not ours are bugs. */
  isFinal(error: unknown): boolean {
    return !isKubeError(error) || isInvalidRequestError(error);
  }

  async #change(
    { type, object }: ChangeEvent<Stored<T, S>>,
    initial: boolean,
    attempt: ListWatchAttempt,
  ): Promise<void> {
    if (!initial) attempt.saw(object.metadata.resourceVersion);
    attempt.throwIfFailed();
    await this.#events.put(type === 'DELETED' ? { type: 'delete', object } : { type: 'apply', object, initial });
  }

  /** Returns whether the initial state is still coming. */
  async #bookmark(
    { resourceVersion, initialEventsEnd }: BookmarkEvent,
    initial: boolean,
    attempt: ListWatchAttempt,
  ): Promise<boolean> {
    attempt.bookmark(resourceVersion, initialEventsEnd);
    attempt.throwIfFailed();
    if (initial) await this.#events.put({ type: 'resetEnd', resourceVersion });
    else if (this.#options.bookmarks) await this.#events.put({ type: 'bookmark', resourceVersion });
    return false;
  }
}
