import type { DecodingError } from '../errors/index.js';
import type { FieldQuery, LabelQuery } from '../meta/index.js';

/** The options of every call. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The whole call's deadline, in milliseconds; for a watch, how long it may stay without a byte. Default: the transport's. */
  readonly timeoutMs?: number | undefined;
  /**
   * True: this call may arrive twice without harm, so it is sent again even when it is unknown whether it was done. False: never. Default:
   * reads are; writes only as far as the server's answer allows it.
   */
  readonly idempotent?: boolean | undefined;
}

/** Options of reads of one object. */
export interface GetOptions extends CallOptions {
  /** `'0'`: any version, from the server's cache. Default: the newest. */
  readonly resourceVersion?: string | undefined;
}

/** Which objects are meant. */
export interface Selection {
  /** By label: `{ app: 'web' }`, `'app in (a,b)'`, or a selector made with `labels`. */
  readonly labels?: LabelQuery | undefined;
  /** By field, as far as the kind has selectable fields: `{ 'spec.nodeName': 'n1' }`, text, or a selector made with `fields`. */
  readonly fields?: FieldQuery | undefined;
}

/** The objects of a list or watch. */
export interface ShardedSelection extends Selection {
  /**
   * Only the objects of some shards (KEP-5866), such as `shardRange(object.metadata.uid, '0x0', '0x8000000000000000')`. Servers before 1.36,
   * and without the gate `ShardedListAndWatch`, ignore it; a list that a server did not shard is refused.
   */
  readonly shardSelector?: string | undefined;
}

/** Options of lists. */
export interface ListOptions extends CallOptions, ShardedSelection {
  /** Objects per request. Default 500, as kubectl. 0: everything in one answer. */
  readonly pageSize?: number | undefined;
  /** Where to go on: the `continue` of an earlier page. */
  readonly continue?: string | undefined;
  /** Default: the newest state. `'0'`: any state, from the server's cache. */
  readonly resourceVersion?: string | undefined;
  /** The meaning of `resourceVersion`. Default: the server's (not older than). */
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
}

/** Options of watches. */
export interface WatchOptions extends CallOptions, ShardedSelection {
  /** Events after this version. Default: the present state as ADDED events (in any order), then changes. */
  readonly resourceVersion?: string | undefined;
  /** Goes with `sendInitialEvents`, where the server wants it. Default: the server's. */
  readonly resourceVersionMatch?: 'NotOlderThan' | undefined;
  /** The time that the server keeps the watch open. Default: the server's choice, 30 to 60 minutes. */
  readonly timeoutSeconds?: number | undefined;
  /** True: BOOKMARK events are delivered too. Default false. */
  readonly bookmarks?: boolean | undefined;
  /**
   * True: the present state first, ended by a BOOKMARK with `initialEventsEnd` (KEP-3157). Servers before 1.32 may refuse it.
   * Bookmarks have to be asked for to see where it ends.
   */
  readonly sendInitialEvents?: boolean | undefined;
  /** Hears of a frame that cannot be read, which is skipped then: the rest may be worth having. Default: it is thrown, and ends the watch. */
  readonly onUndecodable?: ((error: DecodingError) => void) | undefined;
}

/** Options of writes. */
export interface WriteOptions extends CallOptions {
  /** True: the server does everything but store the result. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Unknown and duplicate fields: `Strict` refuses them, `Warn` warns, `Ignore` drops them silently. Default: the server's, `Warn`. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore' | undefined;
  /** In whose name fields are owned. Default: the server's, the first part of the user agent. */
  readonly fieldManager?: string | undefined;
}

/** Options of server-side apply. */
export interface ApplyOptions extends CallOptions {
  /** In whose name fields are owned: what this manager applied before and leaves out now is removed. */
  readonly manager: string;
  /** True: take over fields that others own. Default false: such a field is an `ApiError` that is `isConflict`. */
  readonly force?: boolean | undefined;
  /** Everything is checked, nothing is stored. Default false. */
  readonly dryRun?: boolean | undefined;
  /** As in `WriteOptions`. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore' | undefined;
}

/** Options of deletions. */
export interface DeletionOptions extends CallOptions {
  /**
   * The treatment of objects that this one owns: `foreground` deletes them first, `background` afterwards, `orphan` keeps them. Default:
   * the kind's, `background` for nearly all.
   */
  readonly propagation?: 'foreground' | 'background' | 'orphan' | undefined;
  /** The time that the object may take to end, in seconds. 0 means at once. Default: the object's own. */
  readonly gracePeriodSeconds?: number | undefined;
  /** The object is deleted only if it is still this one. Otherwise an `ApiError` that is `isConflict`. */
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined;
  /** Everything is checked, nothing is deleted. Default false. */
  readonly dryRun?: boolean | undefined;
}

/** Options of deletions of many. Needs `labels` or `fields`, or `all`. */
export interface DeleteAllOptions extends Omit<DeletionOptions, 'preconditions'>, Selection {
  /** True: everything in the namespace is deleted. Not together with `labels` and `fields`. */
  readonly all?: boolean | undefined;
}

/** Options of `update`. */
export interface UpdateOptions extends WriteOptions {
  /** The number of attempts when others change the object meanwhile. Default 5, as in client-go's `DefaultRetry`. */
  readonly attempts?: number | undefined;
}

/** Options of `waitFor`. */
export interface WaitOptions {
  /** The time to wait, in milliseconds, before a `TimeoutError`. Default: no limit. */
  readonly timeoutMs?: number | undefined;
  /** Ends the waiting: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Works on a draft: changes it in place, or returns another object. */
// biome-ignore lint/suspicious/noConfusingVoidType: functions declared to return nothing are the usual case
export type Change<T, Draft> = (draft: Draft) => T | undefined | void | Promise<T | undefined | void>;
