import type { Clock } from '../util/clock.js';

/** Closes a server, and waits for it at most `ms` milliseconds: a server that was told to stop stops. */
export async function closeWithin(server: { close(): Promise<void> }, clock: Clock, ms: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = clock.setTimer(ms, resolve);
    server
      .close()
      .then(resolve, reject)
      .finally(() => timer.cancel());
  });
}
