import { type Clock, type SleepOptions, sleepWith, type Timer } from '../../../src/util/clock.js';
import type { World } from './world.js';

/** The difference between a machine's clock and the world's. */
export interface Skew {
  /** Its seconds to the world's: 1.1 is fast. */
  readonly rate: number;
  /** The error of its time of day, in milliseconds. */
  readonly offsetMs: number;
}

/** The clocks of one machine in a simulated world: fast or slow, set wrong, stopped while the process is, and dead once it is killed. */
export class MachineClock implements Clock {
  #pausedUntil = 0;
  #asleepSince: number | undefined;
  #slept = 0;
  #wallOffset: number;
  #dead = false;
  /** When it last woke. */
  wokeAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly world: World,
    readonly skew: Skew,
  ) {
    this.#wallOffset = skew.offsetMs;
  }

  get paused(): boolean {
    return this.world.now < this.#pausedUntil;
  }

  now(): number {
    if (this.world.wallStopped) return Number.NEGATIVE_INFINITY;
    return Date.UTC(2026, 0, 1) + this.world.now * this.skew.rate + this.#wallOffset;
  }

  monotonic(): number {
    return ((this.#asleepSince ?? this.world.now) - this.#slept) * this.skew.rate;
  }

  sleep(ms: number, options?: SleepOptions): Promise<void> {
    return sleepWith((fn) => this.setTimer(ms, fn), options?.signal);
  }

  setTimer(ms: number, fn: () => void): Timer {
    const due = this.monotonic() + Math.max(0, ms);
    let cancelled = false;
    const arm = (): void => {
      this.world.at(this.world.now + (due - this.monotonic()) / this.skew.rate, () =>
        this.run(() => {
          if (cancelled) return;
          // The machine slept meanwhile: its timers went on where they were.
          if (due - this.monotonic() > 0.001) arm();
          else fn();
        }),
      );
    };
    arm();
    return {
      cancel: () => {
        cancelled = true;
      },
    };
  }

  /** Runs `fn` on this machine: now, or once it goes on, in any order; never once it is dead. */
  run(fn: () => void): void {
    if (this.#dead) return;
    if (this.paused) this.world.at(this.#pausedUntil + this.world.random(), () => this.run(fn));
    else this.world.on(this, fn);
  }

  /** The process stands still: a long pause of its event loop. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.world.now + ms);
  }

  /** The whole machine stands still, its monotonic clock too; its time of day goes on. */
  suspend(ms: number): void {
    if (this.#asleepSince !== undefined) return;
    const since = this.world.now;
    this.#asleepSince = since;
    this.pause(ms);
    this.world.at(since + ms, () => {
      this.#asleepSince = undefined;
      this.#slept += this.world.now - since;
      this.wokeAt = this.world.now;
    });
  }

  /** Somebody sets the time of day. */
  setBy(ms: number): void {
    this.#wallOffset += ms;
  }

  /** The process is killed. What it sent is still under way. */
  kill(): void {
    this.#dead = true;
  }

  get dead(): boolean {
    return this.#dead;
  }
}
