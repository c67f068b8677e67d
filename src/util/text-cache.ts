import { LRUCache } from 'lru-cache';

/** The overhead of an entry, in characters. */
const entryLength = 64;

/** A bounded cache of values by untrusted strings. */
export interface TextCache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): unknown;
}

/**
 * Returns a cache that forgets the strings used longest ago before all keys together take more than `maxLength` characters. A key longer
 * than an eighth of that is not kept.
 */
export function textCache<V extends {}>(maxLength: number): TextCache<V> {
  return new LRUCache<string, V>({
    maxSize: maxLength,
    maxEntrySize: maxLength / 8,
    sizeCalculation: (_value, key) => key.length + entryLength,
  });
}
