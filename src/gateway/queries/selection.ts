import type { FieldCondition, QueryOptions } from '../../browser/protocol.js';
import { type ParsedLabelSelector, parseLabelSelector } from '../../meta/index.js';
import type { Entry } from './entry.js';
import { type Field, labelsField, pathField, searchField } from './field.js';
import { compareValues, isEqual, type Plain, plain, textOf } from './field-value.js';
import { ValuePath } from './value-path.js';

/** Test of an entry, once the numbers of its fields are known. */
type Test = (entry: Entry) => boolean;

const searched = ['metadata.name', 'metadata.namespace', 'metadata.labels'];

/** The text that searches look at by default. */
export const defaultSearchField = searchField(searched.map((path) => new ValuePath(path)));

/**
 * The part of a query that decides which objects are chosen, in which order, and how they are counted. Queries with the same `id` can
 * share one view.
 */
export class Selection {
  readonly id: string;
  /** The fields that the selection reads, without repetition. */
  readonly fields: readonly Field[];
  readonly #labels: ParsedLabelSelector | undefined;
  readonly #where: readonly { readonly field: Field; readonly is: FieldCondition['is']; readonly value: Plain }[];
  readonly #words: readonly string[];
  readonly #search: Field;
  readonly #sort: readonly { readonly field: Field; readonly sign: 1 | -1 }[];
  readonly #group: Field | undefined;

  /** Throws an `InvalidRequestError` or a `FormatError` for a path or a label selector that is not valid. */
  constructor({ labels, where = [], search = '', searchIn = searched, sort = [], group }: QueryOptions) {
    const selector = labels === undefined ? undefined : parseLabelSelector(labels);
    this.#labels = selector?.isEmpty === true ? undefined : selector;
    this.#where = where.map(({ path, is, value }) => ({ field: fieldAt(path), is, value: plain(value) }));
    this.#words = search
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    this.#search = searchField(searchIn.map((path) => new ValuePath(path)));
    this.#sort = sort.map((key) =>
      key.startsWith('-') ? { field: fieldAt(key.slice(1)), sign: -1 } : { field: fieldAt(key), sign: 1 },
    );
    this.#group = group === undefined ? undefined : fieldAt(group);
    const used = [
      ...(this.#labels === undefined ? [] : [labelsField]),
      ...this.#where.map(({ field }) => field),
      ...(this.#words.length === 0 ? [] : [this.#search]),
      ...this.#sort.map(({ field }) => field),
      ...(this.#group === undefined ? [] : [this.#group]),
    ];
    this.fields = [...new Map(used.map((field) => [field.id, field])).values()];
    const searchId = this.#words.length === 0 ? '' : this.#search.id;
    this.id = JSON.stringify([labels, where, this.#words, searchId, sort, group]);
  }

  /** Returns the selection over entries whose values stand at these numbers. */
  bind(numberOf: (field: Field) => number): BoundSelection {
    const tests: Test[] = [];
    const labels = this.#labels;
    if (labels !== undefined) {
      const at = numberOf(labelsField);
      tests.push((entry) => labels.matches(labelsIn(entry.values[at])));
    }
    for (const { field, is, value } of this.#where) {
      const at = numberOf(field);
      tests.push((entry) => holds(is, entry.values[at], value));
    }
    if (this.#words.length > 0) {
      const at = numberOf(this.#search);
      const words = this.#words;
      tests.push((entry) => {
        const text = textOf(entry.values[at]);
        return words.every((word) => text.includes(word));
      });
    }
    const keys = this.#sort.map(({ field, sign }) => ({ at: numberOf(field), sign }));
    return new BoundSelection(tests, keys, this.#group === undefined ? undefined : numberOf(this.#group));
  }
}

/** A selection over the entries of one collection. */
export class BoundSelection {
  readonly #tests: readonly Test[];
  readonly #sort: readonly { readonly at: number; readonly sign: 1 | -1 }[];
  /** The number of the field that is counted. */
  readonly group: number | undefined;

  constructor(
    tests: readonly Test[],
    sort: readonly { readonly at: number; readonly sign: 1 | -1 }[],
    group: number | undefined,
  ) {
    this.#tests = tests;
    this.#sort = sort;
    this.group = group;
  }

  /** Reports whether the object is chosen. */
  chooses(entry: Entry): boolean {
    for (const test of this.#tests) if (!test(entry)) return false;
    return true;
  }

  /** Compares two objects by the order of the query; those that are equal in it stand in the order of API servers. */
  compare(a: Entry, b: Entry): number {
    for (const { at, sign } of this.#sort) {
      const order = compareValues(a.values[at], b.values[at]);
      if (order !== 0) return order * sign;
    }
    return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  }
}

function fieldAt(path: string): Field {
  return pathField(new ValuePath(path));
}

function labelsIn(value: Plain): { readonly [name: string]: string } {
  return typeof value === 'object' && !Array.isArray(value) ? (value as { readonly [name: string]: string }) : {};
}

function holds(is: FieldCondition['is'], value: Plain, wanted: Plain): boolean {
  switch (is) {
    case 'exists':
      return value !== undefined;
    case 'in':
      return Array.isArray(wanted) && wanted.some((one) => isEqual(value, one));
    case 'contains':
      return textOf(value).toLowerCase().includes(textOf(wanted).toLowerCase());
    case '=':
      return isEqual(value, wanted);
    case '!=':
      return !isEqual(value, wanted);
    default:
      return value !== undefined && isOrdered(is, compareValues(value, comparable(wanted, value)));
  }
}

function isOrdered(is: '<' | '<=' | '>' | '>=', order: number): boolean {
  if (order === 0) return is === '<=' || is === '>=';
  return order < 0 ? is === '<' || is === '<=' : is === '>' || is === '>=';
}

/** Takes a text for a number where the field holds numbers. */
function comparable(wanted: Plain, value: Plain): Plain {
  if (typeof value !== 'number' || typeof wanted !== 'string' || wanted.trim() === '') return wanted;
  const number = Number(wanted);
  return Number.isNaN(number) ? wanted : number;
}
