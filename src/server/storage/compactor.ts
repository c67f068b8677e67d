import type { Clock, Timer } from '../../util/clock.js';
import { CompactedError, type Storage } from './storage.js';

/** The interval at which kube-apiserver compacts: `--etcd-compaction-interval`. */
export const defaultCompactionIntervalMs = 300_000;

/**
 * Compacts the store every `intervalMs`, up to the revision of one interval before: history lives between one and two intervals.
 * Does nothing for an interval of 0. Stops with `signal`.
 */
export function compactRegularly(storage: Storage, clock: Clock, intervalMs: number, signal: AbortSignal): void {
  if (intervalMs <= 0 || signal.aborted) return;
  let before: number | undefined;
  let timer: Timer;
  const tick = async (): Promise<void> => {
    const now = await storage.revision();
    if (before !== undefined) await compactTo(storage, before);
    before = now;
    if (!signal.aborted) schedule();
  };
  const schedule = (): void => {
    // A store that fails is reported by the requests that need it. The next interval tries again.
    timer = clock.setTimer(intervalMs, () => void tick().catch(() => (signal.aborted ? undefined : schedule())));
  };
  schedule();
  signal.addEventListener('abort', () => timer.cancel(), { once: true });
}

async function compactTo(storage: Storage, revision: number): Promise<void> {
  try {
    await storage.compact(revision);
  } catch (error) {
    // The store compacts by itself too, when its history grows too large.
    if (!(error instanceof CompactedError)) throw error;
  }
}
