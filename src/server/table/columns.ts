import type { Column } from '../object/column.js';
import type { ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { clusterColumns } from './cluster.js';
import { createdColumn, nameColumn } from './column.js';
import { coreColumns } from './core.js';
import { eventColumns } from './events.js';
import { networkingColumns } from './networking.js';
import { podRowConditions } from './pods.js';
import { storageColumns } from './storage.js';
import { customScaleColumns, scaleColumns, workloadColumns } from './workloads.js';

const generic: readonly Column[] = [nameColumn, createdColumn];

const columns: { readonly [kind: string]: readonly Column[] } = {
  ...coreColumns,
  ...workloadColumns,
  ...networkingColumns,
  ...storageColumns,
  ...clusterColumns,
  'events.k8s.io/Event': eventColumns,
};

/** Returns the columns of a resource in any of its versions, or of its subresource: its own, or name and time of creation. */
export function columnsOf(
  { group, kind, custom }: Pick<ServedResource, 'group' | 'kind' | 'custom'>,
  subresource?: string,
): readonly Column[] {
  if (subresource === 'scale') return custom === undefined ? scaleColumns : customScaleColumns;
  if (custom !== undefined) return custom.columns;
  const name = group === '' ? kind : `${group}/${kind}`;
  return (Object.hasOwn(columns, name) ? columns[name] : undefined) ?? generic;
}

/** Returns the conditions of a row besides its cells. Only pods have one: that they have ended. */
export function rowConditionsOf(
  { group, kind }: Pick<ServedResource, 'group' | 'kind'>,
  object: ServerObject,
): { conditions?: object[] } {
  const conditions = group === '' && kind === 'Pod' ? podRowConditions(object) : undefined;
  return conditions === undefined ? {} : { conditions };
}
