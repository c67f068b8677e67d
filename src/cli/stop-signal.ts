import { systemClock } from '../util/clock.js';

/**
 * Resolves when the process is to stop: by a signal, or when the parent is gone. npx runs a command through a shell, passes SIGTERM to the
 * shell alone, and would leave the server behind.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    if (process.env.npm_command === 'exec') watchParent(resolve);
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const look = () => (process.ppid === parent ? systemClock.setTimer(500, look) : gone());
  look();
}
