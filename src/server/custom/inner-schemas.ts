import type { JsonSchema } from '../../meta/json-schema.js';

/** The places a schema has other schemas in, with their paths. */
export function innerSchemas(schema: JsonSchema, at: string): { schema: JsonSchema; at: string }[] {
  const { items, additionalProperties: values, properties, not } = schema;
  const lists = (['allOf', 'oneOf', 'anyOf'] as const).flatMap((keyword) =>
    (schema[keyword] ?? []).map((inner, index) => ({ schema: inner, at: `${at}.${keyword}[${index}]` })),
  );
  return [
    ...(typeof values === 'object' ? [{ schema: values, at: `${at}.additionalProperties` }] : []),
    ...Object.entries(properties ?? {}).map(([name, inner]) => ({ schema: inner, at: `${at}.properties[${name}]` })),
    ...(not === undefined ? [] : [{ schema: not, at: `${at}.not` }]),
    ...lists,
    ...(items === undefined ? [] : [{ schema: items, at: `${at}.items` }]),
  ];
}
