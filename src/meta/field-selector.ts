import { compareText } from '../util/compare.js';
import { FormatError } from './format-error.js';

/** A requirement on one field. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** The selectable fields of an object, such as `metadata.name`, by path. A field that is not there counts as empty. */
export type Fields = { readonly [path: string]: string };

/**
 * A field selector, ready to be built upon, matched or written. Never changes: every method that adds a requirement gives a new
 * selector. Requirements are kept in the order of their text, so that equal selectors are written alike. Which fields can be
 * selected by is for the server to say; `metadata.name` and `metadata.namespace` always can.
 *
 * Begin with `fields`, which selects everything, or with `parseFieldSelector`.
 */
export class ParsedFieldSelector {
  /** The requirements, in canonical order. All must hold. */
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[] = []) {
    this.requirements =
      requirements.length > 1
        ? [...requirements].sort((a, b) => compareText(formatTerm(a), formatTerm(b)))
        : requirements;
  }

  /** True if this selects everything. */
  get isEmpty(): boolean {
    return this.requirements.length === 0;
  }

  /** The field has this value. Throws a `FormatError` for a path that cannot be written. */
  eq(field: string, value: string): ParsedFieldSelector {
    return new ParsedFieldSelector([...this.requirements, requirement(field, '=', value)]);
  }

  /** The field has another value, or none. Throws a `FormatError` for a path that cannot be written. */
  notEq(field: string, value: string): ParsedFieldSelector {
    return new ParsedFieldSelector([...this.requirements, requirement(field, '!=', value)]);
  }

  /** Both this and the other must hold. */
  and(other: FieldQuery): ParsedFieldSelector {
    return new ParsedFieldSelector([...this.requirements, ...toFieldSelector(other).requirements]);
  }

  /** Reports whether an object with these fields is selected. */
  matches(fields: Fields): boolean {
    return this.requirements.every(({ field, operator, value }) => {
      const have = Object.hasOwn(fields, field) ? fields[field] : '';
      return operator === '=' ? have === value : have !== value;
    });
  }

  /** The value this selector asks of a field, if it asks for just one. */
  exactMatch(field: string): string | undefined {
    return this.requirements.find((term) => term.operator === '=' && term.field === field)?.value;
  }

  /** The selector as `fieldSelector` query parameters carry it; empty when it selects everything. */
  toString(): string {
    return this.requirements.map(formatTerm).join(',');
  }

  /** As `toString`. */
  toJSON(): string {
    return this.toString();
  }
}

/** Selects everything; the start of a selector: `fields.eq('spec.nodeName', 'n1').notEq('status.phase', 'Running')`. */
export const fields: ParsedFieldSelector = /* @__PURE__ */ new ParsedFieldSelector();

/**
 * The field selector that options accept: a text (`spec.nodeName=n1,status.phase!=Running`), field values that must
 * all match (`{ 'spec.nodeName': 'n1' }`), or a selector made with `fields`.
 */
export type FieldQuery = string | Fields | ParsedFieldSelector;

/**
 * Reads a field selector by the grammar API servers use: `a=b`, `a==b`, `a!=b`, joined by commas; in values `\`, `,` and `=` are
 * written with a backslash before them. Throws a `FormatError` with the message an API server gives.
 */
export function parseFieldSelector(text: string): ParsedFieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue;
    const match = /!=|==?/.exec(term);
    if (match === null) throw fault(`invalid selector: '${text}'; can't understand '${term}'`);
    const field = term.slice(0, match.index);
    const value = unescapeFieldValue(term.slice(match.index + match[0].length));
    if (field === '' && value === '') continue;
    requirements.push({ field, operator: match[0] === '!=' ? '!=' : '=', value });
  }
  return new ParsedFieldSelector(requirements);
}

/** Whatever form a selector has, as one that can be matched. Throws a `FormatError` for one that cannot be written. */
export function toFieldSelector(query: FieldQuery): ParsedFieldSelector {
  if (typeof query === 'string') return parseFieldSelector(query);
  if (query instanceof ParsedFieldSelector) return query;
  if (typeof query !== 'object' || query === null)
    throw fault(`a selector cannot be ${query === null ? 'null' : typeof query}`);
  return new ParsedFieldSelector(Object.entries(query).map(([field, value]) => requirement(field, '=', value)));
}

/** The text of a `fieldSelector` query parameter, checked; empty when everything is selected. Throws a `FormatError`. */
export function fieldQueryString(query: FieldQuery | undefined): string {
  return query === undefined ? '' : toFieldSelector(query).toString();
}

/** A value as field selectors write it, with a backslash before each `\`, `,` and `=`. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

/** The value behind an escaped one. Throws a `FormatError` for a bare `,` or `=`, or a backslash before anything else. */
export function unescapeFieldValue(text: string): string {
  return text.replace(
    /\\([\\,=])|\\([\s\S]?)|[,=]/gu,
    (found, escaped: string | undefined, other: string | undefined) => {
      if (escaped !== undefined) return escaped;
      if (other !== undefined) throw fault(`invalid field selector: invalid escape sequence: \\${other}`);
      throw fault(`invalid field selector: unescaped character in value: ${found.codePointAt(0)}`);
    },
  );
}

function formatTerm({ field, operator, value }: FieldRequirement): string {
  return `${field}${operator}${escapeFieldValue(value)}`;
}

/** Terms end at commas that have no backslash before them. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function requirement(field: string, operator: '=' | '!=', value: string): FieldRequirement {
  if (field === '' || /[=,\\!]/.test(field)) throw fault(`'${field}' is no path of a field`);
  // Leaving out a field whose value is missing would select far more than was meant.
  if (typeof value !== 'string') throw fault(`the value of field '${field}' must be a string`);
  return { field, operator, value };
}

function fault(message: string): FormatError {
  return new FormatError('field selector', message);
}
