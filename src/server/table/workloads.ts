import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../../generated/apps/v1.js';
import type { Scale } from '../../../generated/autoscaling/v1.js';
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../../../generated/autoscaling/v2.js';
import type { CronJob, Job } from '../../../generated/batch/v1.js';
import type { PodDisruptionBudget } from '../../../generated/policy/v1.js';
import { canonicalQuantity, controllerOf, parseTime, type Quantity, toLabelSelector } from '../../meta/index.js';
import { fieldsOf } from '../../util/json-fields.js';
import type { Column } from '../object/column.js';
import { columnsFor, nameColumn } from './column.js';
import {
  ageColumn,
  atMost,
  containerColumns,
  humanDuration,
  labelsText,
  orNone,
  selectorText,
  since,
} from './format.js';

const revision = columnsFor<ControllerRevision>();
const daemonSet = columnsFor<DaemonSet>();
const deployment = columnsFor<Deployment>();
const replicaSet = columnsFor<ReplicaSet>();
const statefulSet = columnsFor<StatefulSet>();
const cronJob = columnsFor<CronJob>();
const job = columnsFor<Job>();
const autoscaler = columnsFor<HorizontalPodAutoscaler>();
const budget = columnsFor<PodDisruptionBudget>();
const scale = columnsFor<Scale>();

/** The columns of the `scale` subresource of every built-in workload. */
export const scaleColumns: readonly Column[] = [
  { ...nameColumn, format: '' },
  scale.integer('Desired', 'Instances that are wanted.', ({ spec }) => spec?.replicas ?? 0),
  scale.integer('Available', 'Instances that were observed.', ({ status }) => status?.replicas ?? 0),
  ageColumn,
];

/** The columns of the `scale` subresource of a custom resource. */
export const customScaleColumns: readonly Column[] = [
  nameColumn,
  ...scaleColumns.slice(1, -1),
  { ...ageColumn, type: 'date' },
];

/** The columns of the workload groups, by `group/Kind`. */
export const workloadColumns: { readonly [kind: string]: readonly Column[] } = {
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
  'autoscaling/HorizontalPodAutoscaler': [
    nameColumn,
    autoscaler.text(
      'Reference',
      'What is scaled.',
      ({ spec }) => `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`,
    ),
    autoscaler.text('Targets', 'Present and wanted values of the metrics.', ({ spec, status }) =>
      atMost(
        metricsOf(spec).map((metric, i) => metricText(metric, status?.currentMetrics?.[i])),
        2,
        '<none>',
        ', ',
      ),
    ),
    autoscaler.text('MinPods', 'Fewest pods.', ({ spec }) =>
      spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
    ),
    autoscaler.text('MaxPods', 'Most pods.', ({ spec }) => spec?.maxReplicas ?? 0),
    autoscaler.text('Replicas', 'Pods there are.', ({ status }) => status?.currentReplicas ?? 0),
    ageColumn,
  ],
  'batch/CronJob': [
    nameColumn,
    cronJob.text('Schedule', 'When jobs are made.', ({ spec }) => spec?.schedule ?? ''),
    cronJob.text('Timezone', 'Where the schedule is meant.', ({ spec }) => spec?.timeZone ?? '<none>'),
    cronJob.boolean('Suspend', 'Whether it is switched off.', ({ spec }) =>
      spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
    ),
    cronJob.integer('Active', 'Jobs that run now.', ({ status }) => status?.active?.length ?? 0),
    cronJob.text('Last Schedule', 'How long ago a job was made.', ({ status }, now) =>
      status?.lastScheduleTime ? since(status.lastScheduleTime, now) : '<none>',
    ),
    ageColumn,
    ...containerColumns<CronJob>(({ spec }) => spec?.jobTemplate.spec?.template.spec),
    cronJob.wide('Selector', 'Which pods count.', ({ spec }) => selectorText(spec?.jobTemplate.spec?.selector)),
  ],
  'batch/Job': [
    nameColumn,
    job.text('Status', 'State of the job in a word.', jobStatus),
    job.text('Completions', 'Pods that succeeded, of those needed.', ({ spec, status }) => {
      const done = status?.succeeded ?? 0;
      if (spec?.completions !== undefined) return `${done}/${spec.completions}`;
      const parallelism = spec?.parallelism ?? 0;
      return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
    }),
    job.text('Duration', 'How long it ran.', ({ status }, now) => {
      if (!status?.startTime) return '';
      return humanDuration(
        (status.completionTime ? parseTime(status.completionTime) : now) - parseTime(status.startTime),
      );
    }),
    ageColumn,
    ...containerColumns<Job>(({ spec }) => spec?.template.spec),
    job.wide('Selector', 'Which pods count.', ({ spec }) => selectorText(spec?.selector)),
  ],
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

function jobStatus({ metadata, status }: Job): string {
  const has = (type: string) => status?.conditions?.some((each) => each.type === type && each.status === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata?.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(has) ?? 'Running';
}

interface MetricValue {
  readonly value?: Quantity | undefined;
  readonly averageValue?: Quantity | undefined;
  readonly averageUtilization?: number | undefined;
}

/** One metric of an autoscaler: what it is now, and what it shall be. */
/** Returns the metrics of an autoscaler. In version 1 it has one at most, and a field for it. */
function metricsOf(spec: HorizontalPodAutoscaler['spec']): readonly MetricSpec[] {
  const { targetCPUUtilizationPercentage: share } = fieldsOf(spec);
  if (typeof share !== 'number') return spec?.metrics ?? [];
  return [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: share } } }];
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  const quantity = (value: Quantity | undefined, missing: string) =>
    value === undefined ? missing : canonicalQuantity(value);
  const named = (name: string, target: MetricValue, current: MetricValue | undefined) => {
    if (target.averageValue !== undefined)
      return `${name}: ${quantity(current?.averageValue, '<unknown>')}/${quantity(target.averageValue, '')}`;
    const percent = (value: number | undefined, missing: string) => (value === undefined ? missing : `${value}%`);
    return `${name}: ${percent(current?.averageUtilization, '<unknown>')}/${percent(target.averageUtilization, '<auto>')}`;
  };
  const plain = (target: MetricValue, current: MetricValue | undefined) =>
    target.averageValue === undefined
      ? `${quantity(current?.value, '<unknown>')}/${quantity(target.value, '<unknown>')}`
      : `${quantity(current?.averageValue, '<unknown>')}/${quantity(target.averageValue, '')} (avg)`;
  if (spec.external) return plain(spec.external.target, status?.external?.current);
  if (spec.object) return plain(spec.object.target, status?.object?.current);
  if (spec.pods) {
    return `${quantity(status?.pods?.current.averageValue, '<unknown>')}/${quantity(spec.pods.target.averageValue, orNone(undefined))}`;
  }
  if (spec.resource) return named(spec.resource.name, spec.resource.target, status?.resource?.current);
  if (spec.containerResource) {
    return named(spec.containerResource.name, spec.containerResource.target, status?.containerResource?.current);
  }
  return '<unknown type>';
}
