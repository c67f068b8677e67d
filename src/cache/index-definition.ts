import type { DeepReadonly } from '../meta/index.js';
import type { ObjectHead } from '../wire/object-codec.js';
import type { IndexReader } from './slot-index.js';
import type { Versions } from './versions.js';

/**
 * The values that an index finds objects by:
 * - a function returns the values of an object; it reads the object when it arrives, which costs a parse of each;
 * - `label` is the value of one label, and lets label queries use the index;
 * - `owner: 'uid'` is the uids of all owners, `owner: 'controller'` is the uid of the managing owner;
 * - `owner: 'none'` is the namespace of an object without a managing owner: an orphan that a controller may adopt;
 * - `path` is the text at a path such as `spec.nodeName` or `spec.volumes.name`; each element of an array on the way gives one value.
 *
 * Labels, owners and paths below `metadata` such as `metadata.uid` are read from the bytes, without a parse. Absent values are not
 * indexed.
 */
export type IndexDefinition<T> =
  | ((object: DeepReadonly<T>) => readonly string[])
  | { readonly label: string }
  | { readonly owner: 'uid' | 'controller' | 'none' }
  | { readonly path: string };

/** Returns the identity by which two users of one index share it. */
export function indexIdentity<T>(definition: IndexDefinition<T>): unknown {
  if (typeof definition === 'function') return definition;
  if ('label' in definition) return labelIdentity(definition.label);
  return 'owner' in definition ? `owner ${definition.owner}` : `path ${definition.path}`;
}

/** The identity of the index over one label. */
export function labelIdentity(label: string): string {
  return `label ${label}`;
}

/** Reads the values of a version. What a function throws goes to `onError`, and the object is not indexed. */
export function indexReader<T>(
  definition: IndexDefinition<T>,
  versions: Versions,
  onError: (error: unknown) => void,
): IndexReader {
  if (typeof definition === 'function') {
    return (slot) => {
      try {
        // The decode boundary: what the server sent is taken for the type it was asked for.
        return definition(versions.object(slot) as DeepReadonly<T>);
      } catch (error) {
        onError(error);
        return none;
      }
    };
  }
  if ('label' in definition) return (_, head) => head.label(definition.label) ?? none;
  if ('owner' in definition) {
    if (definition.owner === 'none') {
      return (_, head) => (head.ownerReferences.some((owner) => owner.controller === true) ? none : head.namespace);
    }
    const managing = definition.owner === 'controller';
    return (_, head) => {
      const owners = head.ownerReferences;
      return owners.filter((owner) => !managing || owner.controller === true).map((owner) => owner.uid);
    };
  }
  const fromHead = headPaths[definition.path];
  if (fromHead !== undefined) return (_, head) => fromHead(head) || none;
  const path = definition.path.split('.');
  return (slot) => {
    try {
      return textsAt(versions.object(slot), path, 0);
    } catch (error) {
      onError(error);
      return none;
    }
  };
}

const none: readonly string[] = [];

const headPaths: { readonly [path: string]: ((head: ObjectHead) => string | readonly string[]) | undefined } = {
  'metadata.name': (head) => head.name,
  'metadata.namespace': (head) => head.namespace,
  'metadata.uid': (head) => head.uid,
  'metadata.finalizers': (head) => head.finalizers,
};

function textsAt(value: unknown, path: readonly string[], depth: number): string[] {
  if (Array.isArray(value)) return value.flatMap((element: unknown) => textsAt(element, path, depth));
  const name = path[depth];
  if (name === undefined) {
    return typeof value === 'string'
      ? [value]
      : typeof value === 'number' || typeof value === 'boolean'
        ? [String(value)]
        : [];
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
  return textsAt(Object.getOwnPropertyDescriptor(value, name)?.value, path, depth + 1);
}
