import { FormatError, parseFieldSelector, parseLabelSelector } from '../../meta/index.js';
import type { ServedResource } from '../scheme/resource.js';
import { badRequest } from '../status-error.js';
import { strategyOf } from '../strategy/index.js';
import type { ServerObject } from './stored.js';

/** Says which objects a request is about; undefined when it is about all of them. */
export type ObjectFilter = ((object: ServerObject) => boolean) | undefined;

type FieldReader = (object: ServerObject) => string;

const metaFields: { readonly [path: string]: FieldReader } = {
  'metadata.name': ({ metadata }) => metadata.name ?? '',
  'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
};

/** The filter of a label and a field selector. Throws 400 for what cannot be parsed or selected by. */
export function selectorFilter(resource: ServedResource, labelText: string, fieldText: string): ObjectFilter {
  try {
    const labels = labelText === '' ? undefined : parseLabelSelector(labelText);
    const fields = fieldText === '' ? undefined : parseFieldSelector(fieldText);
    const readers = (fields?.requirements ?? []).map((requirement) => ({
      ...requirement,
      read: readerOf(resource, requirement.field),
    }));
    if ((labels === undefined || labels.isEmpty) && readers.length === 0) return undefined;
    return (object) =>
      (labels === undefined || labels.matches(object.metadata.labels)) &&
      readers.every(({ operator, value, read }) => (read(object) === value) === (operator === '='));
  } catch (error) {
    if (error instanceof FormatError) throw badRequest(error.message);
    throw error;
  }
}

function readerOf(resource: ServedResource, path: string): FieldReader {
  const own = strategyOf(resource).fields;
  const reader = own !== undefined && Object.hasOwn(own, path) ? own[path] : undefined;
  const found = reader ?? (Object.hasOwn(metaFields, path) ? metaFields[path] : undefined);
  if (found !== undefined) return found;
  if (own !== undefined) throw badRequest(`field label not supported: ${path}`);
  throw badRequest(`${JSON.stringify(path)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
}
