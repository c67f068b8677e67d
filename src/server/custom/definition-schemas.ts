import type { JsonSchema } from '../../meta/json-schema.js';
import { hasFormat } from '../../meta/string-formats.js';
import { fieldsOf, objectsOf } from '../../util/json-fields.js';
import { isObject, type JsonObject } from '../../util/json-value.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest } from '../object/status-error.js';
import { decodeWire } from '../scheme/decode.js';
import { innerSchemas } from './inner-schemas.js';

const schemaType = 'apiextensions/v1.JSONSchemaProps';
const maxDepth = 300;

/**
 * Gives the schemas in places that take more than one form (`items`, `additionalProperties`) the form schemas have everywhere.
 * Changes `schema` in place. Throws the 400 of a keyword of the wrong type.
 */
export function decodeSchemas(schema: unknown, depth: number): void {
  if (!isObject(schema)) return;
  if (depth > maxDepth) throw badRequest('exceeded max depth');
  for (const keyword of ['items', 'additionalProperties']) {
    const value = schema[keyword];
    if (isObject(value)) schema[keyword] = decodeWire(schemaType, value);
    else if (value !== undefined && !Array.isArray(value) && typeof value !== 'boolean') {
      throw badRequest('json: cannot unmarshal value into Go struct field JSONSchemaProps of type JSONSchemaProps');
    }
  }
  for (const inner of innerOf(schema)) decodeSchemas(inner, depth + 1);
}

function innerOf(schema: JsonObject): unknown[] {
  const lists = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => objectsOf(schema[keyword]));
  return [
    ...lists,
    schema.items,
    schema.additionalProperties,
    schema.not,
    ...Object.values(fieldsOf(schema.properties)),
  ];
}

/** Texts for Warning headers about formats the server does not mind, where an update brings them in. */
export function formatWarnings(object: ServerObject, old: ServerObject | undefined): string[] {
  const before = new Set(old === undefined ? [] : unknownFormats(old));
  return unknownFormats(object)
    .filter((format) => !before.has(format))
    .map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

function unknownFormats({ spec }: ServerObject): string[] {
  return objectsOf(fieldsOf(spec).versions).flatMap((version) => {
    const schema = fieldsOf(version.schema).openAPIV3Schema;
    return isObject(schema) ? formatsIn(schema as JsonSchema) : [];
  });
}

function formatsIn(schema: JsonSchema): string[] {
  const { format, type } = schema;
  const own = format !== undefined && format !== '' && !hasFormat(format, type) ? [format] : [];
  return [...own, ...innerSchemas(schema, '').flatMap((inner) => formatsIn(inner.schema))];
}
