import { type CelType, listType, mapType, sameType, types } from './types.js';

type Mapping = Map<string, CelType>;

/** Finds out which types parameters stand for, by the rules of cel-go's checker. */
export class Unifier {
  #mapping: Mapping = new Map();
  #counter = 0;

  /** A parameter nobody has said anything about yet. */
  fresh(): CelType {
    return { kind: 'param', name: `_var${this.#counter++}`, params: [] };
  }

  /** Reports whether a value of `b` is assignable to `a`, and remembers the parameters that follow from it. */
  assignable(a: CelType, b: CelType): boolean {
    return this.allAssignable([a], [b]);
  }

  /** The same of several at once: either all is remembered or nothing. */
  allAssignable(list: readonly CelType[], others: readonly CelType[]): boolean {
    const copy = new Map(this.#mapping);
    if (!assignableAll(copy, list, others)) return false;
    this.#mapping = copy;
    return true;
  }

  /** A type with its parameters replaced by what is known of them; with `toDyn` the rest become `dyn`. */
  substitute(type: CelType, toDyn: boolean): CelType {
    return substitute(this.#mapping, type, toDyn);
  }
}

/** A type with parameters replaced by those of a mapping. */
export function substitute(mapping: ReadonlyMap<string, CelType>, type: CelType, toDyn: boolean): CelType {
  if (type.kind === 'param') {
    const found = mapping.get(type.name);
    if (found !== undefined) return substitute(mapping, found, toDyn);
    return toDyn ? types.dyn : type;
  }
  if (type.params.length === 0) return type;
  const params = type.params.map((one) => substitute(mapping, one, toDyn));
  const [first = types.dyn, second = types.dyn] = params;
  if (type.kind === 'list') return listType(first);
  return type.kind === 'map' ? mapType(first, second) : { ...type, params };
}

function isDynOrError({ kind }: CelType): boolean {
  return kind === 'dyn' || kind === 'error';
}

function assignableAll(mapping: Mapping, list: readonly CelType[], others: readonly CelType[]): boolean {
  return list.length === others.length && list.every((one, i) => assignable(mapping, one, others[i] ?? types.error));
}

const nullable = new Set(['opaque', 'struct', 'duration', 'timestamp', 'null']);

function assignable(mapping: Mapping, a: CelType, b: CelType): boolean {
  if (b.kind === 'param') {
    const [valid, known] = substitutes(mapping, a, b);
    if (valid) return true;
    if (known) return false;
  }
  if (a.kind === 'param') return substitutes(mapping, b, a)[0];
  if (isDynOrError(a) || isDynOrError(b)) return true;
  if (a.kind === 'null') return nullable.has(b.kind);
  if (b.kind === 'null') return nullable.has(a.kind);
  if (a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  return a.name === b.name && assignableAll(mapping, a.params, b.params);
}

/** Reports whether the parameter may stand for the type, and whether it already stood for one. */
function substitutes(mapping: Mapping, type: CelType, param: CelType): [valid: boolean, known: boolean] {
  if (sameType(type, param)) return [true, true];
  const known = mapping.get(param.name);
  if (known !== undefined) {
    if (sameType(type, known)) return [true, true];
    if (!assignable(mapping, type, known)) return [false, true];
    const general = mostGeneral(type, known);
    if (isFreeOf(mapping, param, general)) mapping.set(param.name, general);
    return [true, true];
  }
  if (!isFreeOf(mapping, param, type)) return [false, false];
  mapping.set(param.name, type);
  return [true, false];
}

/** Of two types that go together, the one that says less. */
export function mostGeneral(a: CelType, b: CelType): CelType {
  return saysLess(a, b) ? a : b;
}

function saysLess(a: CelType, b: CelType): boolean {
  if (a.kind === 'dyn' || a.kind === 'param') return true;
  if (b.kind === 'dyn' || b.kind === 'param') return false;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  if (a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((one, i) => saysLess(one, b.params[i] ?? types.error));
}

/** Reports whether a type does not contain a parameter. A parameter must not be a part of itself. */
function isFreeOf(mapping: Mapping, param: CelType, type: CelType): boolean {
  if (sameType(param, type)) return false;
  if (type.kind === 'param') {
    const known = mapping.get(type.name);
    return known === undefined || isFreeOf(mapping, param, known);
  }
  return type.params.every((one) => isFreeOf(mapping, param, one));
}
