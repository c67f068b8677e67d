import type { ObjectView } from '../../cache/index.js';
import { isObject } from '../../util/json-value.js';
import { type Plain, plain, textOf } from './field-value.js';
import type { ValuePath } from './value-path.js';

/** A value that queries read of every object of a collection. Two fields with the same `id` read the same. */
export interface Field {
  readonly id: string;
  /** `key` is that of the object, so that names are read without a look at its bytes. */
  read(view: ObjectView, key: string): Plain;
}

/** Returns the field at a path. */
export function pathField(path: ValuePath): Field {
  return { id: path.text, read: (view, key) => plain(valueAt(path, view, key)) };
}

/** Returns the labels as a map. */
export const labelsField: Field = { id: 'labels of selectors', read: (view) => view.labels };

/** Returns the text of several fields in lower case, as searches look at it. */
export function searchField(paths: readonly ValuePath[]): Field {
  return {
    id: JSON.stringify(paths.map(({ text }) => text)),
    read: (view, key) =>
      paths
        .map((path) => textOf(plain(valueAt(path, view, key))))
        .join('\n')
        .toLowerCase(),
  };
}

/** Reads a value. Names, labels and annotations are read without a parse of the object. */
function valueAt(path: ValuePath, view: ObjectView, key: string): unknown {
  const second = path.step(0) === 'metadata' ? path.step(1) : undefined;
  switch (second) {
    case 'namespace':
      return path.readFrom(key.includes('/') ? key.slice(0, key.indexOf('/')) : undefined, 2);
    case 'name':
      return path.readFrom(key.slice(key.indexOf('/') + 1), 2);
    case 'labels':
    case 'annotations':
      return present(path.readFrom(view[second], 2));
    default:
      return path.read(view.object);
  }
}

/** A view has an empty map for labels that the object does not have. */
function present(value: unknown): unknown {
  return isObject(value) && Object.keys(value).length === 0 ? undefined : value;
}
