import type { SchemaFacts } from '../../meta/index.js';
import { isObject } from '../../util/json-value.js';
import { resolved, type SchemaResolver } from '../schema-resolver.js';

/** The types of a scalar; `untyped` is any of them. */
export type Scalar = 'string' | 'numeric' | 'boolean' | 'untyped';

/** A list: owned as a whole, or item by item, each identified by its keys or (without keys) by its value. */
export interface ListType {
  atomic: boolean;
  keys: readonly string[];
  items: Type;
}

/** A map or struct: owned as a whole or field by field. */
export interface MapType {
  atomic: boolean;
  fields: { readonly [name: string]: SchemaFacts };
  /** The type of a declared field, else of a map's values; undefined where the schema allows no such field. */
  typeOf(name: string): Type | undefined;
  isField(name: string): boolean;
  /** True where nothing is known: free-form maps, whose ownership no change of schema touches. */
  deduced: boolean;
}

/** The forms of a value: at most one of each kind. */
export interface Atom {
  scalar?: Scalar | undefined;
  list?: ListType | undefined;
  map?: MapType | undefined;
}

/** A schema as ownership sees it. Computed when first asked for: schemas may refer to themselves. */
export class Type {
  #atom: Atom | undefined;

  constructor(private readonly make: () => Atom) {}

  get atom(): Atom {
    this.#atom ??= this.make();
    return this.#atom;
  }

  /** The form this value takes, alone; the whole atom where it takes none (or is null or absent, which may be anything). */
  formOf(value: unknown): Atom {
    const { scalar, list, map } = this.atom;
    if (value === undefined || value === null) return this.atom;
    if (Array.isArray(value)) return list === undefined ? this.atom : { list };
    if (isObject(value)) return map === undefined ? this.atom : { map };
    return scalar === undefined ? this.atom : { scalar };
  }
}

/** Anything, owned as a whole: `RawExtension`, and what stands in lists without a schema. */
const untyped: Type = new Type(() => ({
  scalar: 'untyped',
  list: { atomic: true, keys: [], items: untyped },
  map: { atomic: true, fields: {}, typeOf: () => untyped, isField: () => false, deduced: false },
}));

/** Anything, owned by what it turns out to be: maps field by field, lists as a whole. For objects without a schema. */
export const deduced: Type = new Type(() => ({
  scalar: 'untyped',
  list: { atomic: true, keys: [], items: untyped },
  map: { atomic: false, fields: {}, typeOf: () => deduced, isField: () => false, deduced: true },
}));

const roots = new WeakMap<SchemaFacts, Type>();

/** The type of the whole object that a resolver describes; computed once for each root schema, which must not change. */
export function rootType(resolver: SchemaResolver): Type {
  let type = roots.get(resolver.root);
  if (type === undefined) {
    type = new TypeSystem(resolver).typeOf(resolver.root, false);
    roots.set(resolver.root, type);
  }
  return type;
}

/** Translates schemas into types, by the rules of structured-merge-diff's schema conversion. */
class TypeSystem {
  readonly #known = new Map<SchemaFacts, Type>();
  readonly #preserving = new Map<SchemaFacts, Type>();

  constructor(private readonly resolver: SchemaResolver) {}

  /** `preserve`: an ancestor in the same schema keeps unknown fields, and so do its descendants. */
  typeOf(facts: SchemaFacts, preserve: boolean): Type {
    const known = preserve ? this.#preserving : this.#known;
    let type = known.get(facts);
    if (type === undefined) {
      type = new Type(() => this.#atomOf(facts, preserve));
      known.set(facts, type);
    }
    return type;
  }

  #atomOf(facts: SchemaFacts, inherited: boolean): Atom {
    if (facts.ref !== undefined) return this.#referred(facts, facts.ref);
    const preserve = inherited || facts.preserveUnknown === true;
    switch (facts.type) {
      case 'object':
        return { map: this.#mapOf(facts, preserve) };
      case 'array':
        return { list: this.#listOf(facts, preserve) };
      case 'integer':
      case 'number':
        return { scalar: 'numeric' };
      case 'boolean':
        return { scalar: 'boolean' };
      case 'string':
        return { scalar: facts.format === undefined || facts.format === 'byte' ? 'string' : 'untyped' };
      default:
        return { scalar: 'untyped', list: this.#listOf(facts, preserve), map: this.#mapOf(facts, preserve) };
    }
  }

  /** A reference, whose `x-kubernetes-map-type` overrides that of what it refers to. */
  #referred(facts: SchemaFacts, ref: string): Atom {
    if (ref.endsWith('.Quantity')) return { scalar: 'untyped' };
    if (ref.endsWith('.RawExtension')) return untyped.atom;
    const target = resolved(facts, this.resolver);
    if (Object.keys(target).length === 0) return deduced.atom;
    const { atom } = this.typeOf(target, false);
    if (facts.mapType === undefined || atom.map === undefined) return atom;
    return { ...atom, map: { ...atom.map, atomic: facts.mapType === 'atomic' } };
  }

  #mapOf(facts: SchemaFacts, preserve: boolean): MapType {
    const fields = { ...(facts.embeddedResource === true ? embeddedFields : {}), ...facts.properties };
    const isField = (name: string) => Object.hasOwn(fields, name);
    const values = this.#valuesOf(facts, preserve);
    const types = new Map<string, Type>();
    return {
      atomic: facts.mapType === 'atomic',
      fields,
      isField,
      typeOf: (name) => {
        const known = types.get(name);
        if (known !== undefined) return known;
        const field = isField(name) ? fields[name] : undefined;
        if (field === undefined) return values;
        const type = this.typeOf(field, preserve);
        types.set(name, type);
        return type;
      },
      deduced: values === deduced && Object.keys(fields).length === 0,
    };
  }

  #valuesOf({ additional, properties }: SchemaFacts, preserve: boolean): Type | undefined {
    if (typeof additional === 'object') return this.typeOf(additional, preserve);
    if (additional === false) return undefined;
    const freeForm = additional === true || preserve || Object.keys(properties ?? {}).length === 0;
    return freeForm ? deduced : undefined;
  }

  #listOf(facts: SchemaFacts, preserve: boolean): ListType {
    const items = facts.items === undefined ? untyped : this.typeOf(facts.items, preserve);
    const { listType, listMapKeys, patchStrategy, patchMergeKey } = facts;
    if (listType !== undefined) {
      return { atomic: listType === 'atomic', keys: listType === 'map' ? (listMapKeys ?? []) : [], items };
    }
    const merged = patchStrategy?.split(',')[0] === 'merge';
    return { atomic: !merged, keys: merged && patchMergeKey !== undefined ? [patchMergeKey] : [], items };
  }
}

/** The fields that an embedded resource has beside its own properties. */
const embeddedFields: { [name: string]: SchemaFacts } = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { ref: 'meta.ObjectMeta' },
};
