import type { CollectionReader, ShardedSelection } from '../client/index.js';
import { checkOptions, type KeysOf } from '../client/known-options.js';
import { type DecodingError, isKubeError, TimeoutError } from '../errors/index.js';
import type { KubeObject, Scope, Stored } from '../meta/index.js';
import { type Clock, systemClock } from '../util/clock.js';
import type { Random } from '../util/random.js';
import { type ListStep, ListWatchPlan, replacedError, type WatchStep } from './list-watch.js';
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
  const { signal, clock = systemClock, random, pageSize, initialState } = options;
  const plan = new ListWatchPlan({ clock, random, pageSize, watchList: initialState !== 'list' });
  for (;;) {
    if (signal?.aborted) return;
    const step = plan.step();
    const attempt = new Attempt(source, options, plan, clock);
    const began = clock.now();
    let error: unknown;
    try {
      yield* step.kind === 'list' ? attempt.list(step) : attempt.watch(step);
    } catch (thrown) {
      if (signal?.aborted) return;
      // Bad input and closed handles stay what they are, and errors that are not ours are bugs.
      if (!isKubeError(thrown) || thrown.code === 'ERR_KUBE_INVALID_REQUEST') throw thrown;
      error = thrown;
    }
    const interruption = plan.ended({ error, received: attempt.received, durationMs: clock.now() - began });
    if (interruption === undefined) continue;
    const { kind, retryInMs } = interruption;
    yield { type: 'interrupted', kind, error, retryInMs };
    if (retryInMs > 0) await clock.sleep(retryInMs, { signal }).catch(() => {});
  }
}

type Events<T> = AsyncGenerator<SyncEvent<T>, void, undefined>;

/** One list, or one watch. */
class Attempt<T extends KubeObject, S extends Scope> {
  received = 0;

  constructor(
    private readonly source: CollectionReader<T, S>,
    private readonly options: WatcherOptions,
    private readonly plan: ListWatchPlan,
    private readonly clock: Clock,
  ) {}

  async *list({ limit, resourceVersion: wanted, resourceVersionMatch }: ListStep): Events<Stored<T, S>> {
    const { labels, fields, shardSelector, signal } = this.options;
    yield { type: 'resetBegin' };
    let resourceVersion = '';
    const list = this.source.list({
      labels,
      fields,
      shardSelector,
      signal,
      pageSize: limit,
      resourceVersion: wanted,
      resourceVersionMatch,
    });
    for await (const page of list.pages()) {
      for (const object of page.items) {
        this.received++;
        yield { type: 'apply', object, initial: true };
      }
      resourceVersion = page.resourceVersion;
    }
    this.plan.complete(resourceVersion);
    yield { type: 'resetEnd', resourceVersion };
  }

  async *watch({ initial, resourceVersion, timeoutSeconds }: WatchStep): Events<Stored<T, S>> {
    const { labels, fields, shardSelector, signal, bookmarks } = this.options;
    const skipped: DecodingError[] = [];
    const stream = this.source.watch({
      labels,
      fields,
      shardSelector,
      signal,
      resourceVersion,
      timeoutSeconds,
      timeoutMs: timeoutSeconds * 1000 + SLACK_MS,
      bookmarks: true,
      // Thrown, it would come again with every watch from the same version, and nothing behind it ever would.
      onUndecodable: (error) => {
        this.received++;
        skipped.push(error);
      },
      ...(initial ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } : {}),
    });
    if (initial) yield { type: 'resetBegin' };
    let complete = !initial;
    try {
      for (;;) {
        const next = await this.#next(stream);
        for (const error of skipped.splice(0)) yield { type: 'skipped', error };
        if (next.done) return;
        this.received++;
        const event = next.value;
        if (event.type !== 'BOOKMARK') {
          const { object } = event;
          if (complete && !this.plan.saw(object.metadata.resourceVersion)) throw replacedError({ verb: 'watch' });
          yield event.type === 'DELETED' ? { type: 'delete', object } : { type: 'apply', object, initial: !complete };
        } else if (complete) {
          if (!this.plan.saw(event.resourceVersion, true)) throw replacedError({ verb: 'watch' });
          if (bookmarks) yield { type: 'bookmark', resourceVersion: event.resourceVersion };
        } else {
          // A server that has WatchList holds its bookmarks back until the state is complete; another one never says that it is.
          if (!event.initialEventsEnd)
            throw quiet(this.plan.idleMs(), 'a bookmark, but not the one that ends the first state');
          complete = true;
          this.plan.complete(event.resourceVersion);
          yield { type: 'resetEnd', resourceVersion: event.resourceVersion };
        }
      }
    } finally {
      await stream.return();
    }
  }

  /** The next event, or a `TimeoutError` when none comes for as long as the plan bears. Time that the consumer takes does not count. */
  async #next<E>(stream: { next(): Promise<E>; return(): Promise<unknown> }): Promise<E> {
    const idleMs = this.plan.idleMs();
    let silent = false;
    const timer = this.clock.setTimer(idleMs, () => {
      silent = true;
      // Ends the `next` that is waiting.
      void stream.return();
    });
    try {
      const next = await stream.next();
      if (silent) throw quiet(idleMs, `no event within ${idleMs} ms`);
      return next;
    } finally {
      timer.cancel();
    }
  }
}

function quiet(timeoutMs: number, what: string): TimeoutError {
  return new TimeoutError(`watch: ${what}`, { deadline: 'idle', timeoutMs });
}
