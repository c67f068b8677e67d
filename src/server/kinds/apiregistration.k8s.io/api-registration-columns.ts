import type { APIService } from '../../../../generated/apiregistration.k8s.io/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn } from '../../table/format.js';

const apiService = columnsFor<APIService>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const apiRegistrationColumns: { readonly [kind: string]: readonly Column[] } = {
  'apiregistration.k8s.io/APIService': [
    nameColumn,
    apiService.text('Service', 'Who serves it.', ({ spec }) =>
      spec?.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local',
    ),
    apiService.text('Available', 'Whether it answers.', ({ status }) => {
      const available = status?.conditions?.find(({ type }) => type === 'Available');
      if (available === undefined) return 'Unknown';
      return available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`;
    }),
    ageColumn,
  ],
};
