import { performance } from 'node:perf_hooks';

/** A turn of the event loop that took too long. Times are in milliseconds, `from` and `to` since the epoch. */
export interface Stall {
  readonly ms: number;
  readonly from: number;
  readonly to: number;
}

const tickMs = 10;

/**
 * Watches the event loop of this process. A stall counts only as far as the process used its processor, so that a busy machine is not
 * taken for a busy server.
 */
export class StallMonitor {
  readonly #stalls: Stall[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(readonly boundMs: number) {
    let last = performance.now();
    let cpu = process.cpuUsage();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const used = process.cpuUsage(cpu);
      const ms = Math.min(now - last - tickMs, (used.user + used.system) / 1_000);
      if (ms > boundMs) {
        const to = performance.timeOrigin + now;
        this.#stalls.push({ ms: Math.round(ms), from: to - (now - last), to });
      }
      last = now;
      cpu = process.cpuUsage();
    }, tickMs);
    this.#timer.unref();
  }

  /** Returns the stalls since the last call. */
  take(): Stall[] {
    return this.#stalls.splice(0);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
