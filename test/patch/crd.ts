import type { SchemaFacts } from '../../src/meta/index.js';
import type { JsonObject, SchemaResolver } from '../../src/patch/index.js';
import { customResolver } from './facts.js';

/** The part of a CustomResourceDefinition that describes one version of its kind. */
export interface CustomKind {
  kind: string;
  hasStatus: boolean;
  schema: SchemaResolver;
}

interface Crd {
  spec: {
    names: { kind: string };
    versions: { name: string; schema?: { openAPIV3Schema?: JsonObject }; subresources?: { status?: object } }[];
  };
}

/** The kind that a CustomResourceDefinition defines, at one version. */
export function crdResolver(crd: JsonObject, version: string): CustomKind | undefined {
  const { spec } = crd as unknown as Crd;
  const found = spec.versions.find(({ name }) => name === version);
  if (found === undefined) return undefined;
  const root = factsFrom(found.schema?.openAPIV3Schema ?? {});
  const own: { [name: string]: SchemaFacts } = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { ref: 'meta.ObjectMeta' },
  };
  const schema = customResolver(root.type === undefined ? {} : { ...root, properties: { ...root.properties, ...own } });
  return { kind: spec.names.kind, hasStatus: found.subresources?.status !== undefined, schema };
}

function factsFrom(schema: JsonObject): SchemaFacts {
  const out = { type: schema.type, format: schema.format, default: schema.default } as SchemaFacts;
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties as { [name: string]: JsonObject });
    out.properties = Object.fromEntries(entries.map(([name, property]) => [name, factsFrom(property)]));
  }
  const { items, additionalProperties: additional } = schema;
  if (items !== undefined) out.items = factsFrom(items as JsonObject);
  if (typeof additional === 'object') out.additional = factsFrom(additional as JsonObject);
  if (typeof additional === 'boolean') out.additional = additional;
  const extension = <K extends keyof SchemaFacts>(name: string, field: K) => {
    const value = schema[`x-kubernetes-${name}`];
    if (value !== undefined) out[field] = value as Exclude<SchemaFacts[K], undefined>;
  };
  extension('list-type', 'listType');
  extension('list-map-keys', 'listMapKeys');
  extension('map-type', 'mapType');
  extension('preserve-unknown-fields', 'preserveUnknown');
  extension('int-or-string', 'intOrString');
  extension('embedded-resource', 'embeddedResource');
  return out;
}
