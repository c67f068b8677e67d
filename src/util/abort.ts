import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.js';
import { allowManyListeners } from './listeners.js';

/** A signal made here, and the way to let go of what it holds. */
export interface OwnedSignal {
  readonly signal: AbortSignal;
  /** Removes listeners and timers; the signal will not abort any more. Call it when the work is over, whichever way. */
  dispose(): void;
}

/** A controller whose signal any number may listen to. Node warns of a leak from the eleventh listener on, and here there is none. */
export function abortForMany(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** Throws the caller's own reason if `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

/**
 * `promise`, but rejecting with the signal's reason as soon as it aborts. The work behind `promise` is not stopped by this; its
 * late result or error is dropped. No listener outlives the returned promise.
 */
export function abortable<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return Promise.resolve(promise);
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    allowManyListeners(signal);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const done = () => signal.removeEventListener('abort', onAbort);
    promise.then(
      (value) => {
        done();
        resolve(value);
      },
      (error) => {
        done();
        reject(error);
      },
    );
  });
}

/** Calls `fn` when `signal` aborts, at once if it already is. Returns the way to stop listening. */
export function onAbort(signal: AbortSignal | undefined, fn: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    fn(signal.reason);
    return () => {};
  }
  const listener = () => fn(signal.reason);
  allowManyListeners(signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/**
 * A signal that aborts when the first of `signals` does, with its reason. Unlike `AbortSignal.any` it lets go of long-lived
 * signals when disposed of, so a process-wide signal does not collect one listener per request.
 */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): OwnedSignal {
  const controller = new AbortController();
  const removers: (() => void)[] = [];
  const dispose = () => {
    for (const remove of removers.splice(0)) remove();
  };
  for (const signal of signals) {
    if (controller.signal.aborted) break;
    removers.push(
      onAbort(signal, (reason) => {
        controller.abort(reason);
        dispose();
      }),
    );
  }
  if (controller.signal.aborted) dispose();
  return { signal: controller.signal, dispose };
}

/** A signal that aborts after `ms` milliseconds of `clock` with the reason `makeReason` gives, or with `parent` if that is sooner. */
export function deadlineSignal(
  clock: Clock,
  ms: number,
  makeReason: () => unknown,
  parent?: AbortSignal | undefined,
): OwnedSignal {
  const controller = new AbortController();
  const timer = clock.setTimer(ms, () => {
    stopListening();
    controller.abort(makeReason());
  });
  const stopListening = onAbort(parent, (reason) => {
    timer.cancel();
    controller.abort(reason);
  });
  return {
    signal: controller.signal,
    dispose: () => {
      timer.cancel();
      stopListening();
    },
  };
}
