import { reasonOf, StorageError } from '../storage-error.js';

/**
 * The keys whose current values cannot be decrypted or decoded. A request that needs one fails, as in kube-apiserver: an object that is
 * only missing from a list would be taken for deleted.
 */
export class UnreadableValues {
  readonly #errors = new Map<string, { readonly etcdKey: string; readonly error: unknown }>();

  /** True if all values can be read. */
  get isEmpty(): boolean {
    return this.#errors.size === 0;
  }

  add(key: string, etcdKey: string, error: unknown): void {
    this.#errors.set(key, { etcdKey, error });
  }

  delete(key: string): void {
    this.#errors.delete(key);
  }

  /** Throws a `StorageError` if a key cannot be read. */
  check(key: string): void {
    const found = this.#errors.get(key);
    if (found !== undefined) throw new StorageError('ValueUnreadable', reasonOf(found.error), { cause: found.error });
  }

  /** Throws a `StorageError` if a key from `start` to `end` cannot be read. */
  checkRange(start: string, end: string): void {
    for (const [key, { etcdKey, error }] of this.#errors)
      if (key >= start && key < end)
        throw new StorageError('ValueUnreadable', `unable to transform key "${etcdKey}": ${reasonOf(error)}`, {
          cause: error,
        });
  }
}
