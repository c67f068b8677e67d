/** Limits are adjusted to demand at most once in so many milliseconds. */
export const adjustmentPeriodMs = 10_000;

/** The part of the smoothed demand that is left after a period: half of it after five minutes. */
const decay = 0.977;

/** The number of seats that a priority level uses and waits for, over time. */
export class SeatDemand {
  /** The most seats at a time in the last period that has ended. */
  highWatermark = 0;
  /** The average and its standard deviation together. Follows a rise at once and a fall slowly. */
  smoothed = 0;
  #value = 0;
  #most = 0;
  #started: number;
  #changed: number;
  #sum = 0;
  #squares = 0;

  /** `now` is in milliseconds, as in all methods. */
  constructor(now: number) {
    this.#started = now;
    this.#changed = now;
  }

  /** Notes a change of the demand. */
  set(value: number, now: number): void {
    if (now - this.#started >= adjustmentPeriodMs) this.settle(now);
    this.#integrate(now);
    this.#value = value;
    if (value > this.#most) this.#most = value;
  }

  /** Ends the period, and those that have passed since. */
  settle(now: number): void {
    const end = Math.min(now, this.#started + adjustmentPeriodMs);
    this.#integrate(end);
    const duration = end - this.#started;
    this.highWatermark = this.#most;
    if (duration > 0) {
      const average = this.#sum / duration;
      const deviation = Math.sqrt(Math.max(0, this.#squares / duration - average ** 2));
      this.#smooth(average + deviation, 1);
    }
    this.#begin(end);
    const periods = Math.floor((now - end) / adjustmentPeriodMs);
    if (periods === 0) return;
    this.highWatermark = this.#value;
    this.#smooth(this.#value, periods);
    this.#begin(end + periods * adjustmentPeriodMs);
  }

  #begin(now: number): void {
    this.#started = now;
    this.#changed = now;
    this.#most = this.#value;
    this.#sum = 0;
    this.#squares = 0;
  }

  #integrate(now: number): void {
    const passed = now - this.#changed;
    this.#changed = now;
    this.#sum += this.#value * passed;
    this.#squares += this.#value ** 2 * passed;
  }

  #smooth(envelope: number, periods: number): void {
    const left = decay ** periods;
    this.smoothed = Math.max(envelope, left * this.smoothed + (1 - left) * envelope);
  }
}
