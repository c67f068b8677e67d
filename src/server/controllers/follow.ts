import { onAbort } from '../../util/abort.js';
import type { ServerContext } from '../registry/context.js';
import { type ServedResource, storageRange } from '../scheme/resource.js';
import type { KeyValue, RangeResult } from '../storage/storage.js';

/** What else a controller wants to know of the objects it follows. */
export interface FollowOptions {
  /** Which keys are looked at. Default: all. */
  readonly matters?: (key: string) => boolean;
  /** Called for each key that was deleted. */
  readonly onGone?: (key: string) => Promise<void>;
  /** Called after each burst, whether it wrote or deleted. */
  readonly onQuiet?: () => Promise<void>;
}

/**
 * Calls `onObject` for each object of a resource, as it is now and after every write, one call at a time, until the server
 * closes. Of several writes to one object while a call runs only the last is seen.
 */
export function follow(
  server: ServerContext,
  resource: ServedResource,
  onObject: (kv: KeyValue) => Promise<void>,
  { matters = () => true, onGone = async () => {}, onQuiet = async () => {} }: FollowOptions = {},
): void {
  const { start, end } = storageRange(resource, undefined);
  const waiting = new Map<string, KeyValue>();
  const gone = new Set<string>();
  let running = false;
  let again = false;
  const work = async (): Promise<void> => {
    again = true;
    if (running) return;
    running = true;
    while (again && !server.closing.aborted) {
      again = false;
      for (const [key, kv] of waiting) {
        waiting.delete(key);
        if (server.closing.aborted) break;
        // A write that failed because somebody else wrote comes round again as that other write.
        await onObject(kv).catch(() => {});
      }
      for (const key of gone) {
        gone.delete(key);
        if (!server.closing.aborted) await onGone(key).catch(() => {});
      }
      if (!server.closing.aborted) await onQuiet().catch(() => {});
    }
    running = false;
  };
  const begin = ({ kvs, revision }: RangeResult): void => {
    for (const kv of kvs) if (matters(kv.key)) waiting.set(kv.key, kv);
    let stopListening = (): void => {};
    const watch = server.storage.watch(start, end, revision, {
      events: (batch) => {
        let any = false;
        for (const { type, kv } of batch) {
          if (!matters(kv.key)) continue;
          any = true;
          if (type === 'put') waiting.set(kv.key, kv);
          else {
            waiting.delete(kv.key);
            gone.add(kv.key);
          }
        }
        if (any) void work();
      },
      // With an error the store has lost its history, or gone back in it: what there is has to be looked at anew.
      ended: (error) => {
        stopListening();
        if (error === undefined || server.closing.aborted) return;
        waiting.clear();
        look();
      },
    });
    stopListening = onAbort(server.closing, () => watch.close());
    void work();
  };
  // A store that cannot be read says so in every answer; a controller adds nothing to that.
  const look = (): void => void server.storage.range(start, end).then(begin, () => {});
  look();
}
