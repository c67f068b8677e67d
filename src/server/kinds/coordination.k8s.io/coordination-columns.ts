import type { Lease } from '../../../../generated/coordination.k8s.io/v1.js';
import type { LeaseCandidate } from '../../../../generated/coordination.k8s.io/v1beta1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn } from '../../table/format.js';

const candidate = columnsFor<LeaseCandidate>();
const lease = columnsFor<Lease>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const coordinationColumns: { readonly [kind: string]: readonly Column[] } = {
  'coordination.k8s.io/Lease': [
    nameColumn,
    lease.text('Holder', 'Who holds it.', ({ spec }) => spec?.holderIdentity ?? ''),
    ageColumn,
  ],
  'coordination.k8s.io/LeaseCandidate': [
    nameColumn,
    candidate.text('LeaseName', 'The lease it stands for.', ({ spec }) => spec?.leaseName ?? ''),
    candidate.text('BinaryVersion', 'Version of the program.', ({ spec }) => spec?.binaryVersion ?? ''),
    candidate.text('EmulationVersion', 'Version it behaves like.', ({ spec }) => spec?.emulationVersion ?? ''),
    ageColumn,
  ],
};
