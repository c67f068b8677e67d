import { fieldsOf, textOf } from '../fields.js';
import type { ServerObject } from '../registry/stored.js';
import { ageText } from './age.js';

/** One column of a kind's table. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'number' | 'date';
  /** `name` marks the column that names the object. */
  readonly format: string;
  readonly description: string;
  /** Above 0 the column is shown with `-o wide` only. */
  readonly priority: number;
  /** The cell of one object; `now` is in milliseconds since the epoch. */
  readonly cell: (object: ServerObject, now: number) => unknown;
}

type Cell = Column['cell'];

/** A column of text that is always shown. */
export function text(name: string, cell: Cell, description = ''): Column {
  return { name, type: 'string', format: '', description, priority: 0, cell };
}

/** A column of whole numbers that is always shown. */
export function count(name: string, cell: Cell, description = ''): Column {
  return { name, type: 'integer', format: '', description, priority: 0, cell };
}

/** The same column, shown with `-o wide` only. */
export function wide(column: Column): Column {
  return { ...column, priority: 1 };
}

/** The column that names objects. */
export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique within its namespace and kind.',
  priority: 0,
  cell: ({ metadata }) => metadata.name ?? '',
};

/** How long ago objects were made. */
export const ageColumn: Column = text(
  'Age',
  ({ metadata }, now) => ageText(metadata.creationTimestamp, now),
  'How long ago the object was made.',
);

/** When objects were made: for kinds that have no columns of their own. */
export const createdColumn: Column = {
  name: 'Created At',
  type: 'date',
  format: '',
  description: 'When the object was made, by the clock of the server.',
  priority: 0,
  cell: ({ metadata }) => metadata.creationTimestamp ?? null,
};

/** What stands where there is nothing. */
export const none = '<none>';

/** A field of the spec, or of the status, as text. */
export function field(part: 'spec' | 'status', name: string): (object: ServerObject) => string {
  return (object) => textOf(fieldsOf(object[part])[name]);
}

/** The text, or `<none>` where it is empty. */
export function orNone(value: string): string {
  return value === '' ? none : value;
}
