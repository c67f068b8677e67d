import { turn } from './next-turn.js';

/** A long computation in steps. It yields between two of them, so that its caller can let others have a turn. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
  }
}

/** Runs the steps, each in a turn of the event loop of its own. */
export async function finishInTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
    await turn();
  }
}
