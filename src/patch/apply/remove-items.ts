import { isObject, type JsonObject, setOwn } from '../../util/json-value.js';
import type { FieldSet } from './field-set.js';
import { itemElement } from './list-item.js';
import { fieldElement } from './path-element.js';
import { deduced, type ListType, type MapType, type Type } from './type-system.js';

/**
 * The value without the fields and items in the set. Maps and lists that lose all they have stay, empty; what is atomic goes
 * only as a whole. Shares what it keeps with the value.
 */
export function removeItems(type: Type, value: unknown, gone: FieldSet): unknown {
  const { map, scalar, list } = type.formOf(value);
  if (map !== undefined && isObject(value)) return removeFields(map, value, gone);
  if (map === undefined && scalar === undefined && list !== undefined && Array.isArray(value)) {
    return removeFromList(list, value, gone);
  }
  return value;
}

function removeFields(map: MapType, value: JsonObject, gone: FieldSet): JsonObject {
  const out: JsonObject = {};
  if (map.atomic) return out;
  for (const [key, part] of Object.entries(value)) {
    const element = fieldElement(key);
    if (gone.members.has(element)) continue;
    const below = gone.children.get(element);
    setOwn(
      out,
      key,
      below === undefined || below.isEmpty ? part : removeItems(map.typeOf(key) ?? deduced, part, below),
    );
  }
  return out;
}

function removeFromList(list: ListType, value: unknown[], gone: FieldSet): unknown[] {
  if (list.atomic) return [];
  return value.flatMap((item) => {
    const found = itemElement(list, item);
    if (!('element' in found)) return [item];
    if (gone.members.has(found.element)) return [];
    const below = gone.children.get(found.element);
    return [below === undefined || below.isEmpty ? item : removeItems(list.items, item, below)];
  });
}
