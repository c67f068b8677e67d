import type { OpenApiSchema } from './document.js';
import { CodegenError } from './source.js';

const MAX_DEPTH = 100;

/**
 * A schema with only what makes its type. Beside a type, `allOf`, `anyOf`, `oneOf` and `not` only validate values, as in
 * structural schemas of custom resources (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema);
 * taken for types they would make the whole a union with `unknown`.
 */
export function typeShape(schema: OpenApiSchema, depth = 0): OpenApiSchema {
  if (depth > MAX_DEPTH) throw new CodegenError(`A schema nests more than ${MAX_DEPTH} levels deep`);
  const inner = (child: OpenApiSchema) => typeShape(child, depth + 1);
  const onlyValidates = 'type' in schema || 'properties' in schema || schema['x-kubernetes-int-or-string'] === true;
  const shape: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'properties' && schema.properties !== undefined) {
      const properties = Object.entries(schema.properties).map(([name, child]) => [name, inner(child)]);
      shape.push([keyword, Object.fromEntries(properties)]);
    } else if (keyword === 'items' && schema.items !== undefined) {
      shape.push([keyword, inner(schema.items)]);
    } else if (keyword === 'additionalProperties' && typeof schema.additionalProperties === 'object') {
      shape.push([keyword, inner(schema.additionalProperties)]);
    } else if (keyword !== 'not' && (!onlyValidates || !isCombinator(keyword) || refers(value))) {
      shape.push([keyword, value]);
    }
  }
  return Object.fromEntries(shape);
}

function isCombinator(keyword: string): boolean {
  return keyword === 'allOf' || keyword === 'anyOf' || keyword === 'oneOf';
}

function refers(branches: unknown): boolean {
  return Array.isArray(branches) && branches.some((branch) => typeof branch === 'object' && '$ref' in branch);
}
