import { isObject, own } from '../../util/json-value.js';
import { goValue } from '../go-format.js';
import { keyElement, type PathElement, valueElement } from './path-element.js';
import type { ListType } from './type-system.js';

/** The identity of an item in a list that is owned item by item, or the problem with it. */
export type ItemElement = { element: PathElement } | { problem: string };

/**
 * Returns the path element of a list item. It consists of the item's keys, or of its value in a set. An absent key takes its default, or
 * is left out if it has none. An item without any of its keys has no identity, nor has a set's item that is not a scalar.
 */
export function itemElement(list: ListType, item: unknown): ItemElement {
  return list.keys.length > 0 ? byKeys(list, item) : byValue(item);
}

function byKeys(list: ListType, item: unknown): ItemElement {
  if (item === null) return { problem: 'associative list with keys may not have a null element' };
  if (!isObject(item)) return { problem: 'associative list with keys may not have non-map elements' };
  const fields = list.items.atom.map?.fields ?? {};
  const keys: { [name: string]: unknown } = {};
  for (const name of list.keys) {
    const value = Object.hasOwn(item, name) ? own(item, name) : (fields[name]?.default ?? undefined);
    if (value !== undefined) keys[name] = value;
  }
  if (Object.keys(keys).length > 0) return { element: keyElement(keys) };
  const names = goValue(list.keys.map((name) => JSON.stringify(name)));
  return {
    problem: `associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`,
  };
}

function byValue(item: unknown): ItemElement {
  if (item === null) return { problem: "associative list without keys has an element that's an explicit null" };
  if (isObject(item)) return { problem: "associative list without keys has an element that's a map type" };
  if (Array.isArray(item)) return { problem: 'not supported: associative list with lists as elements' };
  return { element: valueElement(item) };
}

/** The items of a list by their path elements, those without identity left out. More than one item: duplicates. */
export function itemsByElement(list: ListType, items: readonly unknown[]): Map<PathElement, unknown[]> {
  const out = new Map<PathElement, unknown[]>();
  for (const item of items) {
    const found = itemElement(list, item);
    if (!('element' in found)) continue;
    const twins = out.get(found.element);
    if (twins === undefined) out.set(found.element, [item]);
    else twins.push(item);
  }
  return out;
}
