import { type AdmissionPlugin, isAbout, type ObjectAttributes } from '../admission-plugin.js';

const finalizers: readonly (readonly [group: string, plural: string, finalizer: string])[] = [
  ['', 'persistentvolumes', 'kubernetes.io/pv-protection'],
  ['', 'persistentvolumeclaims', 'kubernetes.io/pvc-protection'],
  ['storage.k8s.io', 'volumeattributesclasses', 'kubernetes.io/vac-protection'],
];

/** Adds the finalizers that protect volumes, claims and attribute classes from deletion while they are in use. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate: (attributes) => {
    if (attributes.old !== undefined) return;
    for (const [group, plural, finalizer] of finalizers) {
      if (isAbout(attributes, group, plural)) addFinalizer(attributes, finalizer);
    }
  },
};

function addFinalizer({ object: { metadata } }: ObjectAttributes, finalizer: string): void {
  if (metadata.finalizers?.includes(finalizer) !== true)
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
}
