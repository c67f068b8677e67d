import type { Clock } from './clock.js';

/** The part of a clock that a page or a worker needs. */
export type WebClock = Pick<Clock, 'setTimer'>;

/** The real clock of a page or a worker. It needs nothing of Node. */
export const webClock: WebClock = {
  setTimer: (ms, fn) => {
    const handle = setTimeout(fn, ms);
    return { cancel: () => clearTimeout(handle) };
  },
};
