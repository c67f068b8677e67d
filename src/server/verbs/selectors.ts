import { FormatError, parseFieldSelector, parseLabelSelector } from '../../meta/index.js';
import type { ListOptions } from '../http/list-options.js';
import type { ResourceRequest, ServedResource, Strategy } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest, internal } from '../object/status-error.js';
import { parseShardSelector, type ShardSelector } from './shard-selector.js';

/** Says which objects a request is about; undefined when it is about all of them. */
export type ObjectFilter = ((object: ServerObject) => boolean) | undefined;

type FieldReader = (object: ServerObject) => string;

const metaFields: { readonly [path: string]: FieldReader } = {
  'metadata.name': ({ metadata }) => metadata.name ?? '',
  'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
};

/** The objects that a list, watch or deletion of a collection is about. */
export interface Selection {
  readonly filter: ObjectFilter;
  readonly shard: ShardSelector | undefined;
}

/** Reads the label, field and shard selector of a request. Throws the Status that kube-apiserver gives for a wrong one. */
export async function selectionOf({ server, resource }: ResourceRequest, options: ListOptions): Promise<Selection> {
  const selected = await selectorFilter(resource, options.labelSelector, options.fieldSelector);
  if (options.shardSelector === '' || !server.features.enabled('ShardedListAndWatch'))
    return { filter: selected, shard: undefined };
  const shard = await parseShardSelector(options.shardSelector).catch((error: unknown) => {
    throw internal(`invalid shard selector: ${error instanceof Error ? error.message : 'unknown'}`);
  });
  return { filter: (object) => shard.matches(object) && selected?.(object) !== false, shard };
}

/** The filter of a label and a field selector. Throws 400 for what cannot be parsed or selected by. */
async function selectorFilter(resource: ServedResource, labelText: string, fieldText: string): Promise<ObjectFilter> {
  try {
    const labels = labelText === '' ? undefined : parseLabelSelector(labelText);
    const fields = fieldText === '' ? undefined : parseFieldSelector(fieldText);
    const requirements = fields?.requirements ?? [];
    const strategy = requirements.length === 0 ? undefined : await strategyFor(resource);
    const readers = requirements.map((requirement) => ({
      ...requirement,
      read: readerOf(resource, strategy, requirement.field),
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

/** Returns the strategy of a kind, loaded when somebody selects by fields. */
async function strategyFor(resource: ServedResource): Promise<Strategy> {
  const { strategyOf } = await import('../kinds/index.js');
  return strategyOf(resource);
}

/**
 * Returns the reader of a field. All kinds can be selected by their name and, if they have one, by their namespace. Throws 400 for
 * other fields than these and the kind's own.
 */
function readerOf(resource: ServedResource, strategy: Strategy | undefined, path: string): FieldReader {
  const own = strategy?.fields;
  if (own !== undefined && Object.hasOwn(own, path) && own[path] !== undefined) return own[path];
  const isKnown =
    Object.hasOwn(metaFields, path) && (own === undefined || resource.namespaced || path === 'metadata.name');
  const found = isKnown ? metaFields[path] : undefined;
  if (found !== undefined) return found;
  if (own === undefined)
    throw badRequest(
      `${JSON.stringify(path)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  throw badRequest(strategy?.unknownField?.(path) ?? `field label not supported: ${path}`);
}
