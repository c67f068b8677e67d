import type { JsonSchema } from '../../meta/json-schema.js';
import { hasFormat } from '../../meta/string-formats.js';
import { fieldsOf, objectsOf } from '../../util/json-fields.js';
import { isObject } from '../../util/json-value.js';
import type { ServerObject } from '../object/server-object.js';
import { innerSchemas } from './inner-schemas.js';

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
