import type { ServerObject } from '../registry/stored.js';
import type { ServedResource } from '../scheme/resource.js';

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

/** The column that names objects. */
export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique within its namespace and kind.',
  priority: 0,
  cell: ({ metadata }) => metadata.name ?? '',
};

const createdColumn: Column = {
  name: 'Created At',
  type: 'date',
  format: '',
  description: 'When the object was made, by the clock of the server.',
  priority: 0,
  cell: ({ metadata }) => metadata.creationTimestamp ?? null,
};

const generic: readonly Column[] = [nameColumn, createdColumn];

/** The columns of a resource: its own, or name and time of creation. */
export function columnsOf(_resource: ServedResource): readonly Column[] {
  return generic;
}
