import type { FieldsV1 } from '../../../meta/index.js';
import { isObject, maxDepth } from '../json-value.js';
import { FieldSet } from './field-set.js';
import { parseElement, sortElements } from './path-element.js';

/**
 * A field set in the notation of `metadata.managedFields[].fieldsV1`: a tree whose keys are path elements in canonical order,
 * `{}` for a leaf, and `.` in a node that is a member beside having some below.
 */
export function encodeFieldsV1(set: FieldSet): FieldsV1 {
  return encode(set, {});
}

function encode(set: FieldSet, out: FieldsV1): FieldsV1 {
  const elements = [...set.members];
  for (const element of set.children.keys()) if (!set.members.has(element)) elements.push(element);
  for (const element of sortElements(elements)) {
    const child = set.children.get(element);
    const self = child !== undefined && !child.isEmpty && set.members.has(element);
    out[element] = child === undefined ? {} : encode(child, self ? { '.': {} } : {});
  }
  return out;
}

/**
 * The field set that a fieldsV1 tree stands for. Elements of unknown kinds are ignored. Throws SyntaxError for what is no
 * such tree, and for one deeper than the server accepts.
 */
export function decodeFieldsV1(fields: unknown, levels: number = maxDepth): FieldSet {
  if (!isObject(fields) || levels === 0) throw new SyntaxError('not a tree of field paths');
  const set = new FieldSet();
  for (const [key, below] of Object.entries(fields)) {
    if (key === '.') continue;
    const element = parseElement(key);
    if (element === undefined) continue;
    const child = decodeFieldsV1(below, levels - 1);
    if (child.isEmpty || (isObject(below) && Object.hasOwn(below, '.'))) set.members.add(element);
    if (!child.isEmpty) set.children.set(element, child.union(set.below(element)));
  }
  return set;
}
