import type { ApiFacts, FactsIndex, MetaFacts, SchemaFacts } from '../meta/api-facts.js';
import type { OpenApiSchema } from './document.js';

/** Everything the generator knows of an API: the facts it writes, and what it needs beside them to write types. */
export interface ApiModel {
  index: FactsIndex;
  meta: MetaFacts;
  /** In the order of the index. */
  apis: ApiFacts[];
  /** Every schema as it came, by reference (`apps/v1.Deployment`, `meta.ObjectMeta`); its own `$ref`s are full names. */
  sources: Map<string, OpenApiSchema>;
  /** Full schema name (`io.k8s.api.apps.v1.Deployment`) to reference, and the facts found there. */
  refs: Map<string, string>;
  schemas: Map<string, SchemaFacts>;
  /** The descriptions of schemas and properties in the source, by their facts. They are never part of the facts. */
  descriptions: WeakMap<SchemaFacts, string>;
}

/** Splits `apps/v1.Deployment` into the place it lives in and its short name. */
export function splitRef(ref: string): { place: string; name: string } {
  const dot = ref.lastIndexOf('.');
  return { place: ref.slice(0, dot), name: ref.slice(dot + 1) };
}
