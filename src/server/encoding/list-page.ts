import type { KeyValue } from '../storage/storage.js';

/** The result of a list, before it is encoded. */
export interface ListPage {
  readonly kvs: readonly KeyValue[];
  /** `metadata` of the list. */
  readonly metadata: {
    resourceVersion: string;
    continue?: string;
    remainingItemCount?: number;
    shardInfo?: { selector: string };
  };
}
