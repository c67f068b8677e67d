import { fieldsOf, listOf } from '../../util/json-fields.js';
import { copy } from '../../util/json-value.js';
import type { ServerObject } from '../object/server-object.js';

/**
 * The fields that a write to a subresource of its parent's kind can change. All other fields keep their stored values. Metadata changes
 * as in the main resource unless `metadata` is false.
 */
export interface Door {
  readonly take: (stored: ServerObject, wanted: ServerObject) => ServerObject;
  /** True if a write counts as a change of the desired state. */
  readonly generation: boolean;
  /** False if metadata does not change. Default: it does. */
  readonly metadata?: false;
}

/** The door of a subresource; undefined for those that speak another kind. */
export function doorOf(subresource: string): Door | undefined {
  return Object.hasOwn(doors, subresource) ? doors[subresource] : undefined;
}

const doors: { readonly [subresource: string]: Door } = {
  status: { take: (stored, wanted) => ({ ...stored, status: wanted.status }), generation: false },
  binding: { take: (_stored, wanted) => wanted, generation: false },
  finalize: {
    take: (stored, wanted) => {
      const { finalizers } = fieldsOf(wanted.spec);
      return { ...stored, spec: { ...fieldsOf(stored.spec), finalizers } };
    },
    generation: false,
  },
  approval: {
    take: (stored, wanted) => {
      const { conditions } = fieldsOf(wanted.status);
      return { ...stored, status: { ...fieldsOf(stored.status), conditions } };
    },
    generation: false,
  },
  ephemeralcontainers: {
    take: (stored, wanted) => {
      const { ephemeralContainers } = fieldsOf(wanted.spec);
      return { ...stored, spec: { ...fieldsOf(stored.spec), ephemeralContainers } };
    },
    generation: true,
    metadata: false,
  },
  resize: {
    take: (stored, wanted) => {
      const spec = { ...fieldsOf(stored.spec) };
      for (const list of ['containers', 'initContainers']) {
        if (Array.isArray(spec[list])) spec[list] = resized(listOf(spec[list]), listOf(fieldsOf(wanted.spec)[list]));
      }
      return { ...stored, spec };
    },
    generation: true,
    metadata: false,
  },
};

/** Returns the wanted containers, of which those that are stored change their resources only. */
function resized(stored: readonly unknown[], wanted: readonly unknown[]): unknown[] {
  const byName = new Map(stored.map((one) => [fieldsOf(one).name, fieldsOf(one)]));
  return wanted.map((container) => {
    const { name, resources, resizePolicy } = fieldsOf(container);
    const found = byName.get(name);
    if (found === undefined) return container;
    return { ...found, resources: copy(resources), resizePolicy: copy(resizePolicy) };
  });
}
