import type { Clock, Timer } from '../../util/clock.js';
import type { Storage, StorageWatch } from './storage.js';

/** Which keys expire, and when. */
export interface ExpiryOptions {
  /** The range of the keys: from `start` (inclusive) to `end` (exclusive). */
  readonly start: string;
  readonly end: string;
  /** The time after its last write at which a key is deleted. */
  readonly ttlMs: number;
}

/** The time until a deletion that failed is tried again. */
const retryMs = 1_000;

interface Lease {
  readonly key: string;
  readonly revision: number;
  readonly due: number;
}

/** Deletes keys of a range some time after they were written last, as a lease of etcd does. Stops with `signal`. */
export async function expireKeys(
  storage: Storage,
  clock: Clock,
  { start, end, ttlMs }: ExpiryOptions,
  signal: AbortSignal,
): Promise<void> {
  const leases: Lease[] = [];
  let timer: Timer | undefined;
  let watch: StorageWatch | undefined;

  const add = (key: string, revision: number): void => {
    leases.push({ key, revision, due: clock.now() + ttlMs });
    if (timer === undefined) schedule();
  };
  const schedule = (leastMs = 0): void => {
    const [next] = leases;
    if (next === undefined || signal.aborted) timer = undefined;
    else
      timer = clock.setTimer(
        Math.max(next.due - clock.now(), leastMs),
        // A store that fails is reported by the requests that need it.
        () =>
          void expire().then(
            () => schedule(),
            () => schedule(retryMs),
          ),
      );
  };
  const expire = async (): Promise<void> => {
    let [next] = leases;
    while (next !== undefined && next.due <= clock.now() && !signal.aborted) {
      // A key that has been written since has a newer lease: this deletion then does nothing.
      await storage.delete(next.key, next.revision);
      leases.shift();
      [next] = leases;
    }
  };
  const follow = async (): Promise<void> => {
    const { kvs, revision } = await storage.range(start, end);
    if (signal.aborted) return;
    for (const { key, modRevision } of kvs) add(key, modRevision);
    watch = storage.watch(start, end, revision, {
      events: (batch) => {
        for (const { type, kv } of batch) if (type === 'put') add(kv.key, kv.modRevision);
      },
      // The store has gone back to an earlier state, or its history was compacted: read again what there is.
      ended: (error) => {
        if (error !== undefined && !signal.aborted) void follow().catch(() => {});
      },
    });
  };
  signal.addEventListener(
    'abort',
    () => {
      timer?.cancel();
      watch?.close();
    },
    { once: true },
  );
  await follow();
}
