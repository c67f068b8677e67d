import { compareQuantities, type Quantity } from '../../../meta/index.js';
import { fieldsOf, textOf } from '../../../util/json-fields.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import { decodeStored } from '../../scheme/stored-object.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

/** Allows a claim to grow only if it is bound and its storage class allows expansion. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  validate: async (attributes) => {
    const { object, old, request } = attributes;
    if (object === undefined || old === undefined || !isAbout(attributes, '', 'persistentvolumeclaims')) return;
    if (compareQuantities(storageOf(object), storageOf(old)) <= 0) return;
    const refuse = (why: string): Error => forbidden(request.resource, object.metadata.name ?? '', why);
    if (fieldsOf(old.status).phase !== 'Bound') throw refuse('Only bound persistent volume claims can be expanded');
    const name = classOf(object);
    const classes = request.server.scheme.resource('storage.k8s.io', 'v1', 'storageclasses');
    const { kv } =
      name === '' || name !== classOf(old) || classes === undefined
        ? { kv: undefined }
        : await request.server.storage.get(`${classes.prefix}${name}`);
    if (kv !== undefined && classes !== undefined && decodeStored(kv, classes).allowVolumeExpansion === true) return;
    throw refuse(
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  },
};

function storageOf({ spec }: ServerObject): Quantity {
  return String(fieldsOf(fieldsOf(fieldsOf(spec).resources).requests).storage ?? '0');
}

function classOf({ metadata, spec }: ServerObject): string {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? textOf(fieldsOf(spec).storageClassName);
}
