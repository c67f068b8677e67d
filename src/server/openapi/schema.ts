import type { SchemaFacts } from '../../meta/api-facts.js';

/** Converts a reference such as `apps/v1.Deployment` to the schema's full name. */
export type FullName = (ref: string) => string;

/** Facts that are a keyword of the same value under another name. */
const KEYWORDS = [
  ['type', 'type'],
  ['format', 'format'],
  ['enum', 'enum'],
  ['nullable', 'nullable'],
  ['default', 'default'],
  ['required', 'required'],
] as const satisfies readonly (readonly [keyof SchemaFacts, string])[];

const EXTENSIONS = [
  ['listType', 'x-kubernetes-list-type'],
  ['listMapKeys', 'x-kubernetes-list-map-keys'],
  ['mapType', 'x-kubernetes-map-type'],
  ['patchStrategy', 'x-kubernetes-patch-strategy'],
  ['patchMergeKey', 'x-kubernetes-patch-merge-key'],
  ['intOrString', 'x-kubernetes-int-or-string'],
  ['preserveUnknown', 'x-kubernetes-preserve-unknown-fields'],
  ['embeddedResource', 'x-kubernetes-embedded-resource'],
  ['unions', 'x-kubernetes-unions'],
  ['validations', 'x-kubernetes-validations'],
] as const satisfies readonly (readonly [keyof SchemaFacts, string])[];

/** A schema as OpenAPI v3 documents write it. `groupVersion` is the document's, for the kinds all of them have. */
export function openApiSchema(
  facts: SchemaFacts,
  fullName: FullName,
  groupVersion: string,
  isProperty = false,
): { [keyword: string]: unknown } {
  const schema: [string, unknown][] = [];
  const inner = (child: SchemaFacts, property = false) => openApiSchema(child, fullName, groupVersion, property);
  for (const [fact, keyword] of KEYWORDS) if (facts[fact] !== undefined) schema.push([keyword, facts[fact]]);
  if (facts.ref !== undefined) schema.push(reference(facts, fullName(facts.ref), isProperty));
  if (facts.oneOf !== undefined) schema.push(['oneOf', facts.oneOf.split('|').map((type) => ({ type }))]);
  if (facts.properties !== undefined) {
    const properties = Object.entries(facts.properties).map(([name, child]) => [name, inner(child, true)]);
    schema.push(['properties', Object.fromEntries(properties)]);
  }
  if (facts.items !== undefined) schema.push(['items', inner(facts.items)]);
  if (facts.additional !== undefined) {
    const { additional } = facts;
    schema.push(['additionalProperties', typeof additional === 'object' ? inner(additional) : additional]);
  }
  if (facts.gvk !== undefined) schema.push(['x-kubernetes-group-version-kind', kinds(facts.gvk, groupVersion)]);
  for (const [fact, keyword] of EXTENSIONS) if (facts[fact] !== undefined) schema.push([keyword, facts[fact]]);
  return Object.fromEntries([...schema, ...Object.entries(facts.other ?? {})]);
}

/** OpenAPI 3.0 lets nothing stand beside a `$ref`, so a property, which has a description or a default, wraps it. */
function reference(facts: SchemaFacts, name: string, isProperty: boolean): [string, unknown] {
  const $ref = `#/components/schemas/${name}`;
  return isProperty || Object.keys(facts).length > 1 ? ['allOf', [{ $ref }]] : ['$ref', $ref];
}

function kinds(gvks: readonly string[], groupVersion: string): { group: string; kind: string; version: string }[] {
  const texts = new Set(gvks.map((gvk) => gvk.replace(/^\*/, () => groupVersion)));
  return [...texts].map(kindOf);
}

/** `apps/v1/Deployment` in the three words OpenAPI uses. */
export function kindOf(gvk: string): { group: string; kind: string; version: string } {
  const parts = gvk.split('/');
  const kind = parts.pop() ?? '';
  const version = parts.pop() ?? '';
  return { group: parts.pop() ?? '', kind, version };
}
