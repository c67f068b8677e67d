import type { ServedResource } from '../scheme/resource.js';
import {
  autoscalerColumns,
  budgetColumns,
  claimColumns,
  configMapColumns,
  eventColumns,
  ingressColumns,
  leaseColumns,
  namespaceColumns,
  nodeColumns,
  secretColumns,
  serviceAccountColumns,
  serviceColumns,
  volumeColumns,
} from './cluster-columns.js';
import { type Column, createdColumn, nameColumn } from './column.js';
import { podColumns } from './pod-columns.js';
import {
  cronJobColumns,
  daemonSetColumns,
  deploymentColumns,
  jobColumns,
  replicaSetColumns,
  statefulSetColumns,
} from './workload-columns.js';

/** Columns by `group/plural`: one entry per kind that shows more than its name. */
const tables: { readonly [resource: string]: readonly Column[] } = {
  '/configmaps': configMapColumns,
  '/events': eventColumns,
  '/namespaces': namespaceColumns,
  '/nodes': nodeColumns,
  '/persistentvolumeclaims': claimColumns,
  '/persistentvolumes': volumeColumns,
  '/pods': podColumns,
  '/replicationcontrollers': replicaSetColumns,
  '/secrets': secretColumns,
  '/serviceaccounts': serviceAccountColumns,
  '/services': serviceColumns,
  'apps/daemonsets': daemonSetColumns,
  'apps/deployments': deploymentColumns,
  'apps/replicasets': replicaSetColumns,
  'apps/statefulsets': statefulSetColumns,
  'autoscaling/horizontalpodautoscalers': autoscalerColumns,
  'batch/cronjobs': cronJobColumns,
  'batch/jobs': jobColumns,
  'coordination.k8s.io/leases': leaseColumns,
  'events.k8s.io/events': eventColumns,
  'networking.k8s.io/ingresses': ingressColumns,
  'policy/poddisruptionbudgets': budgetColumns,
};

const generic: readonly Column[] = [nameColumn, createdColumn];

/** The columns of a resource: its own, or name and time of creation. */
export function columnsOf(resource: ServedResource): readonly Column[] {
  const id = `${resource.group}/${resource.plural}`;
  return (Object.hasOwn(tables, id) ? tables[id] : undefined) ?? generic;
}
