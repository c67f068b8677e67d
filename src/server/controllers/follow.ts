import { onAbort } from '../../util/abort.js';
import type { ServedResource, ServerContext } from '../object/server-context.js';
import { storageRange } from '../scheme/storage-keys.js';
import type { KeyValue, RangeResult } from '../storage/storage.js';
import { ControllerQueue } from './controller-queue.js';

/** The queue's key for `onQuiet`. No object has it: storage keys begin with a slash. */
const quiet = 'quiet';

/** Options of `follow`. */
export interface FollowOptions {
  /** Selects the keys that the controller follows. Default: all. */
  readonly matters?: (key: string) => boolean;
  /** Called for each key that was deleted. Retried with back-off when it throws. */
  readonly onGone?: (key: string) => Promise<void>;
  /** Called after each burst of writes and deletions. */
  readonly onQuiet?: () => Promise<void>;
}

/**
 * Calls `onObject` for each object of a resource, as it is now and after every write, one call at a time, until `signal` aborts.
 * Several writes to one object during a call lead to one further call. A call that throws is retried with back-off.
 */
export function follow(
  server: ServerContext,
  signal: AbortSignal,
  resource: ServedResource,
  onObject: ((kv: KeyValue) => Promise<void>) | undefined,
  { matters = () => true, onGone = async () => {}, onQuiet = async () => {} }: FollowOptions = {},
): void {
  const { start, end } = storageRange(resource, undefined);
  const latest = new Map<string, KeyValue>();
  const gone = new Set<string>();
  const queue = new ControllerQueue(server, signal, async (key) => {
    if (key === quiet) return onQuiet();
    if (gone.delete(key)) {
      return onGone(key).catch((error: unknown) => {
        if (!latest.has(key)) gone.add(key);
        throw error;
      });
    }
    const kv = latest.get(key);
    if (kv === undefined || onObject === undefined) return;
    latest.delete(key);
    await onObject(kv).catch((error: unknown) => {
      // A newer write that came meanwhile is what the retry looks at.
      if (!latest.has(key) && !gone.has(key)) latest.set(key, kv);
      throw error;
    });
  });
  const note = (kv: KeyValue): void => {
    gone.delete(kv.key);
    if (onObject === undefined) return;
    latest.set(kv.key, kv);
    queue.add(kv.key);
  };
  const begin = ({ kvs, revision }: RangeResult): void => {
    if (signal.aborted) return;
    for (const kv of kvs) if (matters(kv.key)) note(kv);
    queue.add(quiet);
    let stopListening = (): void => {};
    const watch = server.storage.watch(start, end, revision, {
      events: (batch) => {
        let any = false;
        for (const { type, kv } of batch) {
          if (!matters(kv.key)) continue;
          any = true;
          if (type === 'put') note(kv);
          else {
            latest.delete(kv.key);
            gone.add(kv.key);
            queue.add(kv.key);
          }
        }
        if (any) queue.add(quiet);
      },
      // With an error the store has lost its history, or gone back in it: what there is has to be looked at anew.
      ended: (error) => {
        stopListening();
        if (error === undefined || signal.aborted) return;
        latest.clear();
        look();
      },
    });
    stopListening = onAbort(signal, () => watch.close());
  };
  // A store that cannot be read says so in every answer; a controller adds nothing to that.
  const look = (): void => void server.storage.range(start, end).then(begin, () => {});
  look();
}
