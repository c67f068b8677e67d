import { factsText } from './message-facts-text.js';

/** A field as the facts have it: its JSON name, its type, its number in protobuf (0 where protobuf leaves it out) and its flags. */
export type FieldFact = readonly [name: string, type: string, number: number, flags?: string];

/** A type as the facts have it: fields in the order of the JSON form, or what a named list is a list of. */
export type TypeFact = string | readonly FieldFact[];

interface PackageFacts {
  readonly kinds: { readonly [kind: string]: string };
  readonly types: { readonly [name: string]: TypeFact };
}

const files = new Map<string, unknown>();
/** The package of the kinds that every group has, such as Status and DeleteOptions. */
const shared = 'apis/meta/v1';

/**
 * The type of a built-in kind, such as `apps/v1.Deployment` for `apps/v1` and `Deployment`; undefined for kinds that have no facts,
 * custom ones among them. Reads the facts of that group and version when first asked.
 */
export function wireTypeOfKind(apiVersion: string, kind: string): string | undefined {
  const packages = readFacts<{ readonly [apiVersion: string]: string }>('index');
  const own = Object.hasOwn(packages, apiVersion) ? packages[apiVersion] : undefined;
  if (own !== undefined) {
    const { kinds } = packageFacts(own);
    if (Object.hasOwn(kinds, kind)) return kinds[kind];
  } else if (!apiVersion.startsWith('meta.k8s.io/')) {
    return undefined;
  }
  const { kinds } = packageFacts(shared);
  return Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}

/** Returns the facts of a type, or undefined for unknown types and for types with a form of their own. */
export function typeFact(name: string): TypeFact | undefined {
  const dot = name.lastIndexOf('.');
  // Scalars have no package, and an untrusted name must not become a path.
  if (dot < 0 || !/^[a-z0-9/]+$/.test(name.slice(0, dot))) return undefined;
  const path = name.slice(0, dot);
  if (withoutFile.has(path)) return undefined;
  const { types } = packageFacts(path);
  return Object.hasOwn(types, name) ? types[name] : undefined;
}

/**
 * Returns the type that Go prints for a field such as `core/v1.Secret.type`, or for its items (`core/v1.Capabilities.add[]`), if it has a
 * name that does not follow from the facts: `v1.SecretType`. Returns undefined otherwise.
 */
export function goTypeOf(field: string): string | undefined {
  const types = readFacts<{ readonly [field: string]: string }>('go-types');
  return Object.hasOwn(types, field) ? types[field] : undefined;
}

/** Packages of nothing but types with a form of their own. */
const withoutFile = new Set(['api/resource', 'runtime', 'util/intstr', 'time']);

function packageFacts(path: string): PackageFacts {
  return readFacts<PackageFacts>(path);
}

function readFacts<T>(path: string): T {
  let parsed = files.get(path);
  if (parsed === undefined) {
    parsed = JSON.parse(factsText(`${path}.json`));
    files.set(path, parsed);
  }
  return parsed as T;
}
