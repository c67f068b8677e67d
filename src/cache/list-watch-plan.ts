import { DecodingError, isApiError, type RequestContext } from '../errors/index.js';
import { compareResourceVersions } from '../meta/index.js';
import { Backoff } from '../util/backoff.js';
import { type Clock, systemClock } from '../util/clock.js';
import { type Random, systemRandom } from '../util/random.js';
import { type Interruption, type InterruptionKind, interruptionKind } from './interruption.js';

/** The next request. */
export type ListWatchStep = ListStep | WatchStep;

/** Fetch the whole state, page by page. */
export interface ListStep {
  readonly kind: 'list';
  /** Objects per page; 0: all in one answer. */
  readonly limit: number;
  /** Empty: the newest state. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: 'NotOlderThan' | undefined;
}

/** Open one watch. Bookmarks are always asked for. */
export interface WatchStep {
  readonly kind: 'watch';
  /** True if the watch begins with the state, as ADDED events up to a bookmark (`sendInitialEvents`, KEP-3157). */
  readonly initial: boolean;
  readonly resourceVersion: string;
  /** After how long the server is to end it: random between 5 and 10 minutes, so that many clients spread (client-go's rule). */
  readonly timeoutSeconds: number;
}

/** The result of a step. */
export interface StepOutcome {
  /** Absent: it came to its regular end. */
  readonly error?: unknown;
  /** Frames or items that came. */
  readonly received: number;
  readonly durationMs: number;
}

/** Options of `ListWatchPlan`. */
export interface ListWatchOptions {
  /** False: never ask for the state by a watch, always list. Default true. */
  readonly watchList?: boolean | undefined;
  /** Objects per page of a list. Default 500, as client-go's pager. */
  readonly pageSize?: number | undefined;
  /** For how long a watch may be without a byte while its initial state is awaited. Default 10 000: then it is fetched by list. */
  readonly initialQuietMs?: number | undefined;
  /**
   * For how long a watch of a server known to send bookmarks (about one a minute) may be without a byte before it is taken for
   * dead. Default 150 000. Of other servers a quiet watch cannot be told from a dead one before its own timeout, plus 30 s.
   */
  readonly idleMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

const shortWatchMs = 1000;
const mostSilences = 2;
const graceMs = 30_000;

/**
 * Decides the next request from the results so far, by the rules of client-go's reflector. The plan does no I/O, so a watcher of objects
 * and a reflector of bytes share it.
 *
 * The state arrives by a streaming watch. It arrives by list if the server refuses to stream, ends the watch too early, or stays quiet.
 * After that, each watch continues from the last resourceVersion. The plan asks for the state again only if the server has lost the
 * history.
 * Call `step`, send the request, call `complete` and `saw` meanwhile, and `ended` after it.
 */
export class ListWatchPlan {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #backoff: Backoff;
  readonly #pageSize: number;
  readonly #initialQuietMs: number;
  readonly #idleMs: number;
  /** True if the next state is streamed: the rule, and this attempt. */
  #streams: boolean;
  #streamsNow: boolean;
  /** The number of consecutive streams of the state that stayed quiet or broke. */
  #streamFailures = 0;
  /** The number of consecutive resumed watches that ended without a byte. */
  #silences = 0;
  #needsState = true;
  #step: ListWatchStep | undefined;
  #resourceVersion = '';
  /** The last version is of no use for a list: the server has forgotten it, or has not reached it. */
  #unavailable = false;
  #unpaged = false;
  #bookmarks = false;
  /** The server that answered, as lists and watches name it. */
  readonly #servers = new Map<ListWatchStep['kind'], string>();
  /** True if the server was replaced, or restored to an earlier state. */
  #replaced = false;

  constructor(options: ListWatchOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#backoff = new Backoff({ clock: this.#clock, random: this.#random });
    this.#streams = options.watchList ?? true;
    this.#streamsNow = this.#streams;
    this.#pageSize = options.pageSize ?? 500;
    this.#initialQuietMs = options.initialQuietMs ?? 10_000;
    this.#idleMs = options.idleMs ?? 150_000;
  }

  /** The version up to which everything has been seen; empty before the first whole state. */
  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  /** True if the next step fetches the whole state. */
  get needsState(): boolean {
    return this.#needsState;
  }

  /** Returns the next step. */
  step(): ListWatchStep {
    this.#step = this.#needsState && !this.#streamsNow ? this.#list() : this.#watch();
    return this.#step;
  }

  /** For how long the step under way may be without a byte, in milliseconds. Ask again whenever a timer runs out: it changes. */
  idleMs(): number {
    const step = this.#step;
    if (step === undefined || step.kind === 'list') return graceMs;
    if (step.initial && this.#needsState) return this.#initialQuietMs;
    return this.#bookmarks ? this.#idleMs : step.timeoutSeconds * 1000 + graceMs;
  }

  /** The whole state has come, and is that of this version. */
  complete(resourceVersion: string): void {
    this.#needsState = false;
    this.#unavailable = false;
    this.#unpaged = false;
    this.#streamsNow = this.#streams;
    if (this.#step?.kind === 'watch') {
      this.#streamFailures = 0;
      this.#bookmarks = true;
    }
    if (resourceVersion !== '') this.#resourceVersion = resourceVersion;
  }

  /**
   * Everything up to this version has come. Not to be called while the state is still coming: its order is not that of versions. Returns
   * false if the version is lower than an earlier one: the server was restored or replaced, so end the step.
   */
  saw(resourceVersion: string, bookmark = false): boolean {
    if (bookmark) this.#bookmarks = true;
    if (resourceVersion === '') return true;
    if (isBehind(resourceVersion, this.#resourceVersion)) {
      this.#replaced = true;
      return false;
    }
    this.#resourceVersion = resourceVersion;
    return true;
  }

  /**
   * Notes who answered the step under way; undefined where the server does not say. Returns false if a watch that goes on from a version is
   * answered by another server than the last one: its versions mean other states, so end the step.
   */
  answeredBy(server: string | undefined): boolean {
    const step = this.#step;
    if (server === undefined || step === undefined) return true;
    const before = this.#servers.get(step.kind);
    this.#servers.set(step.kind, server);
    if (this.#needsState || before === undefined || before === server) return true;
    this.#replaced = true;
    return false;
  }

  /** Takes note of how the step went. Returns why it did not go on, or nothing where that is in order; wait `retryInMs` then. */
  ended(outcome: StepOutcome): Interruption | undefined {
    const step = this.#step;
    if (step === undefined) return undefined;
    if (this.#replaced) return this.#restart(outcome.error);
    const kind = outcome.error === undefined ? this.#regularEnd(step, outcome) : interruptionKind(outcome.error);
    if (kind === undefined) return undefined;
    return {
      kind,
      error: outcome.error,
      at: this.#clock.now(),
      retryInMs: this.#react(kind, step, outcome) ? 0 : this.#wait(outcome.error),
    };
  }

  /** Fetches the state anew from a server whose versions are not those seen so far. */
  #restart(error: unknown): Interruption {
    this.#replaced = false;
    this.#needsState = true;
    this.#unavailable = true;
    return { kind: 'replaced', error, at: this.#clock.now(), retryInMs: this.#wait(undefined) };
  }

  #list(): ListStep {
    // Any version will do for a start: it comes from the server's cache. Later ones must not go back in time.
    const resourceVersion = this.#unavailable ? '' : this.#resourceVersion === '' ? '0' : this.#resourceVersion;
    const exact = resourceVersion === '' || resourceVersion === '0';
    return {
      kind: 'list',
      limit: this.#unpaged ? 0 : this.#pageSize,
      resourceVersion,
      resourceVersionMatch: exact ? undefined : 'NotOlderThan',
    };
  }

  #watch(): WatchStep {
    return {
      kind: 'watch',
      initial: this.#needsState,
      resourceVersion: this.#needsState && this.#unavailable ? '' : this.#resourceVersion,
      timeoutSeconds: Math.floor(300 * (1 + this.#random())),
    };
  }

  #regularEnd(step: ListWatchStep, outcome: StepOutcome): InterruptionKind | undefined {
    if (step.kind === 'list') return undefined;
    if (this.#needsState) return 'torn';
    return outcome.received === 0 && outcome.durationMs < shortWatchMs ? 'short' : undefined;
  }

  /** Changes course. Returns true where the new course can be taken at once. */
  #react(kind: InterruptionKind, step: ListWatchStep, outcome: StepOutcome): boolean {
    if (kind === 'gone' || kind === 'ahead') {
      this.#needsState = true;
      if (step.kind === 'watch' && !step.initial) return false;
      // Pages are of one version, which servers keep for a few minutes: what takes longer is fetched in one answer.
      if (step.kind === 'list' && kind === 'gone' && outcome.received > 0) this.#unpaged = true;
      const before = this.#unavailable;
      this.#unavailable = true;
      return !before;
    }
    if (step.kind === 'list') return false;
    if (!this.#needsState) {
      this.#silences = kind === 'quiet' && outcome.received === 0 ? this.#silences + 1 : 0;
      // A server that was restored has not reached the version yet, and says nothing until it has: a list tells.
      if (this.#silences >= mostSilences) {
        this.#silences = 0;
        this.#needsState = true;
      }
      // The server does not take the version it gave: it was restored from a backup, or it is another server.
      if (kind === 'unsupported') {
        this.#needsState = true;
        this.#unavailable = true;
      }
      return false;
    }
    if (kind === 'unsupported') {
      this.#streams = false;
      this.#streamsNow = false;
      return true;
    }
    if (kind !== 'quiet' && kind !== 'torn') return false;
    // Quiet, or ended too early: a server that knows nothing of streamed states, or a dead connection. A list works with both,
    // and the second time in a row it was the server.
    this.#streamFailures++;
    const broke = kind === 'torn' && outcome.error !== undefined;
    this.#streamsNow = broke && this.#streamFailures < 3;
    if (!broke && this.#streamFailures >= 2) this.#streams = false;
    return kind === 'quiet';
  }

  #wait(error: unknown): number {
    return this.#backoff.nextAfter(isApiError(error) ? error.retryAfterMs : undefined);
  }
}

/**
 * Reports whether a version is lower than the one before it. Versions that are not numbers cannot be compared, so the answer is false.
 */
function isBehind(version: string, before: string): boolean {
  // As a rule versions are as long as the one before, and larger.
  if (version.length === before.length ? version >= before : before === '') return false;
  try {
    return compareResourceVersions(version, before) < 0;
  } catch {
    return false;
  }
}

/** The error of a step that `saw` or `answeredBy` ended. */
export function replacedError(request: RequestContext): DecodingError {
  return new DecodingError('the server was restored or replaced: its resource versions are not those seen before', {
    offset: 0,
    request,
  });
}
