import { fieldsOf, listOf, textOf } from '../../../../util/json-fields.js';
import { type FieldError, invalidValue } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { forbidden } from '../../../object/status-error.js';
import { labelName } from '../../../validation/meta-problems.js';
import { qualifiedProblems } from '../../../validation/value-problems.js';

const finalizer = 'kubernetes';
const builtIn = new Set(['default', 'kube-system', 'kube-public']);
const nameLabel = 'kubernetes.io/metadata.name';

/** Namespaces: they hold a finalizer of their own until their contents are gone, and carry their name as a label. */
export const namespaces: Strategy = {
  name: labelName,
  generation: false,
  returnsDeleted: true,
  fields: {
    'status.phase': phase,
  },
  defaults: ({ metadata }) => {
    if (metadata.name !== undefined) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
  },
  prepareForCreate: (object) => {
    const given = (object.spec as { finalizers?: string[] | null } | undefined)?.finalizers ?? [];
    object.spec = { finalizers: given.includes(finalizer) ? given : [...given, finalizer] };
    object.status = { phase: 'Active' };
  },
  checkDelete: (name, resource) => {
    if (builtIn.has(name)) throw forbidden(resource, name, 'this namespace may not be deleted');
  },
  prepareForDelete: (object) => {
    object.status = { ...fieldsOf(object.status), phase: 'Terminating' };
    // A namespace goes when it is finalized: its deletion has no grace period that could be told.
    delete object.metadata.deletionGracePeriodSeconds;
  },
  validateCreate: ({ spec }) => finalizerProblems(spec),
  validateSubresource: (subresource, object) => {
    if (subresource === 'finalize') return finalizerProblems(object.spec, true);
    const deleting = object.metadata.deletionTimestamp !== undefined;
    if (subresource !== 'status' || phase(object) === (deleting ? 'Terminating' : 'Active')) return [];
    const why = deleting
      ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
      : "may only be 'Active' if `deletionTimestamp` is empty";
    return [invalidValue('status.Phase', phase(object), why)];
  },
  prepareForUpdate: (object, old) => {
    object.spec = old.spec;
    object.status = old.status;
  },
};

/** Validates finalizers: each is a qualified name, or Kubernetes' own. */
function finalizerProblems(spec: unknown, indexed = false): FieldError[] {
  return listOf(fieldsOf(spec).finalizers)
    .map(textOf)
    .flatMap((name, index) => {
      const field = indexed ? `spec.finalizers[${index}]` : 'spec.finalizers';
      const errors = qualifiedProblems(field, name);
      if (name.includes('/') || name === finalizer || ownFinalizers.has(name)) return errors;
      const why = 'name is neither a standard finalizer name nor is it fully qualified';
      return [...errors, invalidValue(field, name, why)];
    });
}

const ownFinalizers = new Set(['orphan', 'foregroundDeletion']);

function phase(object: ServerObject): string {
  return (object.status as { phase?: string } | undefined)?.phase ?? '';
}
