import type { ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { decodeKind, kindOf } from './decode-object.js';

/** The object in its kind's own JSON form: what the real server's types would make of it. The object is given up: parts of it are in the result. */
export function canonical(resource: ServedResource, object: ServerObject): ServerObject {
  return decodeKind(object, kindOf(resource), [], { given: true });
}

/** The same with empty lists kept apart from absent ones: the form in which is told who owns what. */
export function written(resource: ServedResource, object: ServerObject): ServerObject {
  return decodeKind(object, kindOf(resource), [], { given: true, keepEmpty: true });
}
