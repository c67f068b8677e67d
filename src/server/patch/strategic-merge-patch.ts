import type { JsonObject } from './json-value.js';
import { internal } from './patch-error.js';
import type { SchemaResolver } from './schema-resolver.js';

/**
 * Applies a strategic merge patch, guided by the patch strategies and merge keys of the schema. Neither argument is changed.
 *
 * Throws PatchError: 400 for directives of the wrong form, 422 for `$retainKeys` that contradict the patch, 500 for a missing
 * merge key, an unknown `$patch` and a disagreeing `$setElementOrder`.
 */
export function applyStrategicMergePatch(_object: JsonObject, _patch: JsonObject, _schema: SchemaResolver): JsonObject {
  throw internal('not there yet');
}
