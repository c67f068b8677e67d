import { FieldSet } from './field-set.js';
import { fieldName } from './path-element.js';
import { deduced, type Type } from './type-system.js';

/**
 * The set with every declared field on the way to a member made a member too. Field sets hold leaves; a struct goes when its
 * last leaf goes, which the difference of two such sets shows.
 */
export function withNamedFields(set: FieldSet, type: Type): FieldSet {
  const { map, list } = type.atom;
  const out = new FieldSet();
  for (const member of set.members) out.members.add(member);
  for (const [element, child] of set.children) {
    const name = fieldName(element);
    if (name !== undefined && map?.isField(name)) out.members.add(element);
    const below = name !== undefined ? map?.typeOf(name) : element.startsWith('k:') ? list?.items : undefined;
    out.children.set(element, withNamedFields(child, below ?? deduced));
  }
  return out;
}
