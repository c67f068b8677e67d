import { onAbort } from '../util/abort.js';

/** Resolves when a signal aborts. */
export function abortPromise(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    onAbort(signal, () => resolve());
  });
}
