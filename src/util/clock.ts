import { allowManyListeners } from './listeners.js';

/** A timer that has not fired yet. */
export interface Timer {
  /** Forgets the timer. Does nothing once it has fired. */
  cancel(): void;
}

/** Options of `Clock.sleep`. */
export interface SleepOptions {
  /** Ends the sleep early: it rejects with the signal's reason and leaves no listener. */
  readonly signal?: AbortSignal | undefined;
}

/** Where time comes from. Whoever waits takes one, so that tests can make time pass. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Milliseconds since some moment, for measuring spans: never goes back and never jumps when somebody sets the machine's time.
   * Means nothing on another machine or in another process.
   */
  monotonic(): number;
  /**
   * Resolves after `ms` milliseconds; zero or less resolves in a later turn of the event loop. Keeps the process alive meanwhile:
   * a program that waits to reconnect has not ended.
   */
  sleep(ms: number, options?: SleepOptions): Promise<void>;
  /** Calls `fn` once after `ms` milliseconds. Does not keep the process alive: deadlines watch over work that does. */
  setTimer(ms: number, fn: () => void): Timer;
}

/** Node fires timers beyond this at once (a signed 32-bit count of milliseconds, 24.8 days). */
const longest = 2 ** 31 - 1;

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, options) => sleepWith((fn) => startTimer(ms, fn, true), options?.signal),
  setTimer: (ms, fn) => startTimer(ms, fn, false),
};

function startTimer(ms: number, fn: () => void, keepsAlive: boolean): Timer {
  let handle: NodeJS.Timeout;
  const wait = (left: number): void => {
    const step = Math.min(left, longest);
    handle = setTimeout(() => (left > step ? wait(left - step) : fn()), step);
    if (!keepsAlive) handle.unref();
  };
  wait(Number.isNaN(ms) ? 0 : Math.max(0, ms));
  return { cancel: () => clearTimeout(handle) };
}

/** A sleep made of a timer: what every clock's `sleep` does. */
export function sleepWith(start: (fn: () => void) => Timer, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = start(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal !== undefined) allowManyListeners(signal);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
