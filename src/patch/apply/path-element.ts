import { goQuote } from '../../util/go-quote.js';
import { isObject } from '../../util/json-value.js';
import { goJson } from '../go-format.js';

/**
 * One step of a field path in its canonical spelling, which is also that of fieldsV1. Equal elements are equal strings:
 * - `f:name` is a field;
 * - `k:{"name":"a"}` is a list item by its keys (sorted);
 * - `v:"x"` is an item of a set by its value;
 * - `i:0` is a list item by its index.
 */
export type PathElement = string;

const surrogates = /[\ud800-\udfff]/;

/** Canonical spellings of elements seen lately: objects of a kind share most of theirs. Bounded, as clients choose them. */
const canonical = new Map<string, PathElement>();
const maxCanonical = 4_096;
const maxCanonicalLength = 256;

/** The element of a field. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** The element of a list item that these key fields identify. */
export function keyElement(keys: { [name: string]: unknown }): PathElement {
  return `k:${goJson(keys)}`;
}

/** The element of an item of a set. */
export function valueElement(value: unknown): PathElement {
  return `v:${goJson(value)}`;
}

/** The element of a list item by its place. */
export function indexElement(index: number): PathElement {
  return `i:${index}`;
}

/**
 * The canonical spelling of an element as a client wrote it. Undefined for kinds of elements this version does not know,
 * which are ignored as upstream does. Throws SyntaxError for a malformed one.
 */
export function parseElement(text: string): PathElement | undefined {
  if (text.startsWith('f:')) return text;
  const known = canonical.get(text);
  if (known !== undefined) return known;
  const element = parseContent(text);
  if (element !== undefined && text.length <= maxCanonicalLength) {
    if (canonical.size >= maxCanonical) canonical.clear();
    canonical.set(text, element);
  }
  return element;
}

function parseContent(text: string): PathElement | undefined {
  if (text[1] !== ':') throw new SyntaxError(`missing colon: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case 'v':
      return valueElement(JSON.parse(content));
    case 'k': {
      const keys: unknown = JSON.parse(content);
      if (!isObject(keys)) throw new SyntaxError(`not an object: ${text}`);
      return keyElement(keys);
    }
    case 'i':
      if (!/^-?\d+$/.test(content)) throw new SyntaxError(`not an index: ${text}`);
      return indexElement(Number(content));
    default:
      return undefined;
  }
}

/** The name of a field element; undefined for the others. */
export function fieldName(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

/** An element as messages show it: `.name`, `[name="a",port=80]`, `[="x"]`, `[0]`. */
export function showElement(element: PathElement): string {
  const content = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${content}`;
    case 'v':
      return `[=${showValue(JSON.parse(content))}]`;
    case 'k': {
      const keys = JSON.parse(content) as { [name: string]: unknown };
      return `[${Object.keys(keys)
        .sort()
        .map((key) => `${key}=${showValue(keys[key])}`)
        .join(',')}]`;
    }
    default:
      return `[${content}]`;
  }
}

/** A path as messages show it: `.spec.containers[name="a"].image`. */
export function showPath(path: readonly PathElement[]): string {
  return path.map(showElement).join('');
}

function showValue(value: unknown): string {
  return typeof value === 'string' ? goQuote(value) : goJson(value);
}

/** Elements in the order of fieldsV1; the list is sorted in place. */
export function sortElements(elements: PathElement[]): PathElement[] {
  // Almost all are names of fields, whose order is that of their text wherever no surrogates are in it.
  const plain = elements.every((element) => element.charCodeAt(0) === 0x66 && !surrogates.test(element));
  return plain ? elements.sort() : elements.sort(compareElements);
}

/** The order of elements in fieldsV1: fields, keys, values, indexes, each by content; numbers before strings before booleans. */
export function compareElements(a: PathElement, b: PathElement): number {
  const kinds = 'fkvi'.indexOf(a[0] ?? '') - 'fkvi'.indexOf(b[0] ?? '');
  if (kinds !== 0) return kinds;
  const [left, right] = [a.slice(2), b.slice(2)];
  if (a[0] === 'f') return compareStrings(left, right);
  if (a[0] === 'i') return Number(left) - Number(right);
  const [x, y]: unknown[] = [JSON.parse(left), JSON.parse(right)];
  return a[0] === 'k' && isObject(x) && isObject(y) ? compareKeys(x, y) : compareValues(x, y);
}

function compareKeys(a: { [name: string]: unknown }, b: { [name: string]: unknown }): number {
  const [left, right] = [Object.keys(a).sort(), Object.keys(b).sort()];
  for (const [index, name] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareStrings(name, other) || compareValues(a[name], b[other]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareValues(a: unknown, b: unknown): number {
  const kinds = rank(a) - rank(b);
  if (kinds !== 0) return kinds;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  return compareStrings(goJson(a), goJson(b));
}

function rank(value: unknown): number {
  const place = ['number', 'string', 'boolean'].indexOf(typeof value);
  if (place >= 0) return place;
  return Array.isArray(value) ? 3 : value === null ? 5 : 4;
}

/** By bytes in UTF-8, as Go compares strings: the order of JavaScript differs where surrogates meet what sorts above them. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  if (surrogates.test(a) || surrogates.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
