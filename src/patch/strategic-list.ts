import { isObject, type JsonObject, own } from '../util/json-value.js';
import { goType, goValue } from './go-format.js';
import { internal, PatchError } from './patch-error.js';

/** Merges one item of a list with the patch's item of the same merge key. */
type MergeItems = (item: JsonObject, patch: JsonObject) => JsonObject;

/**
 * Merges a patch's list into the live one by merge key, or as a set where it holds primitives. The result has the patch's
 * items in the patch's order, and live items where the live order puts them between. Throws PatchError.
 */
export function mergeLists(
  original: unknown[],
  patch: unknown[],
  mergeKey: string,
  deletion: boolean,
  mergeItems: MergeItems,
): unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  if (!checkItems(original, patch)) {
    const gone = new Set(deletion ? patch : []);
    if (deletion) return original.filter((item) => !gone.has(item));
    return orderList([...new Set([...original, ...patch])], patch, original, '');
  }
  if (mergeKey === '') throw internal('cannot merge lists without merge key for struct');
  const { kept, changes } = applyDirectives(original as JsonObject[], patch as JsonObject[], mergeKey);
  const merged = mergeByKey(kept, changes, mergeKey, mergeItems);
  return orderList(merged, changes, kept, mergeKey);
}

/** True if all items are maps, false if all are primitives of one type. Throws PatchError for anything else. */
export function checkItems(...lists: readonly (readonly unknown[])[]): boolean {
  const items = lists.flat();
  if (items.length === 0) throw internal('no elements in any of the given slices');
  const type = goType(items[0]);
  if (Array.isArray(items[0])) throw new PatchError(422, 'Invalid', 'lists of lists are not supported');
  if (items.some((item) => goType(item) !== type))
    throw internal(`list element types are not identical: ${goValue(lists)}`);
  return isObject(items[0]);
}

/** Applies the `$patch` directives in a list's items: `delete` removes live items, `replace` removes them all. */
function applyDirectives(original: JsonObject[], patch: JsonObject[], mergeKey: string) {
  const changes: JsonObject[] = [];
  const gone = new Set<string>();
  let replace = false;
  for (const item of patch) {
    if (!Object.hasOwn(item, '$patch')) changes.push(item);
    else if (item.$patch === 'replace') replace = true;
    else if (item.$patch === 'merge') throw internal('merging lists cannot yet be specified in the patch');
    else if (item.$patch !== 'delete') {
      throw internal(`unknown patch type: ${goValue(item.$patch)} in map: ${goValue(item)}`);
    } else if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
    else gone.add(keyOfItem(item, mergeKey));
  }
  if (replace) return { kept: changes, changes: [] };
  return { kept: original.filter((item) => !gone.has(keyOfItem(item, mergeKey))), changes };
}

function mergeByKey(kept: JsonObject[], changes: JsonObject[], mergeKey: string, mergeItems: MergeItems): JsonObject[] {
  const merged = [...kept];
  const places = placesOf(merged, mergeKey);
  for (const change of changes) {
    if (!Object.hasOwn(change, mergeKey)) throw noMergeKey(change, mergeKey);
    const key = keyOfItem(change, mergeKey);
    const place = places.get(key);
    const current = place === undefined ? undefined : merged[place];
    if (place !== undefined && current !== undefined) merged[place] = mergeItems(current, change);
    else places.set(key, merged.push(change) - 1);
  }
  return merged;
}

/**
 * A list in order: the items that `order` names as it has them, the others as `live` has them; between the two the live
 * order decides as far as it knows both, and the named ones come first elsewhere.
 */
export function orderList(items: unknown[], order: unknown[], live: unknown[], mergeKey: string): unknown[] {
  if (mergeKey !== '') requireKeys([...items, ...order], mergeKey);
  const orderPlaces = placesOf(order, mergeKey);
  const livePlaces = placesOf(live, mergeKey);
  const key = (item: unknown) => keyOfItem(item, mergeKey);
  const named = sortBy(
    items.filter((item) => orderPlaces.has(key(item))),
    (item) => orderPlaces.get(key(item)),
  );
  const others = sortBy(
    items.filter((item) => !orderPlaces.has(key(item))),
    (item) => livePlaces.get(key(item)),
  );
  const out: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const place = livePlaces.get(key(item));
    for (; next < others.length && place !== undefined; next++) {
      const other = livePlaces.get(key(others[next]));
      if (other === undefined || other >= place) break;
      out.push(others[next]);
    }
    out.push(item);
  }
  return [...out, ...others.slice(next)];
}

/** Sorts by a place that all items have; those without one, which cannot happen in a sound patch, come first. */
function sortBy(items: unknown[], placeOf: (item: unknown) => number | undefined): unknown[] {
  return items.sort((a, b) => (placeOf(a) ?? -1) - (placeOf(b) ?? -1));
}

/** Throws PatchError 500 unless the patch's items, deletions aside, stand in the order list and in its order. */
export function checkOrder(patch: unknown[], order: unknown[], mergeKey: string): void {
  if (order.length === 0 || patch.length === 0) return;
  let at = 0;
  for (const item of patch) {
    if (mergeKey !== '' && !isObject(item)) {
      throw internal(`expected a map[string]interface {}, but received a ${goType(item)}`);
    }
    if (isObject(item) && Object.hasOwn(item, '$patch')) continue;
    if (mergeKey !== '') requireKeys([item], mergeKey);
    let found = false;
    while (!found && at < order.length) {
      if (mergeKey !== '') requireKeys([order[at]], mergeKey);
      found = keyOfItem(order[at++], mergeKey) === keyOfItem(item, mergeKey);
    }
    if (!found) throw disordered(patch, order);
  }
}

function disordered(patch: unknown[], order: unknown[]): PatchError {
  return internal(
    `The order in patch list:\n${goValue(patch)}\n doesn't match $setElementOrder list:\n${goValue(order)}\n`,
  );
}

function placesOf(items: unknown[], mergeKey: string): Map<string, number> {
  const places = new Map<string, number>();
  items.forEach((item, index) => {
    const key = keyOfItem(item, mergeKey);
    if (!places.has(key)) places.set(key, index);
  });
  return places;
}

/** Returns the key by which two items are the same. */
function keyOfItem(item: unknown, mergeKey: string): string {
  const key = mergeKey === '' ? item : isObject(item) ? own(item, mergeKey) : undefined;
  return JSON.stringify(key) ?? '';
}

function requireKeys(items: unknown[], mergeKey: string): void {
  for (const item of items) {
    if (!isObject(item)) throw internal(`expected a map[string]interface {}, but received a ${goType(item)}`);
    if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  }
}

function noMergeKey(item: JsonObject, mergeKey: string): PatchError {
  return internal(`map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);
}
