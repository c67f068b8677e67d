import { isObject } from '../../util/json-value.js';
import { FieldSet } from './field-set.js';
import { itemsByElement } from './list-item.js';
import { fieldElement, type PathElement } from './path-element.js';
import type { ListType, MapType, Type } from './type-system.js';

/** All leaves and list items of a value: what whoever applies it owns. Atomic lists and maps count as leaves. */
export function toFieldSet(type: Type, value: unknown): FieldSet {
  const set = new FieldSet();
  collect(type, value, [], set);
  return set;
}

function collect(type: Type, value: unknown, path: PathElement[], set: FieldSet): void {
  const { scalar, list, map } = type.formOf(value);
  if (map?.atomic || (map === undefined && (scalar !== undefined || list?.atomic))) set.insert(path);
  else if (map !== undefined) collectFields(map, value, path, set);
  else if (list !== undefined) collectItems(list, value, path, set);
}

function collectFields(map: MapType, value: unknown, path: PathElement[], set: FieldSet): void {
  if (!isObject(value)) return;
  for (const [key, part] of Object.entries(value)) {
    const type = map.typeOf(key);
    if (type === undefined) continue;
    path.push(fieldElement(key));
    collect(type, part, path, set);
    const empty = part === null || (isObject(part) && Object.keys(part).length === 0);
    if (empty || !map.isField(key)) set.insert(path);
    path.pop();
  }
}

function collectItems(list: ListType, value: unknown, path: PathElement[], set: FieldSet): void {
  if (!Array.isArray(value)) return;
  for (const [element, items] of itemsByElement(list, value)) {
    path.push(element);
    // Duplicates have no fields of their own: nobody could say which of them is meant.
    if (items.length === 1) collect(list.items, items[0], path, set);
    set.insert(path);
    path.pop();
  }
}
