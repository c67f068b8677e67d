import { childPath, fieldSchema, type JsonSchema } from '../../meta/json-schema.js';
import { isObject, type JsonObject, own, setOwn } from '../../util/json-value.js';
import { StatusError } from '../object/status-error.js';
import { decodeWire } from '../scheme/decode-wire.js';

const metaType = 'apis/meta/v1.ObjectMeta';

/**
 * Converts the metadata of an object, and of the resources embedded in it, to the form of every object's metadata. Returns the paths of
 * unknown fields, sorted. Changes `value` in place. Throws the 400 of a field of the wrong type. With `lenient`, as for stored objects,
 * it drops such fields instead.
 */
export function coerceMetadata(value: JsonObject, schema: JsonSchema, lenient = false): string[] {
  const unknown: string[] = [];
  walk(value, { ...schema, 'x-kubernetes-embedded-resource': true }, '', unknown, lenient);
  return unknown.sort();
}

function walk(value: unknown, schema: JsonSchema | undefined, path: string, unknown: string[], lenient: boolean): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, schema.items, `${path}[${index}]`, unknown, lenient);
    return;
  }
  if (!isObject(value)) return;
  if (schema['x-kubernetes-embedded-resource'] === true) coerce(value, path, unknown, lenient);
  for (const name of Object.keys(value)) {
    walk(own(value, name), fieldSchema(schema, name), childPath(path, name), unknown, lenient);
  }
}

function coerce(value: JsonObject, path: string, unknown: string[], lenient: boolean): void {
  if (!Object.hasOwn(value, 'metadata')) return;
  const { metadata } = value;
  const at = childPath(path, 'metadata');
  if (lenient) {
    const kept = isObject(metadata) ? readable(metadata) : undefined;
    if (kept === undefined) delete value.metadata;
    else value.metadata = kept;
    return;
  }
  const strict: string[] = [];
  value.metadata = decodeWire(metaType, (metadata ?? {}) as JsonObject, { strict });
  for (const one of strict) unknown.push(`${at}.${one.slice(one.indexOf('"') + 1, -1)}`);
}

/** The fields of metadata that can be read, one by one. */
function readable(metadata: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const key of Object.keys(metadata)) {
    try {
      decodeWire(metaType, { [key]: metadata[key] });
      setOwn(kept, key, metadata[key]);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }
  return decodeWire(metaType, kept);
}
