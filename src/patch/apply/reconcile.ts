import { FieldSet } from './field-set.js';
import { fieldName, type PathElement } from './path-element.js';
import type { ListType, MapType, Type } from './type-system.js';

/**
 * A field set written under an older schema, fitted to this one: where a list or map has become atomic, whoever owned part of
 * it owns it as a whole. The other way round nothing changes.
 */
export function reconcile(set: FieldSet, type: Type): FieldSet {
  const known = fitting.get(type) ?? new WeakSet<FieldSet>();
  fitting.set(type, known);
  if (known.has(set)) return set;
  const atomic = new FieldSet();
  collect(type, set, [], false, atomic);
  if (!atomic.isEmpty) return set.recursiveDifference(atomic).union(atomic);
  known.add(set);
  return set;
}

/** Sets that are known to fit a type: the same ones come again with each write. */
const fitting = new WeakMap<Type, WeakSet<FieldSet>>();

/** Finds the paths that are owned in part and atomic now. `whole`: the path is a member and has nothing below. */
function collect(type: Type, set: FieldSet, path: PathElement[], whole: boolean, atomic: FieldSet): void {
  const { map, scalar, list } = type.atom;
  if (map !== undefined) {
    if (map.deduced) return;
    if (map.atomic && !whole) {
      if (!set.isEmpty) atomic.insert(path);
    } else {
      descend(set, path, atomic, (element) => fieldType(map, element));
    }
  } else if (scalar === undefined && list !== undefined) {
    if (list.atomic && !whole) atomic.insert(path);
    else descend(set, path, atomic, () => itemType(list));
  }
}

function descend(
  set: FieldSet,
  path: PathElement[],
  atomic: FieldSet,
  typeOf: (element: PathElement) => Type | undefined,
): void {
  for (const element of new Set([...set.children.keys(), ...set.members])) {
    const type = typeOf(element);
    if (type === undefined) continue;
    path.push(element);
    collect(type, set.below(element), path, set.members.has(element) && !set.children.has(element), atomic);
    path.pop();
  }
}

function fieldType(map: MapType, element: PathElement): Type | undefined {
  return map.typeOf(fieldName(element) ?? '');
}

function itemType(list: ListType): Type {
  return list.items;
}
