import type { ServerObject } from '../registry/stored.js';
import { labelName } from '../validation/object-meta.js';
import type { Strategy } from './strategy.js';

const finalizer = 'kubernetes';
const nameLabel = 'kubernetes.io/metadata.name';

/** Namespaces: they hold a finalizer of their own until their contents are gone, and carry their name as a label. */
export const namespaces: Strategy = {
  name: labelName,
  generation: false,
  fields: {
    'metadata.name': ({ metadata }) => metadata.name ?? '',
    'status.phase': phase,
    name: ({ metadata }) => metadata.name ?? '',
  },
  defaults: ({ metadata }) => {
    if (metadata.name !== undefined) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
  },
  prepareForCreate: (object) => {
    const given = (object.spec as { finalizers?: string[] | null } | undefined)?.finalizers ?? [];
    object.spec = { finalizers: given.includes(finalizer) ? given : [...given, finalizer] };
    object.status = { phase: 'Active' };
  },
  prepareForUpdate: (object, old) => {
    object.spec = old.spec;
    object.status = old.status;
  },
};

function phase(object: ServerObject): string {
  return (object.status as { phase?: string } | undefined)?.phase ?? '';
}
