import type { Column } from '../object/column.js';
import type { ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { createdColumn, nameColumn } from '../table/common-columns.js';
import { admissionRegistrationColumns } from './admissionregistration.k8s.io/admission-registration-columns.js';
import { apiRegistrationColumns } from './apiregistration.k8s.io/api-registration-columns.js';
import { appsColumns } from './apps/apps-columns.js';
import { autoscalingColumns, customScaleColumns, scaleColumns } from './autoscaling/autoscaling-columns.js';
import { batchColumns } from './batch/batch-columns.js';
import { certificatesColumns } from './certificates.k8s.io/certificates-columns.js';
import { coordinationColumns } from './coordination.k8s.io/coordination-columns.js';
import { coreColumns } from './core/core-columns.js';
import { eventColumns } from './core/events/event-columns.js';
import { podRowConditions } from './core/pods/pod-columns.js';
import { discoveryColumns } from './discovery.k8s.io/discovery-columns.js';
import { flowControlColumns } from './flowcontrol.apiserver.k8s.io/flow-control-columns.js';
import { internalColumns } from './internal.apiserver.k8s.io/internal-columns.js';
import { networkingColumns } from './networking.k8s.io/networking-columns.js';
import { nodeColumns } from './node.k8s.io/node-columns.js';
import { policyColumns } from './policy/policy-columns.js';
import { rbacColumns } from './rbac.authorization.k8s.io/rbac-columns.js';
import { resourceColumns } from './resource.k8s.io/resource-columns.js';
import { schedulingColumns } from './scheduling.k8s.io/scheduling-columns.js';
import { storageColumns } from './storage.k8s.io/storage-columns.js';

const generic: readonly Column[] = [nameColumn, createdColumn];

const columns: { readonly [kind: string]: readonly Column[] } = {
  ...coreColumns,
  ...admissionRegistrationColumns,
  ...apiRegistrationColumns,
  ...certificatesColumns,
  ...coordinationColumns,
  ...flowControlColumns,
  ...internalColumns,
  ...nodeColumns,
  ...rbacColumns,
  ...resourceColumns,
  ...schedulingColumns,
  ...appsColumns,
  ...autoscalingColumns,
  ...batchColumns,
  ...policyColumns,
  ...discoveryColumns,
  ...networkingColumns,
  ...storageColumns,
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
