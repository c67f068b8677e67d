import { equal } from '../../util/json-value.js';

/** A value as queries compare and keep it: whole objects are not kept. */
export type Plain =
  | string
  | number
  | boolean
  | undefined
  | readonly (string | number | boolean)[]
  | { readonly [name: string]: string };

/** Longer texts and lists are cut, so that a query cannot keep whole objects in memory. */
const MOST_CHARACTERS = 4_096;
const MOST_ITEMS = 256;

/** Returns what queries keep of a value: scalars as they are, lists of scalars, and the text of anything else. */
export function plain(value: unknown): Plain {
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map((item: unknown) => scalar(item) ?? '');
  return scalar(value);
}

function scalar(value: unknown): string | number | boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return cut(textOf(value));
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text;
}

/** Returns the text of a value. The text of a list or map is that of its items. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  return Object.entries(value)
    .map(([key, one]) => `${key}=${textOf(one)}`)
    .join(' ');
}

/** Orders values: absent ones, then numbers by size, then texts by their characters. */
export function compareValues(a: Plain, b: Plain): number {
  if (a === b) return 0;
  const [rank, other] = [rankOf(a), rankOf(b)];
  if (rank !== other) return rank - other;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [one, two] = [textOf(a), textOf(b)];
  return one < two ? -1 : one > two ? 1 : 0;
}

function rankOf(value: Plain): number {
  if (value === undefined) return 0;
  return typeof value === 'number' ? 1 : 2;
}

/** Reports whether a value is the wanted one. A list is if one of its items is; an absent value is the empty text. */
export function isEqual(value: Plain, wanted: Plain): boolean {
  if (Array.isArray(value)) return value.some((one) => isEqual(one, wanted));
  return textOf(value) === textOf(wanted);
}

/** Reports whether two values are the same, item by item. */
export function equalValues(a: Plain, b: Plain): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && equal(a, b));
}
