import type { SchemaFacts } from '../meta/index.js';
import { internal } from './patch-error.js';
import { resolved, type SchemaResolver } from './schema-resolver.js';

/** The schema's rules for patching a field. */
export interface PatchMeta {
  /** The schema of the field, or for a list that of its items. */
  schema: SchemaFacts;
  /** `merge`, `replace` or empty; `retainKeys` does not change how a patch is applied. */
  strategy: string;
  /** The field that identifies an item; empty where there is none. */
  mergeKey: string;
}

/** Returns the rules for the field `key` of an object with this schema. Throws a PatchError 500 for a field the schema does not have. */
export function lookUp(schema: SchemaFacts, key: string, resolver: SchemaResolver): PatchMeta {
  const property = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
  if (property === undefined) {
    if (schema.properties !== undefined && schema.additional === undefined && schema.preserveUnknown !== true) {
      throw internal(`unable to find api field in struct for the json field "${key}"`);
    }
    const value = typeof schema.additional === 'object' ? schema.additional : undefined;
    return { schema: resolved(value, resolver), strategy: '', mergeKey: '' };
  }
  const strategies = (property.patchStrategy ?? '').split(',').filter((strategy) => strategy !== 'retainKeys');
  return {
    schema: resolved(property, resolver),
    strategy: strategies[0] ?? '',
    mergeKey: property.patchMergeKey ?? '',
  };
}

/**
 * Returns the rules for the list `key`: like `lookUp`, with the schema of the list's items. Throws a PatchError 500 if the field is not a
 * list.
 */
export function lookUpList(schema: SchemaFacts, key: string, resolver: SchemaResolver): PatchMeta {
  const field = lookUp(schema, key, resolver);
  const { type, items } = field.schema;
  if (type !== undefined && type !== 'array') throw internal(`expected slice or array type, but got: ${type}`);
  const itemSchema = resolved(items, resolver);
  if (itemSchema.type === 'array') throw internal('unexpected slice of slice');
  return { ...field, schema: itemSchema };
}
