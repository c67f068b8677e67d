import { refusal } from '../refusals.js';
import type { Field } from './field.js';
import type { QueryView } from './query-view.js';

/** The most fields that the queries of one collection use at once, so that no user can fill the memory with values. */
const MOST_FIELDS = 256;
/** Fields that no view uses any more keep their values, as the next query often asks for the same. */
const MOST_UNUSED = 16;

/** A field whose value each entry has under `number`. */
export interface UsedField {
  readonly field: Field;
  readonly number: number;
  /** The views that depend on the values. */
  readonly views: Set<QueryView>;
  /** The number of queries that use the field or are about to. */
  users: number;
  /** Resolves when every entry has the value. */
  ready: Promise<void>;
}

/** The fields whose values a collection keeps of every object, each with a number. */
export class FieldTable {
  readonly #fields = new Map<string, UsedField>();
  readonly #free: number[] = [];
  #next = 0;

  /** All fields with values. */
  get fields(): Iterable<UsedField> {
    return this.#fields.values();
  }

  /** Finds or adds a field. `fill` gives each entry its value. Throws an `ApiError` (429) when there are too many. */
  acquire(field: Field, fill: (used: UsedField) => Promise<void>): UsedField {
    const known = this.#fields.get(field.id);
    if (known !== undefined) {
      known.users++;
      return known;
    }
    if (this.#fields.size >= MOST_FIELDS) this.#forgetUnused(MOST_FIELDS - 1);
    if (this.#fields.size >= MOST_FIELDS)
      throw refusal(429, 'the queries of this kind use too many different fields. Close some of them.');
    const number = this.#free.pop() ?? this.#next++;
    const used: UsedField = { field, number, views: new Set(), users: 1, ready: Promise.resolve() };
    this.#fields.set(field.id, used);
    used.ready = fill(used);
    return used;
  }

  /** Lets go of a field. */
  release(used: UsedField): void {
    used.users--;
    if (used.users > 0) return;
    // The newest of the unused ones stand last.
    this.#fields.delete(used.field.id);
    this.#fields.set(used.field.id, used);
    const unused = [...this.#fields.values()].filter(({ users }) => users === 0).length;
    if (unused > MOST_UNUSED) this.#forgetUnused(this.#fields.size - 1);
  }

  #forgetUnused(most: number): void {
    for (const [id, { users, number }] of this.#fields) {
      if (this.#fields.size <= most) return;
      if (users > 0) continue;
      this.#fields.delete(id);
      this.#free.push(number);
    }
  }
}
