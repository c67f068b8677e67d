import type { Encryption } from '../encryption/encryption.js';
import type { KeyValue } from '../storage.js';
import { StorageError } from '../storage-error.js';

/**
 * Decrypts the values of a folder while it is loaded. A value that was replaced later need not be readable: after the keys were
 * changed and all values were written again, the old key can be removed although the logs still hold values of it.
 */
export class StoredValues {
  /** The reasons why the current values of keys cannot be read. */
  readonly #unreadable = new Map<string, Error>();
  #unreadableUntil = 0;

  constructor(private readonly encryption: Encryption | undefined) {}

  /** The revision that replaced the last unreadable value, 0 if all values could be read. */
  get unreadableUntil(): number {
    return this.#unreadableUntil;
  }

  /** Returns a stored key with its value decrypted. Returns it unchanged if that is not possible. */
  opened(kv: KeyValue): KeyValue {
    if (this.encryption === undefined) return kv;
    try {
      return { ...kv, ...this.encryption.open(kv.key, kv.value) };
    } catch (error) {
      this.#unreadable.set(kv.key, error as Error);
      return kv;
    }
  }

  /** Notes that `revision` writes or deletes a key. */
  replaced(key: string, revision: number): void {
    if (this.#unreadable.delete(key)) this.#unreadableUntil = revision;
  }

  /** Throws a `StorageError` if a current value cannot be read. */
  check(folder: string): void {
    for (const [key, { message }] of this.#unreadable)
      throw new StorageError(
        'ValueUnreadable',
        `cannot read ${key} in the data folder ${folder}: ${message}. Give its key in --encryption-provider-config.`,
      );
  }
}
