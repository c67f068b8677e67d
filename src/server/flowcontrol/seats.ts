import type { Clock } from '../../util/clock.js';
import { type LevelSpec, PriorityLevel } from './priority-level.js';

/** A request waits at most so many milliseconds for its turn: a quarter of the longest a request may take. */
const longestWaitMs = 15_000;

/** The seats of all priority levels: who runs, who waits and who is rejected. */
export class Seats {
  #levels = new Map<string, PriorityLevel>();

  /** `total` is the number of requests that run at a time, over all levels that are not exempt. */
  constructor(
    private readonly clock: Clock,
    private readonly total: number,
  ) {}

  /** Takes other limits. Requests that run or wait go on under the new ones; those of a level that is gone run at once. */
  configure(specs: readonly LevelSpec[]): void {
    const shares = specs.reduce((sum, spec) => sum + spec.shares, 0);
    const old = this.#levels;
    this.#levels = new Map();
    for (const spec of specs) {
      const level = old.get(spec.name) ?? new PriorityLevel(spec);
      old.delete(spec.name);
      level.spec = spec;
      level.nominal = shares === 0 ? 0 : Math.ceil((this.total * spec.shares) / shares);
      this.#levels.set(spec.name, level);
    }
    for (const gone of old.values()) for (let one = gone.next(); one !== undefined; one = gone.next()) one.run();
    this.#dispatch();
  }

  /**
   * Takes a seat of a level, waiting for one where the level has queues. Resolves to the way to give it back, or to undefined when
   * the request is rejected.
   */
  async take(name: string, flow: string, signal: () => AbortSignal | undefined): Promise<(() => void) | undefined> {
    const level = this.#levels.get(name);
    if (level === undefined || level.spec.exempt) return () => {};
    if (this.#hasSeat(level) && !level.hasWaiting) return this.#seat(level);
    return new Promise((resolve) => {
      const leave = (): void => {
        giveUp?.();
        timer.cancel();
        gone?.removeEventListener('abort', leave);
        resolve(undefined);
      };
      const giveUp = level.wait({
        flow,
        run: () => {
          timer.cancel();
          gone?.removeEventListener('abort', leave);
          resolve(this.#seat(level));
        },
      });
      const timer = this.clock.setTimer(longestWaitMs, leave);
      const gone = giveUp === undefined ? undefined : signal();
      if (giveUp === undefined || gone?.aborted === true) leave();
      else gone?.addEventListener('abort', leave, { once: true });
    });
  }

  #seat(level: PriorityLevel): () => void {
    level.running++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      level.running--;
      this.#dispatch();
    };
  }

  /** A level may use its own seats, and those that others lend and nobody borrowed yet. */
  #hasSeat(level: PriorityLevel): boolean {
    if (level.running < level.nominal) return true;
    if (level.running >= level.most) return false;
    let free = 0;
    for (const one of this.#levels.values()) free += (one === level ? 0 : one.lends) - one.borrowed;
    return free > 0;
  }

  #dispatch(): void {
    for (const level of this.#levels.values()) {
      while (level.hasWaiting && this.#hasSeat(level)) level.next()?.run();
    }
  }
}
