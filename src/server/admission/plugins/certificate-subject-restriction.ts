import { Buffer } from 'node:buffer';
import { fieldsOf, textOf } from '../../../util/json-fields.js';
import { readCertificateRequest } from '../../../x509/certificate-request.js';
import { forbidden } from '../../object/status-error.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

const signer = 'kubernetes.io/kube-apiserver-client';

/** Refuses requests for client certificates of the group `system:masters`. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate: (attributes) => {
    const { request, object, operation } = attributes;
    if (operation !== 'CREATE' || object === undefined) return;
    if (!isAbout(attributes, 'certificates.k8s.io', 'certificatesigningrequests')) return;
    const spec = fieldsOf(object.spec);
    if (spec.signerName !== signer) return;
    const refuse = (why: string): Error => forbidden(request.resource, object.metadata.name ?? '', why);
    const wanted = readCertificateRequest(Buffer.from(textOf(spec.request), 'base64').toString('utf8'));
    if (wanted === undefined) throw refuse('failed to parse CSR: the request is not a PKCS #10 request');
    if (wanted.organizations.includes('system:masters'))
      throw refuse(`use of ${signer} signer with system:masters group is not allowed`);
  },
};
