import type { SchemaFacts } from '../../meta/index.js';
import type { Scheme } from '../object/server-context.js';

/** A property, with the schema behind its reference. */
export interface Inner {
  readonly name: string;
  readonly schema: SchemaFacts;
}

/**
 * Finds the parts of built-in schemas that say something, so that whoever walks an object by its schema goes nowhere in vain: of the
 * hundreds of fields of a pod a few have defaults. What is found is remembered: schemas never change.
 */
export class SchemaSearch {
  readonly #found = new WeakMap<SchemaFacts, boolean>();
  readonly #properties = new WeakMap<SchemaFacts, readonly Inner[]>();

  /** `says`: whether a schema says something by itself. */
  constructor(private readonly says: (schema: SchemaFacts) => boolean) {}

  /** The schema behind a reference, if it or anything below it says something. */
  into(scheme: Scheme, schema: SchemaFacts | undefined): SchemaFacts | undefined {
    const at = schema?.ref === undefined ? schema : scheme.resolve(schema.ref);
    if (at === undefined) return undefined;
    let found = this.#found.get(at);
    if (found === undefined) {
      found = this.#reaches(scheme, at, new Set());
      this.#found.set(at, found);
    }
    return found ? at : undefined;
  }

  /** The properties at or below which something is said, in the order of the schema. */
  properties(scheme: Scheme, schema: SchemaFacts): readonly Inner[] {
    let inner = this.#properties.get(schema);
    if (inner === undefined) {
      inner = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
        const target = this.into(scheme, property);
        return target === undefined ? [] : [{ name, schema: target }];
      });
      this.#properties.set(schema, inner);
    }
    return inner;
  }

  /** Schemas may refer to themselves: each is looked at once. */
  #reaches(scheme: Scheme, schema: SchemaFacts, seen: Set<SchemaFacts>): boolean {
    const at = schema.ref === undefined ? schema : scheme.resolve(schema.ref);
    if (at === undefined || seen.has(at)) return false;
    seen.add(at);
    if (this.says(at)) return true;
    const below = [...Object.values(at.properties ?? {}), at.items, at.additional];
    return below.some((inner) => typeof inner === 'object' && this.#reaches(scheme, inner, seen));
  }
}
