import { badRequest } from '../status-error.js';
import type { ServerObject } from './stored.js';
import type { ServedResource } from '../scheme/resource.js';

/** Says which objects a request is about; undefined when it is about all of them. */
export type ObjectFilter = ((object: ServerObject) => boolean) | undefined;

/** The filter of a label and a field selector. Throws 400 for what cannot be parsed or is not supported. */
export function selectorFilter(resource: ServedResource, labels: string, fields: string): ObjectFilter {
  if (labels === '' && fields === '') return undefined;
  void resource;
  throw badRequest('selectors are not supported yet');
}
