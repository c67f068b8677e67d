import type { FieldsV1 } from '../../meta/index.js';
import { isObject, nestsWithin } from '../../util/json-value.js';
import { textCache } from '../../util/text-cache.js';
import { FieldSet } from './field-set.js';
import { parseElement, sortElements } from './path-element.js';

/** The trees of field sets that have been written: a set that lasts from one write to the next is written once. */
const trees = new WeakMap<FieldSet, FieldsV1>();
/** The same for sets below an element that is a member itself. */
const treesOfMembers = new WeakMap<FieldSet, FieldsV1>();

/**
 * A field set in the notation of `metadata.managedFields[].fieldsV1`: a tree whose keys are path elements in canonical order,
 * `{}` for a leaf, and `.` in a node that is a member beside having some below. The set must not change any more, nor may anybody
 * change the tree: whoever writes the same set, or one with the same parts, gets the same tree or the same branches.
 */
export function encodeFieldsV1(set: FieldSet): FieldsV1 {
  return encode(set, false, 0);
}

/** The depth to which parts of sets and trees are cached separately: the fields of an object and of its metadata. */
const partDepth = 2;

function encode(set: FieldSet, self: boolean, depth: number): FieldsV1 {
  const known = self ? treesOfMembers : trees;
  const tree = depth <= partDepth ? known.get(set) : undefined;
  if (tree !== undefined) return tree;
  const out: FieldsV1 = self ? { '.': {} } : {};
  const elements = [...set.members];
  for (const element of set.children.keys()) if (!set.members.has(element)) elements.push(element);
  for (const element of sortElements(elements)) {
    const child = set.children.get(element);
    out[element] = child === undefined ? {} : encode(child, !child.isEmpty && set.members.has(element), depth + 1);
  }
  if (depth <= partDepth) known.set(set, out);
  return out;
}

/** The JSON of trees that have been written. */
const texts = new WeakMap<object, string>();

/** The JSON of a tree that `encodeFieldsV1` gave: made once for each, and for each of its parts. */
export function fieldsV1Json(tree: FieldsV1, depth = 0): string {
  let text = texts.get(tree);
  if (text !== undefined) return text;
  if (depth >= partDepth) text = JSON.stringify(tree);
  else {
    const fields = Object.entries(tree).map(([key, below]) => {
      return `${JSON.stringify(key)}:${isObject(below) ? fieldsV1Json(below, depth + 1) : JSON.stringify(below)}`;
    });
    text = `{${fields.join(',')}}`;
  }
  texts.set(tree, text);
  return text;
}

/** The sets behind trees read lately, by their JSON: an object carries the same ones from write to write. */
const sets = textCache<FieldSet>(1024 * 1024);

/**
 * Decodes a fieldsV1 tree to its field set. Do not change the result: others may share it. Elements of unknown kinds are ignored. Throws
 * a SyntaxError if the value is not such a tree, or deeper than the server accepts.
 */
export function decodeFieldsV1(fields: unknown): FieldSet {
  if (!isObject(fields) || !nestsWithin(fields)) throw new SyntaxError('not a tree of field paths');
  const text = JSON.stringify(fields);
  let set = sets.get(text);
  if (set === undefined) {
    set = decode(fields);
    sets.set(text, set);
  }
  return set;
}

function decode(fields: unknown): FieldSet {
  if (!isObject(fields)) throw new SyntaxError('not a tree of field paths');
  const set = new FieldSet();
  for (const [key, below] of Object.entries(fields)) {
    if (key === '.') continue;
    const element = parseElement(key);
    if (element === undefined) continue;
    const child = decode(below);
    if (child.isEmpty || (isObject(below) && Object.hasOwn(below, '.'))) set.members.add(element);
    if (!child.isEmpty) set.children.set(element, child.union(set.below(element)));
  }
  return set;
}
