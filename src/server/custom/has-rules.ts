import type { JsonSchema } from '../../meta/json-schema.js';
import { innerSchemas } from './inner-schemas.js';

/** Reports whether a schema has rules anywhere. */
export function hasRules(schema: JsonSchema): boolean {
  return (
    (schema['x-kubernetes-validations'] ?? []).length > 0 ||
    innerSchemas(schema, '').some((one) => hasRules(one.schema))
  );
}
