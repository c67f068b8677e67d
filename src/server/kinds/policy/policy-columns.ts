import type { PodDisruptionBudget } from '../../../../generated/policy/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn } from '../../table/format.js';

const budget = columnsFor<PodDisruptionBudget>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const policyColumns: { readonly [kind: string]: readonly Column[] } = {
  'policy/PodDisruptionBudget': [
    nameColumn,
    budget.text('Min Available', 'Pods that must stay.', ({ spec }) => String(spec?.minAvailable ?? 'N/A')),
    budget.text('Max Unavailable', 'Pods that may go.', ({ spec }) => String(spec?.maxUnavailable ?? 'N/A')),
    budget.integer(
      'Allowed Disruptions',
      'Pods that may be evicted now.',
      ({ status }) => status?.disruptionsAllowed ?? 0,
    ),
    ageColumn,
  ],
};
