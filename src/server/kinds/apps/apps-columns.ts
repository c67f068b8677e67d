import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from '../../../../generated/apps/v1.js';
import { controllerOf, toLabelSelector } from '../../../meta/index.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, containerColumns, labelsText, selectorText } from '../../table/format.js';

const revision = columnsFor<ControllerRevision>();
const daemonSet = columnsFor<DaemonSet>();
const deployment = columnsFor<Deployment>();
const replicaSet = columnsFor<ReplicaSet>();
const statefulSet = columnsFor<StatefulSet>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const appsColumns: { readonly [kind: string]: readonly Column[] } = {
  'apps/ControllerRevision': [
    nameColumn,
    revision.text('Controller', 'Which object it is a revision of.', (object) => {
      const owner = controllerOf(object);
      if (owner === undefined) return '<none>';
      const [group] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : [''];
      return `${owner.kind.toLowerCase()}${group ? `.${group}` : ''}/${owner.name}`;
    }),
    revision.text('Revision', 'Number of the revision.', (object) => object.revision),
    ageColumn,
  ],
  'apps/DaemonSet': [
    nameColumn,
    daemonSet.integer('Desired', 'Nodes that should run the pod.', ({ status }) => status?.desiredNumberScheduled ?? 0),
    daemonSet.integer('Current', 'Nodes that run the pod.', ({ status }) => status?.currentNumberScheduled ?? 0),
    daemonSet.integer('Ready', 'Nodes whose pod is ready.', ({ status }) => status?.numberReady ?? 0),
    daemonSet.integer(
      'Up-to-date',
      'Nodes whose pod is of the newest template.',
      ({ status }) => status?.updatedNumberScheduled ?? 0,
    ),
    daemonSet.integer('Available', 'Nodes whose pod is available.', ({ status }) => status?.numberAvailable ?? 0),
    daemonSet.text('Node Selector', 'Which nodes are meant.', ({ spec }) =>
      labelsText(spec?.template.spec?.nodeSelector),
    ),
    ageColumn,
    ...containerColumns<DaemonSet>(({ spec }) => spec?.template.spec),
    daemonSet.wide('Selector', 'Which pods count.', ({ spec }) => selectorText(spec?.selector)),
  ],
  'apps/Deployment': [
    nameColumn,
    deployment.text(
      'Ready',
      'Pods that are ready, of those asked for.',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    deployment.text('Up-to-date', 'Pods of the newest template.', ({ status }) => status?.updatedReplicas ?? 0),
    deployment.text('Available', 'Pods that are available.', ({ status }) => status?.availableReplicas ?? 0),
    ageColumn,
    ...containerColumns<Deployment>(({ spec }) => spec?.template.spec),
    deployment.wide('Selector', 'Which pods count.', ({ spec }) =>
      spec?.selector ? String(toLabelSelector(spec.selector)) : '',
    ),
  ],
  'apps/ReplicaSet': [
    nameColumn,
    replicaSet.integer('Desired', 'Pods asked for.', ({ spec }) => spec?.replicas ?? 0),
    replicaSet.integer('Current', 'Pods there are.', ({ status }) => status?.replicas ?? 0),
    replicaSet.integer('Ready', 'Pods that are ready.', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn,
    ...containerColumns<ReplicaSet>(({ spec }) => spec?.template?.spec),
    replicaSet.wide('Selector', 'Which pods count.', ({ spec }) => selectorText(spec?.selector)),
  ],
  'apps/StatefulSet': [
    nameColumn,
    statefulSet.text(
      'Ready',
      'Pods that are ready, of those asked for.',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    ageColumn,
    ...containerColumns<StatefulSet>(({ spec }) => spec?.template.spec),
  ],
};
