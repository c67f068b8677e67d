import { copy, isObject, type JsonObject, own, setOwn } from '../../util/json-value.js';
import { itemElement } from './list-item.js';
import type { PathElement } from './path-element.js';
import { deduced, type ListType, type MapType, type Type } from './type-system.js';

/**
 * The live value with everything the applied one says. Nothing is removed; where both have a leaf, the applied one wins. List
 * items come in live order if the applied list adds none, else in the applied order with live items kept between.
 */
export function merge(type: Type, live: unknown, applied: unknown): unknown {
  const { map, scalar, list } = type.formOf(applied === undefined ? live : applied);
  if (map !== undefined) return mergeMaps(map, live, applied);
  if (scalar !== undefined || list === undefined) return leaf(live, applied);
  return mergeLists(list, live, applied);
}

function leaf(live: unknown, applied: unknown): unknown {
  return copy(applied === undefined ? live : applied);
}

function mergeMaps(map: MapType, live: unknown, applied: unknown): unknown {
  const left: JsonObject = isObject(live) ? live : {};
  const right: JsonObject = isObject(applied) ? applied : {};
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  if (map.atomic || keys.size === 0) return leaf(live, applied);
  const out: JsonObject = {};
  for (const key of keys) {
    const merged = merge(map.typeOf(key) ?? deduced, own(left, key), own(right, key));
    if (merged !== undefined) setOwn(out, key, merged);
  }
  return Object.keys(out).length > 0 ? out : undefined;
}

/** The items of a list in order with their identity. */
interface Indexed {
  elements: PathElement[];
  items: unknown[];
  /** Null for an element that occurs more than once: duplicates are not merged with what is applied. */
  byElement: Map<PathElement, unknown>;
}

function index(list: ListType, value: unknown): Indexed {
  const out: Indexed = { elements: [], items: [], byElement: new Map() };
  for (const item of Array.isArray(value) ? value : []) {
    const found = itemElement(list, item);
    if (!('element' in found)) continue;
    out.elements.push(found.element);
    out.items.push(item);
    out.byElement.set(found.element, out.byElement.has(found.element) ? null : item);
  }
  return out;
}

function mergeLists(list: ListType, live: unknown, applied: unknown): unknown {
  const [left, right] = [index(list, live), index(list, applied)];
  const empty = left.elements.length === 0 && right.elements.length === 0;
  if (list.atomic || empty) return leaf(live, applied);
  const out: unknown[] = [];
  const take = (old: unknown, new_: unknown) => {
    const merged = merge(list.items, old, new_);
    if (merged !== undefined) out.push(merged);
  };
  const done = new Set<PathElement>();
  const takeApplied = (element: PathElement) => {
    done.add(element);
    take(left.byElement.get(element), right.byElement.get(element));
  };
  // The items both have, in applied order: live items are passed over until the one whose turn it is.
  const shared = right.elements.filter((element) => left.byElement.has(element));
  let turn = 0;
  let [l, r] = [0, 0];
  while (l < left.elements.length || r < right.elements.length) {
    const [mine, theirs] = [left.elements[l], right.elements[r]];
    if (mine !== undefined && mine === theirs) {
      takeApplied(mine);
      [l, r, turn] = [l + 1, r + 1, turn + 1];
    } else if (
      mine !== undefined &&
      theirs !== undefined &&
      right.byElement.has(mine) &&
      shared[turn] !== undefined &&
      shared[turn] !== mine
    ) {
      l++;
    } else if (mine !== undefined && !right.byElement.has(mine)) {
      take(left.items[l++], undefined);
    } else {
      if (mine !== undefined && done.has(mine)) l++;
      if (theirs !== undefined) {
        takeApplied(theirs);
        if (shared[turn] === theirs) turn++;
        r++;
      }
    }
  }
  return out.length > 0 ? out : undefined;
}
