import { isApiError } from '../errors/index.js';
import type { LogLine } from '../streams/log-lines.js';
import { Backoff } from '../util/backoff.js';
import type { ApiCaller } from './api-caller.js';
import type { LogOptions } from './log-stream.js';
import type { Selection } from './options.js';
import type { PodLike } from './pod-like.js';
import { readLog } from './pod-logs.js';
import { podsOf } from './pod-target.js';

/** Options of `cluster.logs`. */
export interface ClusterLogsOptions extends Omit<LogOptions, 'previous' | 'restarts' | 'container'>, Selection {
  /** Default: the cluster handle's. */
  readonly namespace?: string | undefined;
  /** Only containers whose name this matches. Default: all but init containers. */
  readonly container?: string | RegExp | undefined;
  /** Hears why the log of one container could not be read; the others go on. Default: it is thrown. */
  readonly onError?: ((error: unknown, from: { readonly pod: string; readonly container: string }) => void) | undefined;
}

/** One line of one of many pods. */
export interface ClusterLogLine extends LogLine {
  /** The name of the pod. */
  readonly pod: string;
  readonly namespace: string;
  readonly container: string;
}

/** Lines that wait for the reader. When there are so many, the connections wait. */
const MOST_WAITING = 1000;

/** Reads the logs of all selected pods; with `follow`, also of those that are made later. */
export async function* mergedLogs(
  caller: ApiCaller,
  options: ClusterLogsOptions & { readonly namespace: string },
): AsyncGenerator<ClusterLogLine> {
  const ending = new AbortController();
  const signal = options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
  const queue = new LineQueue();
  const tailer = new Tailer(caller, options, queue, signal);
  const running = tailer.run().then(
    () => queue.end(),
    (error: unknown) => queue.fail(error),
  );
  try {
    yield* queue;
  } finally {
    ending.abort(new Error('the logs are no longer read'));
    queue.end();
    await running;
  }
}

/** Starts a reader for each container once it has something to read. */
class Tailer {
  readonly #caller: ApiCaller;
  readonly #options: ClusterLogsOptions & { readonly namespace: string };
  readonly #queue: LineQueue;
  readonly #signal: AbortSignal;
  /** Containers that are read or were, by the uid of their pod. */
  readonly #started = new Set<string>();
  readonly #readers = new Set<Promise<void>>();

  constructor(
    caller: ApiCaller,
    options: ClusterLogsOptions & { readonly namespace: string },
    queue: LineQueue,
    signal: AbortSignal,
  ) {
    this.#caller = caller;
    this.#options = options;
    this.#queue = queue;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { namespace, labels, fields, follow = false } = this.#options;
    const pods = podsOf(this.#caller, namespace);
    const { clock, random } = this.#caller.shared;
    const backoff = new Backoff({ clock, random });
    const signal = this.#signal;
    for (;;) {
      try {
        const { items, resourceVersion } = await pods.list({ labels, fields, signal, pageSize: 0 }).page();
        for (const pod of items) this.#start(pod, follow);
        if (!follow) break;
        for await (const event of pods.watch({ labels, fields, signal, resourceVersion })) {
          backoff.reset();
          if (event.type !== 'DELETED' && event.type !== 'BOOKMARK') this.#start(event.object, true);
          else if (event.type === 'DELETED') this.#forget(event.object);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (!follow) throw error;
        if (isApiError(error) && !error.isGone && !error.isTooManyRequests && error.httpStatus < 500) throw error;
      }
      await clock.sleep(backoff.next(), { signal });
    }
    await Promise.all(this.#readers);
  }

  #start(pod: PodLike, follow: boolean): void {
    const { container: wanted } = this.#options;
    const { containerStatuses = [] } = pod.status ?? {};
    for (const { name, state } of containerStatuses) {
      const chosen = wanted === undefined || (typeof wanted === 'string' ? wanted === name : wanted.test(name));
      const key = `${pod.metadata?.uid}/${name}`;
      const readable = state?.running !== undefined || state?.terminated !== undefined;
      if (!chosen || !readable || this.#started.has(key)) continue;
      this.#started.add(key);
      const reader = this.#read(pod.metadata?.name ?? '', name, follow).finally(() => this.#readers.delete(reader));
      this.#readers.add(reader);
    }
  }

  #forget(pod: PodLike): void {
    for (const key of this.#started) if (key.startsWith(`${pod.metadata?.uid}/`)) this.#started.delete(key);
  }

  async #read(pod: string, container: string, follow: boolean): Promise<void> {
    const { namespace, onError, ...options } = this.#options;
    const target = { namespace, pod, container };
    try {
      for await (const line of readLog(
        this.#caller,
        target,
        { ...options, container, restarts: follow },
        this.#signal,
      )) {
        await this.#queue.push({ ...line, pod, namespace, container });
      }
    } catch (error) {
      // A pod may go while its log is being opened.
      if (this.#signal.aborted || (isApiError(error) && error.isNotFound)) return;
      if (onError === undefined) this.#queue.fail(error);
      else onError(error, { pod, container });
    }
  }
}

/** Lines on their way to one reader, bounded. */
class LineQueue implements AsyncIterable<ClusterLogLine> {
  readonly #lines: ClusterLogLine[] = [];
  #wakeReader: () => void = () => {};
  #wakeWriters: (() => void)[] = [];
  #outcome: { readonly error?: unknown } | undefined;

  async push(line: ClusterLogLine): Promise<void> {
    while (this.#lines.length >= MOST_WAITING && this.#outcome === undefined) {
      await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
    }
    if (this.#outcome === undefined) this.#lines.push(line);
    this.#wakeReader();
  }

  end(): void {
    this.#finish({});
  }

  fail(error: unknown): void {
    this.#finish({ error });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ClusterLogLine> {
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        if (this.#lines.length === MOST_WAITING - 1) this.#wakeAll();
        yield line;
      }
      if (this.#outcome !== undefined) {
        if ('error' in this.#outcome) throw this.#outcome.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }

  #finish(outcome: { readonly error?: unknown }): void {
    this.#outcome ??= outcome;
    this.#wakeReader();
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wakeWriters.splice(0)) wake();
  }
}
