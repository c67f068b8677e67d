import { fieldsOf, textOf } from '../../../util/json-fields.js';

import { forbidden } from '../../object/status-error.js';
import type { AdmissionPlugin } from '../admission-plugin.js';
import { isAuthorizedForSignerName } from '../signer-authorization.js';

/** Lets only callers that may `approve` for a signer approve or deny its certificate signing requests. */
export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  validate: async ({ request, operation, object, old }) => {
    const { resource, path } = request;
    if (operation !== 'UPDATE' || path.subresource !== 'approval' || old === undefined || object === undefined) return;
    if (resource.group !== 'certificates.k8s.io' || resource.plural !== 'certificatesigningrequests') return;
    // The signer of the stored request counts: an update may not choose another.
    const signerName = textOf(fieldsOf(old.spec).signerName);
    if (await isAuthorizedForSignerName(request, 'approve', signerName)) return;
    const why = `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`;
    throw forbidden(resource, object.metadata.name ?? '', why);
  },
};
