import { goQuote } from '../util/go-quote.js';
import { isObject } from '../util/json-value.js';

/** A value as Go's `%v` prints it: `map[a:1 b:[x y]]`, keys sorted, nil as `<nil>`. For error messages that quote values. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (isObject(value)) {
    const entries = Object.keys(value).sort();
    return `map[${entries.map((key) => `${key}:${goValue(value[key])}`).join(' ')}]`;
  }
  return String(value);
}

/** A value as Go's `%#v` prints it: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isObject(value)) {
    const entries = Object.keys(value).sort();
    return `map[string]interface {}{${entries.map((key) => `${goQuote(key)}:${goSyntax(value[key])}`).join(', ')}}`;
  }
  return typeof value === 'string' ? goQuote(value) : String(value);
}

/** The Go type a JSON value is decoded to, as `%T` prints it. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'map[string]interface {}';
}

/** Returns the word for a value in the errors of Go's JSON decoder. */
export function goJsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null || typeof value === 'object') return 'object';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** JSON as Go's encoder writes it: keys sorted, and `<`, `>`, `&` and two line separators escaped in strings. */
export function goJson(value: unknown): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(value);
    return escaped.test(text) ? text.replace(allEscaped, escapeUnit) : text;
  }
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const entries = Object.keys(value).sort();
  return `{${entries.map((key) => `${goJson(key)}:${goJson(value[key])}`).join(',')}}`;
}

/**
 * Returns a copy of a patched object with its fields in the order in which Go's patch library writes them: sorted in the objects that the
 * patch reached into, and as they were elsewhere.
 */
export function rewritten(value: unknown, reached: ReadonlySet<object>): unknown {
  if (Array.isArray(value)) return value.map((item) => rewritten(item, reached));
  if (!isObject(value)) return value;
  const keys = reached.has(value) ? Object.keys(value).sort() : Object.keys(value);
  return Object.fromEntries(keys.map((key) => [key, rewritten(value[key], reached)]));
}

/** Returns JSON with the characters escaped that Go's encoder escapes. Keys keep their order. */
export function escapedJson(value: unknown): string {
  return escapeHtml(JSON.stringify(value ?? null));
}

/** Escapes the characters in JSON that Go's encoder escapes for the sake of HTML. */
export function escapeHtml(json: string): string {
  return json.replace(allEscaped, escapeUnit);
}

const escaped = /[<>&\u2028\u2029]/;
const allEscaped = /[<>&\u2028\u2029]/g;

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
