import type { z } from 'zod';
import type { DefinitionProblem } from '../definition-error.js';
import type { JSONSchemaProps } from '../json-schema-props.js';

/** A zod schema as a structural schema. */
export interface Walked {
  readonly schema: JSONSchemaProps;
  /** True if a field may be left out. */
  readonly optional: boolean;
}

/** Schemas nest no deeper than this: one that is made anew at every step would never end. */
const maxDepth = 100;

/** Where the walk is, and what it found wrong on the way. */
export class Place {
  private constructor(
    readonly path: string,
    private readonly problems: DefinitionProblem[],
    /** The schemas around this place: one that is among its own parts has no end. */
    private readonly around: readonly z.core.$ZodType[],
  ) {}

  static at(path: string, problems: DefinitionProblem[]): Place {
    return new Place(path, problems, []);
  }

  /** A field, or with `[]` and `[*]` the items of a list and the values of a map. */
  child(name: string): Place {
    const joined = name.startsWith('[') ? `${this.path}${name}` : `${this.path}.${name}`;
    return new Place(joined, this.problems, this.around);
  }

  /** The same place, inside a schema; undefined where it is inside that schema already, or too deep to ever come to an end. */
  inside(schema: z.core.$ZodType): Place | undefined {
    if (this.around.includes(schema) || this.around.length >= maxDepth) return undefined;
    return new Place(this.path, this.problems, [...this.around, schema]);
  }

  /** Notes what is wrong here. The schema given back stands in so that the walk can go on: a definition with problems is never made. */
  problem(message: string): JSONSchemaProps {
    const known = this.problems.some((one) => one.path === this.path && one.message === message);
    if (!known) this.problems.push({ path: this.path, message });
    return { 'x-kubernetes-preserve-unknown-fields': true };
  }

  get failed(): boolean {
    return this.problems.length > 0;
  }
}

/** Walks a schema inside another one. */
export type Walk = (schema: z.core.$ZodType, place: Place) => Walked;
