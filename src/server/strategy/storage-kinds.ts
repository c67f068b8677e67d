import { compareQuantities } from '../../meta/index.js';
import { useDefaultStorageClass } from '../admission/default-classes.js';
import { fieldsOf, listOf, textOf } from '../fields.js';
import { equal } from '../patch/json-value.js';
import { timestamp } from '../registry/system-fields.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../validation/field-error.js';
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
    if (server.plugins.has('StorageObjectInUseProtection'))
      addFinalizer(volume.metadata, 'kubernetes.io/pv-protection');
  },
  validate: ({ spec }) => {
    const fields = fieldsOf(spec);
    const errors: FieldError[] = [];
    if (listOf(fields.accessModes).length === 0) errors.push(required('spec.accessModes'));
    errors.push(...exclusiveProblems(fields.accessModes));
    const capacity = Object.keys(fieldsOf(fields.capacity));
    if (capacity.length === 0) errors.push(required('spec.capacity'));
    else if (capacity.length > 1 || capacity[0] !== 'storage')
      errors.push(notSupported('spec.capacity', fields.capacity, ['storage']));
    const sources = Object.keys(fields).filter((name) => volumeSources.has(name));
    if (sources.length === 0) errors.push(required('spec', 'must specify a volume type'));
    for (const name of sources.slice(1))
      errors.push(forbiddenField(`spec.${name}`, 'may not specify more than 1 volume type'));
    return errors;
  },
};

const volumeSources = new Set([
  ...['awsElasticBlockStore', 'azureDisk', 'azureFile', 'cephfs', 'cinder', 'csi', 'fc', 'flexVolume', 'flocker'],
  ...['gcePersistentDisk', 'glusterfs', 'hostPath', 'iscsi', 'local', 'nfs', 'photonPersistentDisk', 'portworxVolume'],
  ...['quobyte', 'rbd', 'scaleIO', 'storageos', 'vsphereVolume'],
]);

/** What one pod has for itself it shares with nobody. */
function exclusiveProblems(modes: unknown): FieldError[] {
  const given = listOf(modes).map(textOf);
  return given.includes('ReadWriteOncePod') && given.some((mode) => mode !== 'ReadWriteOncePod')
    ? [forbiddenField('spec.accessModes', 'may not use ReadWriteOncePod with other access modes')]
    : [];
}

/** PersistentVolumeClaims: protected from deletion while a pod uses them. */
export const persistentVolumeClaims: Strategy = {
  generation: false,
  returnsDeleted: true,
  defaults: ({ spec }) => setDefault(fieldsOf(spec), 'volumeMode', 'Filesystem'),
  prepareForCreate: async (claim, request) => {
    claim.status = { phase: 'Pending' };
    await useDefaultStorageClass(claim, request);
    if (request.server.plugins.has('StorageObjectInUseProtection'))
      addFinalizer(claim.metadata, 'kubernetes.io/pvc-protection');
  },
  validate: ({ spec }) => {
    const fields = fieldsOf(spec);
    const errors: FieldError[] = [];
    if (listOf(fields.accessModes).length === 0)
      errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
    errors.push(...exclusiveProblems(fields.accessModes));
    const { storage } = fieldsOf(fieldsOf(fields.resources).requests);
    if (storage === undefined) errors.push(required('spec.resources[storage]'));
    else if (compareQuantities(String(storage), '0') <= 0)
      errors.push(invalidValue('spec.resources[storage]', storage, 'must be greater than zero'));
    return errors;
  },
  validateUpdate: (claim, old) => {
    const bound = fieldsOf(claim.status).phase === 'Bound';
    const named = textOf(fieldsOf(old.spec).volumeName) !== '';
    const frozen = (spec: unknown) => {
      const { volumeName, resources, volumeAttributesClassName, ...rest } = fieldsOf(spec);
      // A claim gets its volume once, and grows once it has it.
      return {
        ...rest,
        ...(named ? { volumeName } : {}),
        ...(bound ? {} : { resources, volumeAttributesClassName }),
      };
    };
    const size = (amounts: unknown): string => String(fieldsOf(amounts).storage ?? '0');
    const [wanted, had] = [claim, old].map(({ spec }) => size(fieldsOf(fieldsOf(spec).resources).requests));
    const less = (than: string): boolean => compareQuantities(wanted ?? '0', than) < 0;
    if (bound && less(had ?? '0') && less(size(fieldsOf(old.status).capacity)))
      return [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')];
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
