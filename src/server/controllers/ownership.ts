import { Buffer } from 'node:buffer';
import type { OwnerReference } from '../../meta/index.js';
import { jsonObjectCodec, type ObjectHead } from '../../wire/index.js';
import type { KeyValue } from '../storage/storage.js';

/** The part of a stored object that garbage collection reads. */
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

/** Reports whether a stored object may have owners or a deletion. The search is much faster than a parse, and excludes most objects. */
export function mayMatter({ value }: KeyValue): boolean {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  return marks.some((mark) => bytes.includes(mark));
}

/** The dependents of every owner, by uid, updated at every write. An object without owners costs only a look at its metadata. */
export class Ownership {
  readonly #head: ObjectHead = jsonObjectCodec.head();
  readonly #dependents = new Map<string, Set<string>>();

  /** Reads stored bytes, and parses only the metadata. */
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
