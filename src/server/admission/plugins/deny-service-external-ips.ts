import { fieldsOf, listOf } from '../../../util/json-fields.js';
import { forbidden } from '../../object/status-error.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

/** Refuses new external addresses of Services. */
export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  validate: (attributes) => {
    const { object, old, request } = attributes;
    if (object === undefined || !isAbout(attributes, '', 'services')) return;
    const known = listOf(fieldsOf(old?.spec).externalIPs);
    if (listOf(fieldsOf(object.spec).externalIPs).every((address) => known.includes(address))) return;
    const why = 'Use of external IPs is denied by admission control';
    throw forbidden(request.resource, object.metadata.name ?? '', why);
  },
};
