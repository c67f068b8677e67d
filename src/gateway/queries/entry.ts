import type { Plain } from './field-value.js';

/**
 * One object of a collection as views see it: its key, and the values of the fields that queries use. The object itself stays in the
 * cache. An entry lives as long as its object; its version and values change.
 */
export class Entry {
  readonly namespace: string;
  /** By the numbers of the collection's fields. */
  readonly values: Plain[] = [];
  version: string;

  constructor(
    /** `namespace/name`, or `name`. */
    readonly key: string,
    version: string,
  ) {
    const slash = key.indexOf('/');
    this.namespace = slash === -1 ? '' : key.slice(0, slash);
    this.version = version;
  }
}
