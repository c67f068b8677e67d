import type { KubeObject } from './resource.js';

/** One change, as one watch connection delivers it. An ERROR frame is thrown as an `ApiError` instead. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | BookmarkEvent;

/** Says up to which resourceVersion the watch has delivered everything. Seen only when bookmarks were asked for. */
export interface BookmarkEvent {
  readonly type: 'BOOKMARK';
  readonly resourceVersion: string;
  /** True for the one that ends the initial state of a watch with `sendInitialEvents` (KEP-3157). */
  readonly initialEventsEnd: boolean;
}
