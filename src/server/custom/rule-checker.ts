import type { FieldError } from '../object/field-error.js';
import type { ServerObject } from '../object/server-object.js';

/** Checks the rules a schema writes in CEL. `old` is what the object was before, undefined for a new one. */
export type RuleChecker = (object: ServerObject, old: ServerObject | undefined) => FieldError[];
