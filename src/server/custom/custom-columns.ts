import type { Column } from '../object/column.js';
import { nameColumn } from '../table/common-columns.js';
import { since } from '../table/format.js';
import type { ColumnDefinition } from './definition.js';
import { parseJsonPath } from './json-path.js';

/** The columns a custom resource's table has: its name, then what the definition adds, or the age where it adds nothing. */
export function columnsOf(definitions: readonly ColumnDefinition[] | undefined): readonly Column[] {
  if (definitions === undefined || definitions.length === 0) return [nameColumn, columnOf(age)];
  return [nameColumn, ...definitions.map(columnOf)];
}

/** The column of a definition without columns of its own, beside the name. */
const age: ColumnDefinition = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'When the object was made, by the clock of the server.',
  priority: 0,
  jsonPath: '.metadata.creationTimestamp',
};

function columnOf({ name, type, format, description, priority, jsonPath }: ColumnDefinition): Column {
  const read = parseJsonPath(jsonPath);
  return {
    name,
    type: type as Column['type'],
    format,
    description:
      description === '' ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description,
    priority,
    cell: (object, now) => {
      const [value] = read?.(object) ?? [];
      return value === undefined || value === null ? null : cellOf(type, value, now);
    },
  };
}

/** A value in a column of a type: nothing where it does not fit, except that anything can be text. */
function cellOf(type: string, value: unknown, now: number): unknown {
  switch (type) {
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : since(value, now);
    default:
      return null;
  }
}
