import { fieldsOf, listOf, textOf } from '../fields.js';
import { equal } from '../patch/json-value.js';
import { timestamp } from '../registry/system-fields.js';
import { type FieldError, forbiddenField, invalidValue, required } from '../validation/field-error.js';
import { setDefault } from './pod-spec-defaults.js';
import type { Strategy } from './strategy.js';

/** PersistentVolumes: protected from deletion while a claim uses them. */
export const persistentVolumes: Strategy = {
  generation: false,
  returnsDeleted: true,
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'persistentVolumeReclaimPolicy', 'Retain');
    setDefault(fields, 'volumeMode', 'Filesystem');
    if (fields.hostPath !== undefined) setDefault(fieldsOf(fields.hostPath), 'type', '');
  },
  prepareForCreate: (volume, { server }) => {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: timestamp(server.clock) };
    addFinalizer(volume.metadata, 'kubernetes.io/pv-protection');
  },
  validate: ({ spec }) => {
    const fields = fieldsOf(spec);
    const errors: FieldError[] = [];
    if (listOf(fields.accessModes).length === 0) errors.push(required('spec.accessModes'));
    if (Object.keys(fieldsOf(fields.capacity)).length === 0) errors.push(required('spec.capacity'));
    return errors;
  },
};

/** PersistentVolumeClaims: protected from deletion while a pod uses them. */
export const persistentVolumeClaims: Strategy = {
  generation: false,
  returnsDeleted: true,
  defaults: ({ spec }) => setDefault(fieldsOf(spec), 'volumeMode', 'Filesystem'),
  prepareForCreate: (claim) => {
    claim.status = { phase: 'Pending' };
    addFinalizer(claim.metadata, 'kubernetes.io/pvc-protection');
  },
  validate: ({ spec }) => {
    const fields = fieldsOf(spec);
    const errors: FieldError[] = [];
    if (listOf(fields.accessModes).length === 0)
      errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
    if (fieldsOf(fieldsOf(fields.resources).requests).storage === undefined)
      errors.push(required('spec.resources[storage]'));
    return errors;
  },
  validateUpdate: (claim, old) => {
    const frozen = (spec: unknown) => {
      const { volumeName: _volume, resources: _resources, volumeAttributesClassName: _class, ...rest } = fieldsOf(spec);
      return rest;
    };
    if (equal(frozen(claim.spec), frozen(old.spec))) return [];
    return [
      forbiddenField(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    ];
  },
};

/** StorageClasses, which change in a few fields only. */
export const storageClasses: Strategy = {
  returnsDeleted: true,
  defaults: (object) => {
    setDefault(object, 'reclaimPolicy', 'Delete');
    setDefault(object, 'volumeBindingMode', 'Immediate');
  },
  validateUpdate: (object, old) => {
    const errors: FieldError[] = [];
    if (!equal(object.parameters ?? {}, old.parameters ?? {})) {
      errors.push(invalidValue('parameters', object.parameters ?? null, 'field is immutable'));
    }
    for (const field of ['provisioner', 'reclaimPolicy', 'volumeBindingMode']) {
      if (textOf(object[field]) !== textOf(old[field]))
        errors.push(invalidValue(field, object[field], 'field is immutable'));
    }
    return errors;
  },
};

function addFinalizer(metadata: { finalizers?: string[] | undefined }, finalizer: string): void {
  if (metadata.finalizers?.includes(finalizer) !== true)
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
}
