import type { PriorityClass } from '../../../../generated/scheduling.k8s.io/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn } from '../../table/format.js';

const priority = columnsFor<PriorityClass>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const schedulingColumns: { readonly [kind: string]: readonly Column[] } = {
  'scheduling.k8s.io/PriorityClass': [
    nameColumn,
    priority.integer('Value', 'The higher, the sooner.', ({ value }) => value),
    priority.boolean(
      'Global-Default',
      'Whether pods without a class get it.',
      ({ globalDefault }) => globalDefault ?? false,
    ),
    ageColumn,
    priority.text(
      'PreemptionPolicy',
      'Whether it drives others out.',
      ({ preemptionPolicy }) => preemptionPolicy ?? '',
    ),
  ],
};
