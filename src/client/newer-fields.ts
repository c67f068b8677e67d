import { LRUCache } from 'lru-cache';
import { apiVersionOf, type KubeObject } from '../meta/index.js';
import type { Kind } from './encoding.js';

/** The number of remembered objects; the oldest is forgotten first. Only servers newer than the package cause any entry. */
const mostObjects = 100_000;

/**
 * Remembers where protobuf loses fields: a server that is newer than the package has fields whose numbers are not known here. Kinds that
 * had one are read as JSON from then on; objects that were read without such fields get them back when they are replaced.
 */
export class NewerFields {
  readonly #kinds = new Set<string>();
  /** Made when a field is lost first: room for all entries is allocated at once. */
  #objects: LRUCache<string, true> | undefined;

  /** Reports whether objects of this kind must be read as JSON. */
  has(kind: Kind): boolean {
    return this.#kinds.size > 0 && this.#kinds.has(keyOf(apiVersionOf(kind), kind.kind));
  }

  /** Notes that an object of this kind had an unknown field. */
  add(kind: Kind): void {
    this.#kinds.add(keyOf(apiVersionOf(kind), kind.kind));
  }

  /** Notes an object that was read without some of its fields, or the objects of a list. */
  addPartial(answer: unknown): void {
    const { apiVersion, kind, metadata, items } = (answer ?? {}) as KubeObject & { readonly items?: unknown };
    if (Array.isArray(items)) for (const item of items) this.addPartial(item);
    if (apiVersion !== undefined && kind !== undefined) this.#kinds.add(keyOf(apiVersion, kind));
    if (metadata?.uid === undefined) return;
    // An object may come back without its version, to replace whatever is stored.
    for (const version of ['', metadata.resourceVersion ?? '']) {
      this.#objects ??= new LRUCache({ max: mostObjects });
      this.#objects.set(keyOf(metadata.uid, version), true);
    }
  }

  /** Reports whether an object, or a copy of one, was read without some of its fields. */
  isPartial({ metadata }: KubeObject): boolean {
    if (this.#objects === undefined || metadata?.uid === undefined) return false;
    return this.#objects.has(keyOf(metadata.uid, metadata.resourceVersion ?? ''));
  }
}

function keyOf(a: string, b: string): string {
  return `${a} ${b}`;
}
