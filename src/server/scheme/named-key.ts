import { pathSegmentNameProblems } from '../../meta/index.js';
import { goQuote } from '../../util/go-quote.js';
import type { ServedResource } from '../object/server-context.js';
import { badRequest } from '../object/status-error.js';
import { storageKey } from './storage-keys.js';

/** Returns the key of an object whose name comes from a path. Throws the 400 Status for a name that no object can have. */
export function namedKey(resource: ServedResource, namespace: string | undefined, name: string): string {
  const problems = pathSegmentNameProblems(name);
  if (problems.length > 0) throw badRequest(`Name parameter invalid: ${goQuote(name)}: ${problems.join(';')}`);
  return storageKey(resource, namespace, name);
}
