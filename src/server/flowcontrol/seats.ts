import type { Clock, Timer } from '../../util/clock.js';
import { type LevelLimits, type LevelSpec, levelLimits } from './priority-level.js';
import { type QueuedRequest, QueueSet } from './queue-set.js';
import { allocateSeats } from './seat-allocation.js';
import { adjustmentPeriodMs, SeatDemand } from './seat-demand.js';

/** A request waits at most so many milliseconds for its turn: a quarter of the longest a request may take. */
const longestWaitMs = 15_000;

/** The requests of one FlowSchema so far. */
export interface FlowCounts {
  dispatched: number;
  executing: number;
  waiting: number;
  /** By reason. */
  readonly rejected: Map<RejectReason, number>;
}

type RejectReason = 'concurrency-limit' | 'queue-full' | 'time-out';

/** A priority level at work. */
export interface PriorityLevel {
  spec: LevelSpec;
  limits: LevelLimits;
  readonly queues: QueueSet;
  readonly demand: SeatDemand;
  /** By name of the FlowSchema. */
  readonly counts: Map<string, FlowCounts>;
  /** True when its object is gone. It is removed when its last request has ended. */
  isQuiescing: boolean;
}

/** Where a request wants a seat. */
export interface SeatRequest {
  readonly level: string;
  readonly schema: string;
  /** The name of the flow. Requests of one flow wait in the same queues. */
  readonly flow: string;
  /** Aborts when the request's client goes. Asked for only when the request has to wait. */
  readonly signal: () => AbortSignal | undefined;
}

/** The seats of all priority levels. Levels lend the seats that they do not need to each other. */
export class Seats {
  readonly #levels = new Map<string, PriorityLevel>();
  #adjusted = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  /** `total` is the number of requests that run at a time, over all levels that are not exempt. */
  constructor(
    private readonly clock: Clock,
    private readonly total: number,
  ) {}

  /** The levels, for metrics. */
  get levels(): ReadonlyMap<string, PriorityLevel> {
    return this.#levels;
  }

  /** Takes other limits. Requests that run or wait go on under the new ones. Counts of schemas that are not in `schemas` end. */
  configure(specs: readonly LevelSpec[], schemas: ReadonlySet<string> = new Set()): void {
    const now = this.clock.monotonic();
    const added = specs.filter(({ name }) => !this.#levels.has(name));
    const wanted = new Set(specs.map(({ name }) => name));
    for (const [name, level] of this.#levels) {
      level.isQuiescing = !wanted.has(name);
      if (level.isQuiescing && isIdle(level)) this.#levels.delete(name);
    }
    for (const spec of added) this.#levels.set(spec.name, newLevel(spec, now));
    for (const spec of specs) {
      const level = this.#levels.get(spec.name);
      if (level !== undefined) level.spec = spec;
    }
    const shares = [...this.#levels.values()].reduce((sum, { spec }) => sum + spec.shares, 0);
    for (const level of this.#levels.values()) {
      level.limits = levelLimits(level.spec, this.total, shares);
      level.queues.configure(level.spec.queuing);
      for (const [name, { executing, waiting }] of level.counts)
        if (executing + waiting === 0 && !schemas.has(name)) level.counts.delete(name);
    }
    for (const { name } of added) {
      const level = this.#levels.get(name);
      if (level !== undefined) level.queues.limit = Math.ceil((level.limits.nominal + level.limits.lower) / 2);
    }
    this.#adjust(now);
  }

  /**
   * Takes a seat, waiting for one where the level has queues. Returns the function that gives it back, or undefined when the
   * request is rejected.
   */
  take(request: SeatRequest): (() => void) | undefined | Promise<(() => void) | undefined> {
    const level = this.#levels.get(request.level);
    if (level === undefined) return () => {};
    const counts = countsOf(level, request.schema);
    const now = this.clock.monotonic();
    if (level.spec.exempt) {
      level.queues.running++;
      return this.#seat(level, counts, undefined, now);
    }
    if (!level.queues.hasSeat && now - this.#adjusted >= adjustmentPeriodMs) this.#adjust(now);
    const queued = level.queues.add(request.flow, now);
    if (queued === undefined) {
      count(counts, level.spec.queuing === undefined ? 'concurrency-limit' : 'queue-full');
      return undefined;
    }
    return queued.started === undefined
      ? this.#wait(level, counts, queued, request.signal())
      : this.#seat(level, counts, queued, now);
  }

  #wait(
    level: PriorityLevel,
    counts: FlowCounts,
    queued: QueuedRequest,
    gone: AbortSignal | undefined,
  ): Promise<(() => void) | undefined> {
    counts.waiting++;
    noteDemand(level, this.clock.monotonic());
    this.#adjustLater();
    return new Promise((resolve) => {
      const settle = (): void => {
        counts.waiting--;
        timer.cancel();
        gone?.removeEventListener('abort', leave);
      };
      const leave = (): void => {
        const now = this.clock.monotonic();
        settle();
        count(counts, 'time-out');
        level.queues.remove(queued, now);
        noteDemand(level, now);
        this.#removeIdle(level);
        resolve(undefined);
      };
      const timer = this.clock.setTimer(longestWaitMs, leave);
      queued.run = () => {
        settle();
        resolve(this.#seat(level, counts, queued, this.clock.monotonic()));
      };
      if (gone?.aborted === true) leave();
      else gone?.addEventListener('abort', leave, { once: true });
    });
  }

  #seat(level: PriorityLevel, counts: FlowCounts, queued: QueuedRequest | undefined, now: number): () => void {
    counts.dispatched++;
    counts.executing++;
    noteDemand(level, now);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const then = this.clock.monotonic();
      counts.executing--;
      if (queued === undefined) level.queues.running--;
      else level.queues.remove(queued, then);
      noteDemand(level, then);
      this.#removeIdle(level);
    };
  }

  #removeIdle(level: PriorityLevel): void {
    if (level.isQuiescing && isIdle(level)) this.#levels.delete(level.spec.name);
  }

  /** Sets a timer while requests wait. A server without contention has none. */
  #adjustLater(): void {
    this.#timer ??= this.clock.setTimer(this.#adjusted + adjustmentPeriodMs - this.clock.monotonic(), () => {
      this.#timer = undefined;
      this.#adjust(this.clock.monotonic());
      if ([...this.#levels.values()].some(({ queues }) => queues.waiting > 0)) this.#adjustLater();
    });
  }

  /** Moves seats from levels that do not need them to levels that do. */
  #adjust(now: number): void {
    this.#adjusted = now;
    const levels = [...this.#levels.values()];
    for (const { demand } of levels) demand.settle(now);
    const seats = levels.reduce((sum, { limits }) => sum + limits.nominal, 0);
    const exempt = levels.filter(({ spec }) => spec.exempt);
    for (const { queues, limits, demand } of exempt) queues.limit = Math.max(limits.lower, demand.highWatermark);
    const left = exempt.reduce((sum, { queues }) => sum - queues.limit, seats);
    const limited = levels.filter(({ spec }) => !spec.exempt);
    const claims = limited.map(({ limits: { nominal, lower, upper }, demand }) => {
      // A level keeps the seats that it has used lately, as far as they are its own.
      const least = Math.max(lower, Math.min(nominal, demand.highWatermark));
      return { kept: lower, lower: least, upper, target: Math.max(least, demand.smoothed) };
    });
    const kept = claims.reduce((sum, claim) => sum + claim.kept, 0);
    const least = claims.reduce((sum, { lower }) => sum + lower, 0);
    const allocated = left > least ? allocateSeats(seats, claims) : undefined;
    const part = least > kept ? Math.max(0, left - kept) / (least - kept) : 0;
    limited.forEach(({ queues }, index) => {
      const claim = claims[index];
      if (claim === undefined) return;
      if (left <= least) queues.limit = claim.kept + Math.round((claim.lower - claim.kept) * part);
      else queues.limit = Math.round(allocated?.[index] ?? Math.max(claim.lower, Math.min(claim.upper, queues.limit)));
      queues.dispatch(now);
    });
  }
}

function newLevel(spec: LevelSpec, now: number): PriorityLevel {
  return {
    spec,
    limits: { nominal: 0, lower: 0, upper: 0 },
    queues: new QueueSet(),
    demand: new SeatDemand(now),
    counts: new Map(),
    isQuiescing: false,
  };
}

function noteDemand({ demand, queues }: PriorityLevel, now: number): void {
  demand.set(queues.running + queues.waiting, now);
}

function isIdle({ queues }: PriorityLevel): boolean {
  return queues.running === 0 && queues.waiting === 0;
}

function countsOf({ counts }: PriorityLevel, schema: string): FlowCounts {
  const found = counts.get(schema);
  if (found !== undefined) return found;
  const made: FlowCounts = { dispatched: 0, executing: 0, waiting: 0, rejected: new Map() };
  counts.set(schema, made);
  return made;
}

function count({ rejected }: FlowCounts, reason: RejectReason): void {
  rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
}
