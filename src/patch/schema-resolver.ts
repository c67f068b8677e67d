import type { SchemaFacts } from '../meta/index.js';

/** The schema of one kind, and the way to those it refers to. */
export interface SchemaResolver {
  /** The schema of the whole object. Never changed: what is derived from it is kept for as long as it lives. */
  readonly root: SchemaFacts;
  /** The schema behind a `ref` such as `v1.PodSpec`; undefined where nobody knows it: anything goes there. */
  resolve(ref: string): SchemaFacts | undefined;
  /** True for custom resources. Objects of built-in kinds are Go structs upstream, which always have their nested structs. */
  readonly custom?: boolean | undefined;
}

/** Follows references until there is none. An unknown or endless reference gives a schema that takes anything. */
export function resolved(schema: SchemaFacts | undefined, resolver: SchemaResolver): SchemaFacts {
  let at = schema;
  for (let hops = 0; at?.ref !== undefined && hops < 32; hops++) at = resolver.resolve(at.ref);
  return at === undefined || at.ref !== undefined ? {} : at;
}
