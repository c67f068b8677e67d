import { systemClock } from '../util/clock.js';

/**
 * Resolves when the process is to stop: by a signal, or when the parent is gone. npx runs a command through a shell, passes SIGTERM to the
 * shell alone, and would leave the server behind. A second signal then has its usual effect.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve();
    };
    if (process.env.npm_command === 'exec') watchParent(stop);
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}

function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const look = () => (process.ppid === parent ? systemClock.setTimer(500, look) : gone());
  look();
}
