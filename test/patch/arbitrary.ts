import fc from 'fast-check';
import type { SchemaFacts } from '../../src/meta/index.js';
import type { JsonObject, SchemaResolver } from '../../src/patch/index.js';

const word = fc.constantFrom('a', 'b', 'c', 'web', 'x.io/y', 'ä<&>', '__proto__', 'constructor');
const text = fc.oneof(word, fc.string({ maxLength: 6 }));

/** Any JSON value, small, with keys that are hard on careless code. */
export const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constant(null), fc.boolean(), fc.integer({ min: -3, max: 3 }), text),
    fc.array(tie('value'), { maxLength: 3 }),
    object(tie('value')),
  ),
})).value;

/** A JSON object with such values. */
export const jsonObject: fc.Arbitrary<JsonObject> = object(json);

function object(value: fc.Arbitrary<unknown>): fc.Arbitrary<JsonObject> {
  return fc.array(fc.tuple(word, value), { maxLength: 4 }).map((entries) => fromEntries(entries));
}

/** Own properties only, whatever they are called. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): JsonObject {
  return Object.fromEntries(entries);
}

/** The metadata that clients write and own; the rest is identity or the server's. */
const clientMetadata = new Set(['labels', 'annotations', 'finalizers', 'ownerReferences']);

/** Objects of a kind that fit its schema, as a client might apply them. */
export function objectsOf(apiVersion: string, kind: string, resolver: SchemaResolver): fc.Arbitrary<JsonObject> {
  return valuesOf(resolver.root, resolver, 5).map((value) => {
    const { metadata = {} } = value as { metadata?: JsonObject };
    const own = Object.entries(metadata).filter(([field]) => clientMetadata.has(field));
    const named = { ...Object.fromEntries(own), name: 'x', namespace: 'n' };
    return { ...(value as JsonObject), apiVersion, kind, metadata: named };
  });
}

function valuesOf(schema: SchemaFacts, resolver: SchemaResolver, depth: number): fc.Arbitrary<unknown> {
  if (schema.ref !== undefined) {
    if (schema.ref.endsWith('.Quantity')) return fc.constantFrom('1', '500m', 2);
    const target = resolver.resolve(schema.ref);
    return target === undefined ? json : valuesOf(target, resolver, depth);
  }
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.type === 'string') return text;
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer' || schema.type === 'number') return fc.integer({ min: 0, max: 9 });
  if (schema.type === 'array') return listOf(schema, resolver, depth);
  if (schema.oneOf !== undefined) return fc.oneof(fc.integer({ min: 0, max: 9 }), text);
  if (schema.type === undefined) return jsonObject;
  return fieldsOf(schema, resolver, depth, []);
}

function fieldsOf(
  schema: SchemaFacts,
  resolver: SchemaResolver,
  depth: number,
  needed: readonly string[],
): fc.Arbitrary<JsonObject> {
  const { properties = {}, additional } = schema;
  const names = Object.keys(properties);
  if (names.length === 0 && typeof additional === 'object') {
    const values = depth > 0 ? valuesOf(additional, resolver, depth - 1) : fc.constant('v');
    return fc.array(fc.tuple(word, values), { maxLength: depth > 0 ? 3 : 0 }).map(fromEntries);
  }
  if (names.length === 0) return jsonObject;
  const maxLength = depth === 0 ? 0 : Math.min(4, names.length);
  return fc.subarray(names, { maxLength }).chain((chosen) => {
    const all = [...new Set([...needed, ...chosen])];
    const fields = all.map((name) =>
      fc.tuple(fc.constant(name), valuesOf(properties[name] ?? {}, resolver, Math.max(0, depth - 1))),
    );
    return fc.tuple(...fields).map(fromEntries);
  });
}

/**
 * A list whose items differ in their keys or values (and in the one merge key of patches) wherever the schema has any. Such
 * lists are never empty: an empty one belongs to nobody.
 */
function listOf(schema: SchemaFacts, resolver: SchemaResolver, depth: number): fc.Arbitrary<unknown[]> {
  const { listType, items = {}, patchMergeKey, patchStrategy } = schema;
  const keys = patchMergeKey === undefined ? (schema.listMapKeys ?? []) : [patchMergeKey];
  const below = Math.max(0, depth - 1);
  if (listType === 'set' || (patchStrategy === 'merge' && keys.length === 0)) {
    return fc.uniqueArray(valuesOf(items, resolver, below), { minLength: 1, maxLength: 3 });
  }
  if (keys.length === 0) return fc.array(valuesOf(items, resolver, below), { maxLength: depth === 0 ? 0 : 2 });
  const item = items.ref === undefined ? items : (resolver.resolve(items.ref) ?? {});
  const selector = (value: JsonObject) =>
    JSON.stringify(keys.map((key) => (key in value ? value[key] : item.properties?.[key]?.default)));
  return fc.uniqueArray(fieldsOf(item, resolver, below, keys), { minLength: 1, maxLength: 3, selector });
}
