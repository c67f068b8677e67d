import { equal, isObject, type JsonObject, own } from '../../util/json-value.js';
import { FieldSet } from './field-set.js';
import { itemsByElement } from './list-item.js';
import { fieldElement, type PathElement } from './path-element.js';
import { type Atom, deduced, type ListType, type MapType, type Type } from './type-system.js';

/** The differences of two values of one type. A path is in one of the sets at most. */
export interface Comparison {
  added: FieldSet;
  removed: FieldSet;
  modified: FieldSet;
}

/** The fields and items that the second value adds, removes and changes. */
export function compare(type: Type, before: unknown, after: unknown): Comparison {
  const comparer = new Comparer();
  comparer.visit(type, before, after);
  return comparer.result;
}

class Comparer {
  readonly result: Comparison = { added: new FieldSet(), removed: new FieldSet(), modified: new FieldSet() };
  readonly #path: PathElement[] = [];

  /** Undefined stands for absent, on at most one side. */
  visit(type: Type, before: unknown, after: unknown): void {
    if (before === after && before !== undefined) return;
    if (before === undefined && this.#path.length > 0) {
      // All that is below something new is new: its set is made at one go.
      this.result.added.insert(this.#path);
      const below = wholeSet(type, after);
      if (!below.isEmpty) this.result.added.graft(this.#path, below);
      return;
    }
    const [formBefore, formAfter] = [type.formOf(before), type.formOf(after)];
    let leaf: boolean;
    if (after === undefined) {
      leaf = this.#visitForm(formBefore, before, after);
    } else {
      // A value that changed its form counts as both: the old form goes, the new one comes.
      if (before !== undefined && !sameForm(formBefore, formAfter)) this.#visitForm(formBefore, before, after);
      leaf = this.#visitForm(formAfter, before, after);
    }
    if (leaf) return;
    if (before === undefined) this.result.added.insert(this.#path);
    else if (after === undefined) this.result.removed.insert(this.#path);
  }

  /** True if the value was taken as a leaf. */
  #visitForm({ map, scalar, list }: Atom, before: unknown, after: unknown): boolean {
    if (map !== undefined) return this.#visitMap(map, before, after);
    if (scalar !== undefined || list === undefined) return this.#leaf(before, after);
    return this.#visitList(list, before, after);
  }

  #leaf(before: unknown, after: unknown): true {
    if (before === undefined) this.result.added.insert(this.#path);
    else if (after === undefined) this.result.removed.insert(this.#path);
    else if (!equal(before, after)) this.result.modified.insert(this.#path);
    return true;
  }

  #visitMap(map: MapType, before: unknown, after: unknown): boolean {
    const [last, next] = [fieldsOf(before), fieldsOf(after)];
    const keys = Object.keys(last);
    const others = Object.keys(next);
    if (map.atomic || (keys.length === 0 && others.length === 0)) return this.#leaf(before, after);
    for (const key of keys) this.#field(map, key, last[key], own(next, key));
    for (const key of others) if (!Object.hasOwn(last, key)) this.#field(map, key, undefined, next[key]);
    return false;
  }

  #field(map: MapType, key: string, before: unknown, after: unknown): void {
    // Most fields are what they were.
    if (before === after) return;
    this.#path.push(fieldElement(key));
    this.visit(map.typeOf(key) ?? deduced, before, after);
    this.#path.pop();
  }

  #visitList(list: ListType, before: unknown, after: unknown): boolean {
    const [last, next] = [itemsOf(before), itemsOf(after)];
    if (list.atomic || (last.length === 0 && next.length === 0)) return this.#leaf(before, after);
    // To tell items apart costs more than to see that nothing has changed in any.
    if (equal(last, next)) return false;
    const [left, right] = [itemsByElement(list, last), itemsByElement(list, next)];
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      this.#path.push(element);
      this.#visitItems(list.items, left.get(element) ?? [], right.get(element) ?? []);
      this.#path.pop();
    }
    return false;
  }

  /** Compares the items under one key; duplicates are compared as one atomic whole. */
  #visitItems(type: Type, before: unknown[], after: unknown[]): void {
    if (before.length <= 1 && after.length <= 1) {
      this.visit(type, before[0], after[0]);
    } else if (before.length > 1 && after.length > 1) {
      if (!equal(before, after)) this.result.modified.insert(this.#path);
    } else if (before.length > 1) {
      if (after.length === 1) this.visit(type, undefined, after[0]);
      this.result.removed.insert(this.#path);
    } else {
      if (before.length === 1) this.visit(type, before[0], undefined);
      this.result.added.insert(this.#path);
    }
  }
}

/** Everything below a value, list items and fields as well as leaves. */
function wholeSet(type: Type, value: unknown): FieldSet {
  const set = new FieldSet();
  const { map, scalar, list } = type.formOf(value);
  if (map !== undefined) {
    if (map.atomic || !isObject(value)) return set;
    for (const key of Object.keys(value)) {
      addWhole(set, fieldElement(key), map.typeOf(key) ?? deduced, own(value, key));
    }
  } else if (scalar === undefined && list !== undefined && !list.atomic && Array.isArray(value)) {
    for (const [element, items] of itemsByElement(list, value)) {
      // Duplicates are one atomic whole.
      if (items.length === 1) addWhole(set, element, list.items, items[0]);
      else set.members.add(element);
    }
  }
  return set;
}

function addWhole(set: FieldSet, element: PathElement, type: Type, value: unknown): void {
  set.members.add(element);
  if (typeof value !== 'object' || value === null) return;
  const below = wholeSet(type, value);
  if (!below.isEmpty) set.children.set(element, below);
}

function sameForm(a: Atom, b: Atom): boolean {
  return a.map === b.map && a.scalar === b.scalar && a.list === b.list;
}

function fieldsOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
