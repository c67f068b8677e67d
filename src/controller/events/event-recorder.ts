import { hostname } from 'node:os';
import { checkOptions, type KeysOf } from '../../errors/check-options.js';
import { InvalidRequestError, TimeoutError } from '../../errors/index.js';
import { formatMicroTime, qualifiedNameProblems } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import { onAbort } from '../../util/abort.js';
import { type Clock, systemClock, type Timer } from '../../util/clock.js';
import { type Random, systemRandom } from '../../util/random.js';
import type { EventObject, EventReference, EventType } from './event.js';
import { cutTo, eventName, LONGEST_NOTE, LONGEST_WORD } from './event-text.js';
import { EventWriter } from './event-writer.js';
import { SpamFilter } from './spam-filter.js';

/** client-go's: a series that has been quiet for six minutes is over; one that goes on is written again after half an hour. */
const FINISH_MS = 360_000;
const REFRESH_MS = 1_800_000;
/** Events whose repetition is looked for, at most. */
const REMEMBERED = 4096;

/** The name that a recorder signs with, and its clock. */
export interface EventRecorderOptions {
  /** The reporting controller: a qualified name such as `example.com/website-controller`. */
  readonly controller: string;
  /** Which of its processes. Default: the controller's name and the host's. */
  readonly instance?: string | undefined;
  /** Hears of each event that was not written: too many, refused, or without a part it needs. Default: `metrics` alone tells. */
  readonly onLost?: ((error: unknown) => void) | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Where chance comes from. Default: the system's. */
  readonly random?: Random | undefined;
}

const recorderOptions: KeysOf<EventRecorderOptions> = {
  controller: true,
  instance: true,
  onLost: true,
  clock: true,
  random: true,
};

/** An object as the server or a cache gave it: what events are about. */
export interface EventSubject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?:
    | {
        readonly name?: string | undefined;
        readonly namespace?: string | undefined;
        readonly uid?: string | undefined;
        readonly resourceVersion?: string | undefined;
      }
    | undefined;
}

/** The content of an event. */
export interface EventFacts {
  /** Why, as one word for machines: `PodCreated`. At most 128 characters; the rest is cut. */
  readonly reason: string;
  /** The action, as one word for machines: `Create`. Default: the reason. At most 128 characters. */
  readonly action?: string | undefined;
  /** The same for people. At most 1024 bytes; the rest is cut. Never put a secret in it. */
  readonly note: string;
  /** True: an event with another note is another event, not a repetition. Default false, as in client-go. */
  readonly distinctNotes?: boolean | undefined;
  /** The part of the object that the event is about, such as `spec.containers{app}`. */
  readonly fieldPath?: string | undefined;
  /** Another object that has to do with it, such as the pod that was created. */
  readonly related?: EventSubject | undefined;
  /** For the event's metadata. */
  readonly annotations?: { readonly [key: string]: string } | undefined;
}

/** The counters of a recorder. */
export interface EventMetrics {
  /** Events and series written to the API. */
  events_written_total: number;
  /** Repetitions that were only counted. */
  events_aggregated_total: number;
  /** Events that were not written because there were too many about one object. */
  events_filtered_total: number;
  /** Events given up: too many waiting, refused, or the server out of reach for too long. */
  events_lost_total: number;
}

/** One event and how often it happened since it was last written. */
interface Remembered {
  readonly event: EventObject;
  seen: number;
  writtenAt: number;
  /** True: the series has counted on since it was last written. */
  stale: boolean;
}

/**
 * Tells people what a controller does, as Events (events.k8s.io/v1) that `kubectl events` and `kubectl describe` show. Recording never
 * waits and never throws: events are written in the background, and lost rather than in the way.
 *
 * As client-go's `tools/events`: the same thing again becomes a series, of which the second event is written, then the count every
 * half hour and at the end. One source may write 25 events about one object at once, then one in five minutes. At most 1000 wait.
 */
export class EventRecorder {
  readonly #writer: EventWriter;
  readonly #spam: SpamFilter;
  readonly #clock: Clock;
  readonly #controller: string;
  readonly #instance: string;
  readonly #onLost: (error: unknown) => void;
  readonly #remembered = new Map<string, Remembered>();
  readonly #metrics = { events_aggregated_total: 0, events_filtered_total: 0, events_lost_total: 0 };
  #count: number;
  #timer: Timer | undefined;
  #closed = false;

  /** Throws an `InvalidRequestError` for a controller's name the server would refuse. */
  constructor(cluster: Cluster, options: EventRecorderOptions) {
    checkOptions('EventRecorder', options, recorderOptions);
    const { controller, clock = systemClock, random = systemRandom } = options;
    const problems = qualifiedNameProblems(controller);
    if (problems.length > 0) {
      throw new InvalidRequestError(`${JSON.stringify(controller)} cannot report events: ${problems.join('; ')}`);
    }
    this.#clock = clock;
    this.#controller = controller;
    this.#instance = cutTo(options.instance ?? `${controller}-${hostname()}`, LONGEST_WORD);
    this.#onLost = (error) => {
      this.#metrics.events_lost_total++;
      try {
        options.onLost?.(error);
      } catch {
        // Whoever listens is no part of recording.
      }
    };
    this.#spam = new SpamFilter(clock);
    this.#writer = new EventWriter({ cluster, clock, random, onLost: this.#onLost });
    this.#count = Math.floor(random() * 1_000_000);
  }

  /** The counters. */
  get metrics(): Readonly<EventMetrics> {
    return { ...this.#metrics, events_written_total: this.#writer.written };
  }

  /** Something that is as it should be. */
  normal(regarding: EventSubject, facts: EventFacts): void {
    this.record('Normal', regarding, facts);
  }

  /** Something somebody should look at. */
  warning(regarding: EventSubject, facts: EventFacts): void {
    this.record('Warning', regarding, facts);
  }

  /** As `normal` and `warning`. Events about cluster-scoped objects go to the namespace `default`. */
  record(type: EventType, regarding: EventSubject, facts: EventFacts): void {
    try {
      const reference: EventReference = {
        ...referenceTo(regarding),
        ...(facts.fieldPath === undefined ? {} : { fieldPath: facts.fieldPath }),
      };
      if (facts.reason === '') throw new InvalidRequestError('an event needs a reason');
      if (this.#closed) throw new InvalidRequestError('this recorder is closed');
      this.#take(this.#event(type, reference, facts), facts.distinctNotes === true);
    } catch (error) {
      this.#onLost(error);
    }
  }

  /**
   * Writes what waits, the last counts of all series included, and takes nothing more. What the server does not take within `timeoutMs`
   * (default 5000), or before `signal` aborts, is lost. Never rejects.
   */
  async close(
    options: { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const { timeoutMs = 5000, signal } = options;
    this.#closed = true;
    this.#timer?.cancel();
    for (const remembered of this.#remembered.values()) if (remembered.stale) this.#write(remembered);
    this.#remembered.clear();
    const late = () => new TimeoutError('events could not be written in time', { deadline: 'wait', timeoutMs });
    const timer = this.#clock.setTimer(timeoutMs, () => this.#writer.cut(late()));
    const unlisten = onAbort(signal, (reason) => this.#writer.cut(reason));
    await this.#writer.drain();
    timer.cancel();
    unlisten();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #event(type: EventType, regarding: EventReference, facts: EventFacts): EventObject {
    const { annotations, related } = facts;
    const now = BigInt(Math.floor(this.#clock.now()));
    // The clock counts milliseconds; what is finer counts events.
    const unique = now * 1_000_000n + BigInt(this.#count++ % 1_000_000);
    const namespace = regarding.namespace ?? 'default';
    return {
      metadata: {
        name: eventName(regarding.name, unique),
        namespace,
        ...(annotations && { annotations: { ...annotations } }),
      },
      eventTime: formatMicroTime(now * 1000n),
      type,
      reason: cutTo(facts.reason, LONGEST_WORD),
      action: cutTo(facts.action || facts.reason, LONGEST_WORD),
      note: cutTo(facts.note, LONGEST_NOTE),
      regarding,
      ...(related && { related: referenceTo(related) }),
      reportingController: this.#controller,
      reportingInstance: this.#instance,
    };
  }

  #take(event: EventObject, distinctNotes: boolean): void {
    const key = keyOf(event, distinctNotes);
    const before = this.#remembered.get(key);
    if (before !== undefined) {
      const again = before.event.series !== undefined;
      const count = (before.event.series?.count ?? 1) + 1;
      before.event.series = { count, lastObservedTime: event.eventTime };
      before.seen = this.#clock.monotonic();
      before.stale = true;
      // In the order of their last use.
      this.#remembered.delete(key);
      this.#remembered.set(key, before);
      if (again) this.#metrics.events_aggregated_total++;
      else if (this.#admit(event)) this.#write(before);
      return;
    }
    if (!this.#admit(event)) return;
    const now = this.#clock.monotonic();
    const remembered: Remembered = { event, seen: now, writtenAt: now, stale: false };
    this.#remembered.set(key, remembered);
    this.#forgetBeyond();
    this.#write(remembered);
    this.#timer ??= this.#clock.setTimer(FINISH_MS, () => this.#tidy());
  }

  /** Asked for what would be written; repetitions that are only counted cost nothing. */
  #admit({ regarding, type }: EventObject): boolean {
    const { kind, namespace, name, uid, apiVersion } = regarding;
    if (this.#spam.admit(JSON.stringify([kind, namespace, name, uid, apiVersion, type]))) return true;
    this.#metrics.events_filtered_total++;
    return false;
  }

  #write(remembered: Remembered): void {
    remembered.stale = false;
    remembered.writtenAt = this.#clock.monotonic();
    if (!this.#writer.add(remembered.event)) this.#onLost(new Error('too many events are waiting to be written'));
  }

  /** Ends series that have been quiet, and writes again what has gone on for long, so that the server keeps it. */
  #tidy(): void {
    const now = this.#clock.monotonic();
    for (const [key, remembered] of this.#remembered) {
      const over = now - remembered.seen >= FINISH_MS;
      const due = remembered.event.series !== undefined && now - remembered.writtenAt >= REFRESH_MS;
      if ((over && remembered.stale) || due) this.#write(remembered);
      if (over) this.#remembered.delete(key);
    }
    this.#timer = this.#remembered.size === 0 ? undefined : this.#clock.setTimer(FINISH_MS, () => this.#tidy());
  }

  #forgetBeyond(): void {
    for (const [key, remembered] of this.#remembered) {
      if (this.#remembered.size <= REMEMBERED) return;
      if (remembered.stale) this.#write(remembered);
      this.#remembered.delete(key);
    }
  }
}

/** Throws an `InvalidRequestError` for what cannot be pointed to. */
function referenceTo(subject: EventSubject): EventReference {
  const { apiVersion, kind, metadata } = subject;
  if (!kind || !metadata?.name) {
    throw new InvalidRequestError(
      'an event needs an object with apiVersion, kind and metadata.name: use what the server returned',
    );
  }
  const { name, namespace, uid, resourceVersion } = metadata;
  return Object.fromEntries(
    Object.entries({ apiVersion, kind, name, namespace, uid, resourceVersion }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/**
 * Returns the key by which two events are the same. It equals client-go's except for the resourceVersion: an object that changes with
 * each event, as a status does, would otherwise have no series.
 */
function keyOf({ type, action, reason, note, regarding, related }: EventObject, distinctNotes: boolean): string {
  return JSON.stringify([
    type,
    action,
    reason,
    { ...regarding, resourceVersion: undefined },
    { ...related, resourceVersion: undefined },
    distinctNotes ? note : '',
  ]);
}
