import { CodegenError } from './api-source.js';
import type { OpenApiSchema } from './document.js';
import { reference } from './schema-facts.js';

const MAX_DEPTH = 100;

/** Keywords with plain values that make a type. */
const KEPT = ['type', 'required', 'nullable'];

/** The schema that `x-kubernetes-int-or-string` stands for. */
export const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

const COMBINATORS = ['allOf', 'anyOf', 'oneOf'] as const;

/**
 * A schema with only what makes its type, so that nothing else of a foreign document reaches openapi-typescript, which
 * would follow references to files and servers.
 *
 * Beside a type, `allOf`, `anyOf`, `oneOf` and `not` only validate values, as in structural schemas of custom resources
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema);
 * taken for types they would make the whole a union with `unknown`.
 */
export function typeShape(schema: OpenApiSchema, depth = 0): OpenApiSchema {
  if (depth > MAX_DEPTH) throw new CodegenError(`A schema nests more than ${MAX_DEPTH} levels deep`);
  const inner = (child: OpenApiSchema) => typeShape(child, depth + 1);
  const target = reference(schema);
  if (target !== undefined) return { $ref: `#/components/schemas/${target}` };
  if (schema['x-kubernetes-int-or-string'] === true) {
    const $ref = `#/components/schemas/${INT_OR_STRING}`;
    return schema.nullable === true ? { allOf: [{ $ref }], nullable: true } : { $ref };
  }
  const shape: OpenApiSchema = {};
  for (const keyword of KEPT) if (schema[keyword] !== undefined) shape[keyword] = schema[keyword];
  if (Array.isArray(schema.enum))
    shape.enum = schema.enum.filter((value) => typeof value !== 'object' || value === null);
  const { properties, items, additionalProperties } = schema;
  if (properties !== undefined) {
    shape.properties = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, inner(child)]));
  }
  if (items !== undefined) shape.items = inner(items);
  if (additionalProperties !== undefined) {
    shape.additionalProperties =
      typeof additionalProperties === 'object' ? inner(additionalProperties) : additionalProperties;
  }
  const typed = 'type' in schema || 'properties' in schema;
  for (const keyword of COMBINATORS) {
    const branches = schema[keyword];
    if (!Array.isArray(branches)) continue;
    if (!typed || branches.some((branch) => '$ref' in branch)) shape[keyword] = branches.map(inner);
  }
  return shape;
}
