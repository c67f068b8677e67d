import type { ServerObject } from './server-object.js';

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
