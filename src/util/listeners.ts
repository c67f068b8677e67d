import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';

/** The number of listeners that a signal may have before Node warns of a leak: as many as `fetch` allows. */
const mostListeners = 1500;

/**
 * Lets more than ten calls listen to a caller's signal at once. Each of them stops listening when it is over, so Node's warning, from the
 * eleventh listener on, would be a false alarm. A limit that the caller set stays.
 */
export function allowManyListeners(signal: AbortSignal): void {
  if (limitOf(signal) === defaultMaxListeners) setMaxListeners(mostListeners, signal);
}

function limitOf(signal: AbortSignal): number {
  try {
    return getMaxListeners(signal);
  } catch {
    // Node 20 throws for signals whose limit is 0, which means that they have none.
    return 0;
  }
}
