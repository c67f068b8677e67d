import { fieldsOf, textOf } from '../../../util/json-fields.js';
import { equal } from '../../../util/json-value.js';
import { forbidden } from '../../object/status-error.js';
import type { AdmissionPlugin } from '../admission-plugin.js';
import { isAuthorizedForSignerName } from '../signer-authorization.js';

/** Lets only callers that may `attest` for a signer write its cluster trust bundles. */
export const clusterTrustBundleAttest: AdmissionPlugin = {
  name: 'ClusterTrustBundleAttest',
  validate: async ({ request, object, old }) => {
    const { resource } = request;
    if (resource.group !== 'certificates.k8s.io' || resource.plural !== 'clustertrustbundles') return;
    const signerName = textOf(fieldsOf(object?.spec).signerName);
    if (object === undefined || signerName === '') return;
    if (old !== undefined && equal(object.spec, old.spec)) return;
    if (await isAuthorizedForSignerName(request, 'attest', signerName)) return;
    const why = `user not permitted to attest for signerName ${JSON.stringify(signerName)}`;
    throw forbidden(resource, object.metadata.name ?? '', why);
  },
};
