import type { Column } from '../object/column.js';
import type { ServerObject } from '../object/server-object.js';

/** Returns the cell of an object of type `T`. */
type CellOf<T> = (object: T & ServerObject, now: number) => unknown;

/**
 * Makes columns for one kind. What is stored has been validated against the kind's schema, so its type may be relied on: this is
 * the one place that says so.
 */
export function columnsFor<T>() {
  const column =
    (type: Column['type'], priority: number) =>
    (name: string, description: string, cell: CellOf<T>): Column => ({
      name,
      type,
      format: '',
      description,
      priority,
      cell: cell as unknown as Column['cell'],
    });
  const text = column('string', 0);
  return {
    text,
    integer: column('integer', 0),
    boolean: column('boolean', 0),
    /** Names what the object is about. */
    naming: (...of: Parameters<typeof text>): Column => ({ ...text(...of), format: 'name' }),
    /** Shown with `-o wide` only. */
    wide: column('string', 1),
  };
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

/** When the object was made, as a time. */
export const createdColumn: Column = {
  name: 'Created At',
  type: 'date',
  format: '',
  description: 'When the object was made, by the clock of the server.',
  priority: 0,
  cell: ({ metadata }) => metadata.creationTimestamp ?? null,
};
