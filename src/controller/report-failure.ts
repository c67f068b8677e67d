import type { ReconcileFailure } from './controller-options.js';

/** Where failures go: see `ControllerOptions`. */
interface FailureReceiver {
  readonly onError?: ((error: unknown, failure: ReconcileFailure) => void) | undefined;
}

/** Reports a failure to `onError` of a controller, or as a process warning where there is none. */
export function reportFailure({ onError }: FailureReceiver, error: unknown, failure: ReconcileFailure): void {
  if (onError !== undefined) {
    onError(error, failure);
    return;
  }
  const { controller, key, failures, retried } = failure;
  const times = failures > 1 ? ` ${failures} times in a row` : '';
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(
    `the controller ${controller} failed on ${key}${times}${retried ? '' : ', and does not try again by itself'}: ${text}`,
  );
}
