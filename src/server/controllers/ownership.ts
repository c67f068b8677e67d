import { Buffer } from 'node:buffer';
import type { OwnerReference } from '../../meta/index.js';
import { jsonObjectCodec, type ObjectHead } from '../../wire/index.js';
import type { KeyValue } from '../storage/storage.js';

/** What garbage collection looks at of one stored object. */
export interface Ownable {
  readonly key: string;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  readonly deleting: boolean;
}

/** The finalizer that holds an owner until its dependents have gone. */
export const foregroundFinalizer = 'foregroundDeletion';
/** The finalizer that holds an owner until its dependents have been let go of. */
export const orphanFinalizer = 'orphan';

const marks = ['"ownerReferences":', '"deletionTimestamp":'].map((mark) => Buffer.from(mark));

/** Whether a stored object may have owners or be on its way out: a search that is much faster than reading, and lets most be. */
export function mayMatter({ value }: KeyValue): boolean {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  return marks.some((mark) => bytes.includes(mark));
}

/** Who depends on whom, by uid, kept up with every write. Objects without owners cost nothing but a look at their metadata. */
export class Ownership {
  readonly #head: ObjectHead = jsonObjectCodec.head();
  readonly #dependents = new Map<string, Set<string>>();

  /** What stored bytes say; they are not parsed beyond the metadata. */
  read(kv: KeyValue): Ownable {
    const head = this.#head;
    head.scanStored(kv.value, 0, kv.value.length);
    return {
      key: kv.key,
      uid: head.uid,
      owners: head.ownerReferences,
      finalizers: head.finalizers,
      deleting: head.deletionTimestamp !== '',
    };
  }

  /** Takes note of a write: what the key held before and what it holds now. */
  note(before: Ownable | undefined, after: Ownable | undefined): void {
    for (const { uid } of before?.owners ?? []) {
      const keys = this.#dependents.get(uid);
      keys?.delete(before?.key ?? '');
      if (keys?.size === 0) this.#dependents.delete(uid);
    }
    for (const { uid } of after?.owners ?? []) {
      const keys = this.#dependents.get(uid);
      if (keys === undefined) this.#dependents.set(uid, new Set([after?.key ?? '']));
      else keys.add(after?.key ?? '');
    }
  }

  /** The keys of what names this uid among its owners. */
  dependentsOf(uid: string): readonly string[] {
    return [...(this.#dependents.get(uid) ?? [])];
  }

  /** Forgets everything. */
  clear(): void {
    this.#dependents.clear();
  }
}
