import type { SchemaFacts } from '../meta/index.js';
import { copy, isObject, type JsonObject, nestsWithin, own, setOwn } from '../util/json-value.js';
import { goType, goValue } from './go-format.js';
import { badRequest, internal } from './patch-error.js';
import { lookUp, lookUpList } from './patch-meta.js';
import { resolved, type SchemaResolver } from './schema-resolver.js';
import { checkItems, checkOrder, mergeLists, orderList } from './strategic-list.js';

const deletionPrefix = '$deleteFromPrimitiveList';
const orderPrefix = '$setElementOrder';

/**
 * Applies a strategic merge patch by the patch strategies and merge keys of the schema. Neither argument is changed.
 *
 * Throws a PatchError:
 * - 400 for directives of the wrong form, or a `$retainKeys` that contradicts the patch;
 * - 422 for lists of lists;
 * - 500 for a missing merge key, an unknown `$patch`, or a `$setElementOrder` that disagrees.
 */
export function applyStrategicMergePatch(object: JsonObject, patch: JsonObject, schema: SchemaResolver): JsonObject {
  if (!nestsWithin(patch)) throw badRequest('error decoding patch: exceeded max depth');
  return new StrategicMerge(schema).mergeMaps(copy(object), copy(patch), resolved(schema.root, schema));
}

/** One application: works in place on copies of object and patch. */
class StrategicMerge {
  constructor(private readonly resolver: SchemaResolver) {}

  /** Merges `patch` into `original`, both of which it may change, and returns the result. */
  mergeMaps(original: JsonObject, patch: JsonObject, schema: SchemaFacts): JsonObject {
    if (Object.hasOwn(patch, '$patch')) return replaceOrEmpty(patch);
    applyRetainKeys(original, patch);
    this.#applyElementOrders(original, patch, schema);
    for (const [field, value] of Object.entries(patch)) {
      const deletion = field.startsWith(deletionPrefix);
      const key = deletion ? keyOf(field, deletionPrefix, 'primitive list') : field;
      if (value === null) delete original[key];
      else if (goType(own(original, key)) === goType(value)) this.#mergeField(original, key, value, schema, deletion);
      else if (!deletion) take(original, key, withoutNulls(value));
    }
    return original;
  }

  #mergeField(original: JsonObject, key: string, value: unknown, schema: SchemaFacts, deletion: boolean): void {
    const current = original[key];
    if (isObject(value) && isObject(current)) {
      const field = lookUp(schema, key, this.resolver);
      const replaced = field.strategy === 'replace';
      setOwn(original, key, replaced ? value : this.mergeMaps(current, value, field.schema));
    } else if (Array.isArray(value) && Array.isArray(current)) {
      const field = lookUpList(schema, key, this.resolver);
      const merged = deletion || field.strategy === 'merge';
      setOwn(original, key, merged ? this.#mergeLists(current, value, field, deletion) : value);
    } else {
      take(original, key, value);
    }
  }

  #mergeLists(
    original: unknown[],
    patch: unknown[],
    { schema, mergeKey }: { schema: SchemaFacts; mergeKey: string },
    deletion: boolean,
  ): unknown[] {
    return mergeLists(original, patch, mergeKey, deletion, (item, change) => this.mergeMaps(item, change, schema));
  }

  /** Merges each list that comes with a `$setElementOrder` and puts it in that order; the patch loses what is done. */
  #applyElementOrders(original: JsonObject, patch: JsonObject, schema: SchemaFacts): void {
    for (const [directive, order] of Object.entries(patch)) {
      if (!directive.startsWith(orderPrefix)) continue;
      delete patch[directive];
      listOf(order);
      const key = keyOf(directive, orderPrefix, 'setElementOrder list');
      const [current, change] = [listIn(original, key), listIn(patch, key)];
      const field = lookUpList(schema, key, this.resolver);
      checkOrder(change ?? [], listOf(order), field.mergeKey);
      const merged = this.#mergeOrdered(current, change, field);
      if (merged === undefined) continue;
      // Upstream panics here, and answers 500 as well.
      const maps = checkItems(current ?? [], change ?? []);
      if (maps && field.mergeKey === '') throw internal('an order of maps needs a merge key');
      setOwn(original, key, orderList(merged, listOf(order), current ?? [], field.mergeKey));
      delete patch[key];
    }
  }

  #mergeOrdered(
    current: unknown[] | undefined,
    change: unknown[] | undefined,
    field: { schema: SchemaFacts; strategy: string; mergeKey: string },
  ): unknown[] | undefined {
    if (change === undefined) return current;
    if (current === undefined) return withoutDirectives(change) as unknown[];
    return field.strategy === 'merge' ? this.#mergeLists(current, change, field, false) : change;
  }
}

/** `$patch: replace` takes the rest of the patch as it is, `$patch: delete` leaves an empty map. */
function replaceOrEmpty(patch: JsonObject): JsonObject {
  const { $patch: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw internal(`unknown patch type: ${goValue(directive)} in map: ${goValue(patch)}`);
}

/** `$retainKeys` clears every key of the original that it doesn't name; the patch may set none that it doesn't name. */
function applyRetainKeys(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, '$retainKeys')) return;
  const keys = patch.$retainKeys;
  delete patch.$retainKeys;
  const retained = new Set(Array.isArray(keys) ? keys : []);
  const stray = Object.entries(patch).some(
    ([key, value]) =>
      value !== null && !key.startsWith(deletionPrefix) && !key.startsWith(orderPrefix) && !retained.has(key),
  );
  if (!Array.isArray(keys) || stray) throw badRequest('invalid patch format of retainKeys');
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key];
}

function keyOf(directive: string, prefix: string, what: string): string {
  const slash = directive.indexOf('/');
  if (slash !== prefix.length) throw badRequest(`invalid patch format of ${what}`);
  return directive.slice(slash + 1);
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value))
    throw internal(`expected a []interface {}, but received a ${value === null ? '%!s(<nil>)' : goType(value)}`);
  return value;
}

function listIn(object: JsonObject, key: string): unknown[] | undefined {
  return Object.hasOwn(object, key) ? listOf(object[key]) : undefined;
}

/** Sets what the patch brings anew, without directives; what is nothing but a directive is not set. */
function take(original: JsonObject, key: string, value: unknown): void {
  const kept = withoutDirectives(value);
  if (kept === undefined) delete original[key];
  else setOwn(original, key, kept);
}

/** The value without the maps that carry a `$patch`; undefined if it is one itself. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, '$patch')) return undefined;
  const out: JsonObject = {};
  for (const [key, part] of Object.entries(value)) {
    const kept = withoutDirectives(part);
    if (kept !== undefined) setOwn(out, key, kept);
  }
  return out;
}

/** The value without the nulls in its maps, at any depth. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const [key, part] of Object.entries(value)) if (part !== null) setOwn(out, key, withoutNulls(part));
  return out;
}
