import { fieldsOf } from '../../../util/json-fields.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';
import { defaultClass } from '../default-class.js';

const defaults = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** Gives a new claim without a class the default storage class, if there is one. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  mutate: async (attributes) => {
    const { request, object: claim, old } = attributes;
    if (!isAbout(attributes, '', 'persistentvolumeclaims') || old !== undefined) return;
    const spec = fieldsOf(claim.spec);
    if (spec.storageClassName !== undefined) return;
    if (Object.hasOwn(claim.metadata.annotations ?? {}, 'volume.beta.kubernetes.io/storage-class')) return;
    const name = await defaultClass(request.server, 'storage.k8s.io', 'storageclasses', defaults);
    if (name !== undefined) claim.spec = { ...spec, storageClassName: name };
  },
};
