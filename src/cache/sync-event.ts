import type { DecodingError } from '../errors/index.js';
import type { InterruptionKind } from './interruption.js';

/**
 * One step of a recovered view of many objects. What a consumer keeps is right if it follows these rules:
 * - `resetBegin`: the state is about to be told anew. Keep what you have, and note what is named from now on. If another `resetBegin`
 *   comes before the `resetEnd`, the first did not finish: begin noting again.
 * - `apply`: the object is now so. `initial` is true between `resetBegin` and `resetEnd`.
 * - `delete`: the object is gone; this was its last state. Comes for what was never applied, too.
 * - `resetEnd`: everything has been named. What you have and was not named has been deleted, at a time nobody saw.
 * - `bookmark`: everything up to this version has been told. Only if asked for.
 * - `skipped`: an object could not be read; the error says where. What you have of it may be out of date until it changes again. The view
 *   goes on behind it.
 * - `interrupted`: the view stands still; the next try is in `retryInMs`. Nothing to do but to know.
 */
export type SyncEvent<T> =
  | { readonly type: 'resetBegin' }
  | { readonly type: 'apply'; readonly object: T; readonly initial: boolean }
  | { readonly type: 'delete'; readonly object: T }
  | { readonly type: 'resetEnd'; readonly resourceVersion: string }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  | { readonly type: 'skipped'; readonly error: DecodingError }
  | {
      readonly type: 'interrupted';
      readonly kind: InterruptionKind;
      /** Absent where a watch only ended too soon. */
      readonly error: unknown;
      readonly retryInMs: number;
    };
