import { numberOf } from '../../../../util/json-fields.js';
import { type FieldError, forbiddenField } from '../../../object/field-error.js';
import type { ServerObject } from '../../../object/server-object.js';

/** The priorities of the classes that every cluster has. */
export const systemPriorities: ReadonlyMap<string, number> = new Map([
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
]);

const highestUserPriority = 1_000_000_000;

/** Validates the name and value of a new PriorityClass. Only the classes of the system may have the prefix `system-`. */
export function newPriorityClassProblems({ metadata, value, globalDefault }: ServerObject): FieldError[] {
  const { name = '' } = metadata;
  if (!name.startsWith('system-')) {
    if ((numberOf(value) ?? 0) <= highestUserPriority) return [];
    return [forbiddenField('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`)];
  }
  const problem = systemProblem(name, numberOf(value) ?? 0, globalDefault === true);
  if (problem === undefined) return [];
  const rule = "priority class names with 'system-' prefix are reserved for system use only";
  return [forbiddenField('metadata.name', `${rule}. error: ${problem}`)];
}

function systemProblem(name: string, value: number, isDefault: boolean): string | undefined {
  const own = systemPriorities.get(name);
  if (own === undefined) return `${name} is not a known system priority class`;
  if (value !== own) return `value of ${name} PriorityClass must be ${own}`;
  return isDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
