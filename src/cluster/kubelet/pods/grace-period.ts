import type { Clock, Timer } from '../../../util/clock.js';

/** The time that containers get to end, which may become shorter while it runs. */
export class GracePeriod {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #endsAt: number;

  constructor(clock: Clock, seconds: number) {
    this.#clock = clock;
    this.#endsAt = clock.now() + seconds * 1000;
  }

  /** The milliseconds that are left. */
  get remainingMs(): number {
    return Math.max(0, this.#endsAt - this.#clock.now());
  }

  /** Ends the period after `seconds` from now, if that is sooner. */
  shorten(seconds: number): void {
    const endsAt = this.#clock.now() + seconds * 1000;
    if (endsAt >= this.#endsAt) return;
    this.#endsAt = endsAt;
    for (const changed of [...this.#waiting]) changed();
  }

  /** Waits for `event`, at most until the period ends and at least `leastMs`. Returns true when `event` came. */
  waitFor(event: Promise<unknown>, leastMs = 0): Promise<boolean> {
    return new Promise((resolve) => {
      const earliest = this.#clock.now() + leastMs;
      let timer: Timer | undefined;
      const settle = (came: boolean) => {
        timer?.cancel();
        this.#waiting.delete(arm);
        resolve(came);
      };
      const arm = () => {
        timer?.cancel();
        const left = Math.max(this.#endsAt, earliest) - this.#clock.now();
        timer = this.#clock.setTimer(left, () => settle(false));
      };
      this.#waiting.add(arm);
      arm();
      event.then(
        () => settle(true),
        () => settle(true),
      );
    });
  }
}
