import { fieldsOf, textOf } from '../../../util/json-fields.js';
import { equal } from '../../../util/json-value.js';
import { forbidden } from '../../object/status-error.js';
import type { AdmissionPlugin } from '../admission-plugin.js';
import { isAuthorizedForSignerName } from '../signer-authorization.js';

/** Lets only callers that may `sign` for a signer issue its certificates. */
export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  validate: async ({ request, operation, object, old }) => {
    const { resource, path } = request;
    if (operation !== 'UPDATE' || path.subresource !== 'status' || old === undefined || object === undefined) return;
    if (resource.group !== 'certificates.k8s.io' || resource.plural !== 'certificatesigningrequests') return;
    const [now, before] = [fieldsOf(object.status), fieldsOf(old.status)];
    const isSame = (field: string): boolean => equal(now[field] ?? null, before[field] ?? null);
    if (isSame('certificate') && isSame('conditions')) return;
    // The signer of the stored request counts: an update may not choose another.
    const signerName = textOf(fieldsOf(old.spec).signerName);
    if (await isAuthorizedForSignerName(request, 'sign', signerName)) return;
    const why = `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`;
    throw forbidden(resource, object.metadata.name ?? '', why);
  },
};
