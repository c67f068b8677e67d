import { mergePatch } from '../../client/index.js';
import { isAlreadyExists, isApiError, isInvalidRequestError, isNotFound } from '../../errors/index.js';
import type { Cluster } from '../../sdk/index.js';
import { type Clock, sleepWith } from '../../util/clock.js';
import type { Random } from '../../util/random.js';
import { type EventObject, eventResource } from './event.js';

/** client-go's: twelve tries ten seconds apart, and a thousand events waiting. */
const TRIES = 12;
const RETRY_MS = 10_000;
const JITTER = 0.25;
const MOST_WAITING = 1000;
/** The number of events that are written at a time. */
const WORKERS = 8;

/** The options of a writer. */
export interface EventWriterOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears of each event that is given up. */
  readonly onLost: (error: unknown) => void;
}

/** Writes events to the API in the background, a few at a time, and holds no more than a bounded number. */
export class EventWriter {
  readonly #options: EventWriterOptions;
  /** By name, the oldest first: a newer state of an event that waits takes its place. */
  readonly #waiting = new Map<string, EventObject>();
  /** Names being written: the states of one event go to the server one after the other. */
  readonly #busy = new Set<string>();
  readonly #cutting = new AbortController();
  readonly #idle: (() => void)[] = [];
  #working = 0;
  #closed = false;
  written = 0;

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  /** Takes the event as it is now. False: there are too many already, or the writer is closed. */
  add(event: EventObject): boolean {
    const { name } = event.metadata;
    if (this.#closed || (this.#waiting.size >= MOST_WAITING && !this.#waiting.has(name))) return false;
    this.#waiting.set(name, structuredClone(event));
    if (this.#working < WORKERS) void this.#work();
    return true;
  }

  /** Resolves when everything has been written or given up. Nothing is taken from now on. */
  async drain(): Promise<void> {
    this.#closed = true;
    if (this.#working > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Gives up what has not been written. */
  cut(reason: unknown): void {
    this.#closed = true;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#cutting.abort(reason);
    for (const _ of lost) this.#options.onLost(reason);
  }

  async #work(): Promise<void> {
    this.#working++;
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      const { name } = event.metadata;
      this.#busy.add(name);
      await this.#write(event);
      this.#busy.delete(name);
    }
    this.#working--;
    if (this.#working === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** The oldest that nobody is writing an older state of. Whoever does takes it afterwards. */
  #next(): EventObject | undefined {
    for (const [name, event] of this.#waiting) {
      if (this.#busy.has(name)) continue;
      this.#waiting.delete(name);
      return event;
    }
    return undefined;
  }

  async #write(event: EventObject): Promise<void> {
    const { clock, random, onLost } = this.#options;
    const { signal } = this.#cutting;
    for (let tries = 1; ; tries++) {
      try {
        await this.#send(event, signal);
        this.written++;
        return;
      } catch (error) {
        // Once closed, the last try was the last: whoever closes waits, but not for two minutes.
        if (signal.aborted || this.#closed || tries === TRIES || !worthRetrying(error, event)) return onLost(error);
      }
      // A timer: waiting events must not keep a process alive.
      const waitMs = RETRY_MS * (1 + JITTER * random());
      await sleepWith((fn) => clock.setTimer(waitMs, fn), signal).catch(() => undefined);
    }
  }

  async #send(event: EventObject, signal: AbortSignal): Promise<void> {
    const { name, namespace } = event.metadata;
    const events = this.#options.cluster.resource(eventResource).in(namespace);
    if (event.series !== undefined) {
      try {
        await events.patch(name, mergePatch({ series: event.series }), { signal });
        return;
      } catch (error) {
        // It has been deleted, as events are after an hour: a new one tells of the series.
        if (!isNotFound(error)) throw error;
      }
    }
    try {
      await events.create(event, { signal });
    } catch (error) {
      // Names are unique: it is this very event, written by a try whose answer was lost, or with its series already.
      if (!isAlreadyExists(error) || event.series !== undefined) throw error;
    }
  }
}

/** Reports whether a second attempt can succeed. It can if the request did not reach the server or the server was busy. */
function worthRetrying(error: unknown, event: EventObject): boolean {
  if (isInvalidRequestError(error)) return false;
  if (!isApiError(error)) return true;
  // A series whose event is just being created: the next try finds it.
  if (error.isAlreadyExists) return event.series !== undefined;
  return error.isTooManyRequests || error.httpStatus >= 500;
}
