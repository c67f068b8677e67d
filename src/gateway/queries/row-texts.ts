import { LRUCache } from 'lru-cache';
import type { Cached } from '../../cache/index.js';
import type { KubeObject } from '../../meta/index.js';
import type { ValuePath } from './value-path.js';

/** The content of rows: whole objects, the cells of the API server's table, or the values of fields. */
export type Columns = 'object' | 'table' | readonly ValuePath[];

/** Rows as JSON text. Many browsers show the same rows, which are written once. */
export class RowTexts {
  readonly #texts: LRUCache<string, string>;

  /** Keeps at most so many characters. */
  constructor(maxSize: number) {
    this.#texts = new LRUCache({ maxSize, sizeCalculation: (text) => text.length });
  }

  /** Returns the row of an object. `collection` tells objects of different kinds and clusters with the same key apart. */
  row(collection: string, columns: Exclude<Columns, 'table'>, key: string, object: Cached<KubeObject>): string {
    const columnsId = columns === 'object' ? '' : columns.map(({ text }) => text).join('\n');
    const id = JSON.stringify([collection, columnsId, key, object.metadata.uid, object.metadata.resourceVersion]);
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    const row =
      columns === 'object' ? { key, object } : { key, cells: columns.map((path) => path.read(object) ?? null) };
    const text = JSON.stringify(row);
    this.#texts.set(id, text);
    return text;
  }
}
