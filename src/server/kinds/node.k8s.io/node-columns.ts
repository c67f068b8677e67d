import type { RuntimeClass } from '../../../../generated/node.k8s.io/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn } from '../../table/format.js';

const runtime = columnsFor<RuntimeClass>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const nodeColumns: { readonly [kind: string]: readonly Column[] } = {
  'node.k8s.io/RuntimeClass': [
    nameColumn,
    runtime.text('Handler', 'What runs the containers.', ({ handler }) => handler),
    ageColumn,
  ],
};
