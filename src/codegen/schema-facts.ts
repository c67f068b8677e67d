import type { SchemaFacts } from '../meta/api-facts.js';
import { CodegenError } from './api-source.js';
import { type GroupVersionKind, gvkText, type OpenApiSchema } from './document.js';

/** No real schema nests this deep; a hostile one might. */
const MAX_DEPTH = 100;

const POINTER = '#/components/schemas/';

/** Keywords that become a field of the same meaning under a shorter name. */
const RENAMED: { readonly [keyword: string]: keyof SchemaFacts } = {
  type: 'type',
  format: 'format',
  enum: 'enum',
  default: 'default',
  nullable: 'nullable',
  required: 'required',
  'x-kubernetes-list-type': 'listType',
  'x-kubernetes-list-map-keys': 'listMapKeys',
  'x-kubernetes-map-type': 'mapType',
  'x-kubernetes-patch-strategy': 'patchStrategy',
  'x-kubernetes-patch-merge-key': 'patchMergeKey',
  'x-kubernetes-int-or-string': 'intOrString',
  'x-kubernetes-preserve-unknown-fields': 'preserveUnknown',
  'x-kubernetes-embedded-resource': 'embeddedResource',
  'x-kubernetes-unions': 'unions',
  'x-kubernetes-validations': 'validations',
};

/** The surroundings of a schema that the conversion needs, and the place for its descriptions. */
export interface SchemaContext {
  /** Full schema name to reference. */
  refOf(fullName: string): string;
  /** `group/version` of the document, which some shared schemas name among their kinds. */
  groupVersion: string;
  descriptions: WeakMap<SchemaFacts, string>;
}

/** Turns an OpenAPI schema into facts. Throws a `CodegenError` where it nests too deep or refers outside its document. */
export function schemaFacts(schema: OpenApiSchema, context: SchemaContext, depth = 0): SchemaFacts {
  if (depth > MAX_DEPTH) throw new CodegenError(`A schema nests more than ${MAX_DEPTH} levels deep`);
  const facts: SchemaFacts = {};
  const other: [string, unknown][] = [];
  const inner = (child: OpenApiSchema) => schemaFacts(child, context, depth + 1);
  const target = reference(schema);
  if (target !== undefined) facts.ref = context.refOf(target);
  for (const [keyword, value] of Object.entries(schema)) {
    const renamed = RENAMED[keyword];
    if (renamed !== undefined) {
      const kept = renamed === 'unions' || renamed === 'validations' ? asItStands(value, context, depth) : value;
      if (value !== false || keyword === 'default') Object.assign(facts, { [renamed]: kept });
    } else if (keyword === 'description') {
      if (typeof value === 'string' && value !== '') context.descriptions.set(facts, value);
    } else if (keyword === 'properties') {
      facts.properties = Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, child]) => [name, inner(child)]),
      );
    } else if (keyword === 'items' && schema.items !== undefined) {
      facts.items = inner(schema.items);
    } else if (keyword === 'additionalProperties') {
      const additional = schema.additionalProperties;
      facts.additional = typeof additional === 'object' ? inner(additional) : additional === true;
    } else if (keyword === 'oneOf' && alternatives(schema) !== undefined) {
      facts.oneOf = alternatives(schema) ?? '';
    } else if (keyword === 'x-kubernetes-group-version-kind') {
      facts.gvk = gvks(schema[keyword] ?? [], context.groupVersion);
    } else if (target === undefined || (keyword !== '$ref' && keyword !== 'allOf')) {
      other.push([keyword, asItStands(value, context, depth + 1)]);
    }
  }
  if (other.length > 0) facts.other = Object.fromEntries(other.sort(([a], [b]) => (a < b ? -1 : 1)));
  return inOrder(facts, context.descriptions);
}

const ORDER: readonly (keyof SchemaFacts)[] = [
  ...(['type', 'ref', 'format', 'nullable', 'oneOf', 'enum', 'default', 'required'] as const),
  ...(['properties', 'additional', 'items', 'listType', 'listMapKeys', 'mapType', 'patchStrategy'] as const),
  ...(['patchMergeKey', 'intOrString', 'preserveUnknown', 'embeddedResource', 'gvk', 'unions'] as const),
  ...(['validations', 'other'] as const),
];

/** The same facts in one order, whatever order the source has its keywords in: documents that say the same give the same bytes. */
function inOrder(facts: SchemaFacts, descriptions: WeakMap<SchemaFacts, string>): SchemaFacts {
  const ordered: SchemaFacts = Object.fromEntries(
    ORDER.filter((key) => facts[key] !== undefined).map((key) => [key, facts[key]]),
  );
  const description = descriptions.get(facts);
  if (description !== undefined) descriptions.set(ordered, description);
  return ordered;
}

/** The full name a schema refers to: by `$ref`, or by an `allOf` that only carries one, as OpenAPI 3.0 needs beside siblings. */
export function reference(schema: OpenApiSchema): string | undefined {
  const [only, ...more] = Array.isArray(schema.allOf) ? schema.allOf : [];
  const ref = schema.$ref ?? (more.length === 0 ? only?.$ref : undefined);
  if (ref === undefined) return undefined;
  if (typeof ref !== 'string' || !ref.startsWith(POINTER)) {
    throw new CodegenError(`A schema refers to ${JSON.stringify(ref)}: only ${POINTER}… is understood`);
  }
  return ref.slice(POINTER.length);
}

/** `string|number` for a `oneOf` that is nothing but types. */
function alternatives(schema: OpenApiSchema): string | undefined {
  const types: string[] = [];
  for (const choice of Array.isArray(schema.oneOf) ? schema.oneOf : []) {
    if (typeof choice.type !== 'string' || Object.keys(choice).length > 1) return undefined;
    types.push(choice.type);
  }
  return types.length > 0 ? types.join('|') : undefined;
}

/** Kinds as text. A shared schema that also names the document's own group and version gets `*` for that. */
function gvks(list: readonly GroupVersionKind[], own: string): string[] {
  const texts = list.map(gvkText);
  const shared = texts.some((text) => text.startsWith('v1/'));
  return texts.map((text) => {
    const kind = text.slice(text.lastIndexOf('/') + 1);
    return shared && text === `${own}/${kind}` && text !== `v1/${kind}` ? `*/${kind}` : text;
  });
}

/** A value the facts keep as it stands: without descriptions, its keys in one order, its references checked. */
function asItStands(value: unknown, context: SchemaContext, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new CodegenError(`A schema nests more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) return value.map((item) => asItStands(item, context, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value) context.refOf(reference({ $ref: value.$ref as string }) ?? '');
  const kept = Object.entries(value).filter(([key, inner]) => key !== 'description' || typeof inner !== 'string');
  return Object.fromEntries(
    kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, asItStands(inner, context, depth + 1)]),
  );
}
