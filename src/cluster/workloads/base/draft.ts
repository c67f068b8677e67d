import type { DeepReadonly } from '../../../meta/index.js';

/** Returns a copy of a cached object, or of a part of it, that the caller may change. */
export function draftOf<T>(cached: DeepReadonly<T> | T): T {
  // A copy belongs to the caller alone: the type says so too.
  return structuredClone(cached) as T;
}
