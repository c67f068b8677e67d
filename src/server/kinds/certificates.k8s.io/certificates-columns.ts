import type { CertificateSigningRequest } from '../../../../generated/certificates.k8s.io/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, humanDuration, orNone } from '../../table/format.js';

const csr = columnsFor<CertificateSigningRequest>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const certificatesColumns: { readonly [kind: string]: readonly Column[] } = {
  'certificates.k8s.io/CertificateSigningRequest': [
    nameColumn,
    ageColumn,
    csr.text('SignerName', 'Who shall sign it.', ({ spec }) => orNone(spec.signerName)),
    csr.text('Requestor', 'Who asks for it.', ({ spec }) => spec.username ?? ''),
    csr.text('RequestedDuration', 'How long it shall be good for.', ({ spec }) =>
      spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    ),
    csr.text('Condition', 'What has become of it.', ({ status }) => {
      const has = (type: string) => status?.conditions?.some((each) => each.type === type) ?? false;
      const word = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
      return `${word}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
    }),
  ],
};
