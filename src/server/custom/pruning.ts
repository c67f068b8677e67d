import { childPath, fieldSchema, type JsonSchema } from '../../meta/json-schema.js';
import { isObject, type JsonObject, own } from '../../util/json-value.js';

/** The fields of every object, whatever its schema. */
const objectFields = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Removes what a schema does not know, except where it keeps unknown fields, and returns the paths of what was removed, sorted.
 * The kind, version and metadata of the object and of embedded resources are not touched. Changes `value` in place. Idempotent.
 */
export function prune(value: JsonObject, schema: JsonSchema): string[] {
  const removed: string[] = [];
  walk(value, { ...schema, 'x-kubernetes-embedded-resource': true }, false, '', removed);
  return removed.sort();
}

/** `kept`: this is an item of a list that keeps unknown fields, and so does the item. */
function walk(value: unknown, schema: JsonSchema | undefined, kept: boolean, path: string, removed: string[]): void {
  const keeps = kept || schema?.['x-kubernetes-preserve-unknown-fields'] === true;
  if (keeps && schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, schema?.items, keeps, `${path}[${index}]`, removed);
    return;
  }
  if (!isObject(value)) return;
  for (const name of Object.keys(value)) {
    if (schema?.['x-kubernetes-embedded-resource'] === true && objectFields.has(name)) continue;
    const inner = fieldSchema(schema, name);
    if (inner !== undefined || schema?.additionalProperties === true) {
      walk(own(value, name), inner, false, childPath(path, name), removed);
    } else if (!keeps) {
      removed.push(childPath(path, name));
      delete value[name];
    }
  }
}
