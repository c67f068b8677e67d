import { type LabelSelector, toLabelSelector } from '../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../fields.js';
import type { ServerObject } from '../registry/stored.js';
import { ageText, spanText } from './age.js';
import { ageColumn, type Column, count, field, nameColumn, none, orNone, text, wide } from './column.js';

const status = (object: ServerObject, name: string): number => numberOf(fieldsOf(object.status)[name]) ?? 0;
const desired = ({ spec }: ServerObject): number => numberOf(fieldsOf(spec).replicas) ?? 0;
const podSpec = (object: ServerObject): { [field: string]: unknown } =>
  fieldsOf(fieldsOf(fieldsOf(object.spec).template).spec);

function containerColumns(spec: (object: ServerObject) => { [field: string]: unknown }): Column[] {
  const listed = (name: string) => (object: ServerObject) =>
    objectsOf(spec(object).containers)
      .map((container) => textOf(container[name]))
      .join(',');
  return [
    wide(text('Containers', listed('name'), 'Names of the containers.')),
    wide(text('Images', listed('image'), 'Images of the containers.')),
  ];
}

function selectorText(selector: unknown): string {
  try {
    return orNone(toLabelSelector(fieldsOf(selector) as LabelSelector).toString());
  } catch {
    return '<invalid>';
  }
}

const selectorColumn = wide(
  text('Selector', ({ spec }) => selectorText(fieldsOf(spec).selector), 'Which pods are its own.'),
);

/** The columns of Deployments. */
export const deploymentColumns: readonly Column[] = [
  nameColumn,
  text(
    'Ready',
    (object) => `${status(object, 'readyReplicas')}/${desired(object)}`,
    'Pods that are ready, of those wanted.',
  ),
  text('Up-to-date', (object) => status(object, 'updatedReplicas'), 'Pods of the newest template.'),
  text('Available', (object) => status(object, 'availableReplicas'), 'Pods that have been ready for long enough.'),
  ageColumn,
  ...containerColumns(podSpec),
  selectorColumn,
];

/** The columns of ReplicaSets and ReplicationControllers. */
export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  count('Desired', desired, 'Pods that are wanted.'),
  count('Current', (object) => status(object, 'replicas'), 'Pods that are there.'),
  count('Ready', (object) => status(object, 'readyReplicas'), 'Pods that are ready.'),
  ageColumn,
  ...containerColumns(podSpec),
  selectorColumn,
];

/** The columns of StatefulSets. */
export const statefulSetColumns: readonly Column[] = [
  nameColumn,
  text(
    'Ready',
    (object) => `${status(object, 'readyReplicas')}/${desired(object)}`,
    'Pods that are ready, of those wanted.',
  ),
  ageColumn,
  ...containerColumns(podSpec),
];

/** The columns of DaemonSets. */
export const daemonSetColumns: readonly Column[] = [
  nameColumn,
  count('Desired', (object) => status(object, 'desiredNumberScheduled'), 'Nodes that are to run a pod.'),
  count('Current', (object) => status(object, 'currentNumberScheduled'), 'Nodes that run one.'),
  count('Ready', (object) => status(object, 'numberReady'), 'Nodes whose pod is ready.'),
  count(
    'Up-to-date',
    (object) => status(object, 'updatedNumberScheduled'),
    'Nodes whose pod is of the newest template.',
  ),
  count('Available', (object) => status(object, 'numberAvailable'), 'Nodes whose pod has been ready for long enough.'),
  text('Node Selector', (object) => selectorText(podSpec(object).nodeSelector), 'Which nodes are meant.'),
  ageColumn,
  ...containerColumns(podSpec),
  selectorColumn,
];

/** The columns of Jobs. */
export const jobColumns: readonly Column[] = [
  nameColumn,
  text('Status', jobStatus, 'What the job is at.'),
  text('Completions', completionsText, 'Pods that have succeeded, of those wanted.'),
  text('Duration', durationText, 'How long the job has run.'),
  ageColumn,
  ...containerColumns(podSpec),
  selectorColumn,
];

function jobStatus(job: ServerObject): string {
  const conditions = objectsOf(fieldsOf(job.status).conditions);
  const holds = (type: string): boolean => conditions.some((one) => one.type === type && one.status === 'True');
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  return holds('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completionsText(job: ServerObject): string {
  const { completions, parallelism } = fieldsOf(job.spec);
  const succeeded = status(job, 'succeeded');
  if (typeof completions === 'number') return `${succeeded}/${completions}`;
  const parallel = numberOf(parallelism) ?? 0;
  return parallel > 1 ? `${succeeded}/1 of ${parallel}` : `${succeeded}/1`;
}

function durationText(job: ServerObject, now: number): string {
  const { startTime, completionTime } = fieldsOf(job.status);
  if (textOf(startTime) === '') return '';
  const end = textOf(completionTime) === '' ? now : Date.parse(textOf(completionTime));
  return spanText(end - Date.parse(textOf(startTime)));
}

const jobPodSpec = (object: ServerObject): { [field: string]: unknown } =>
  fieldsOf(fieldsOf(fieldsOf(fieldsOf(fieldsOf(object.spec).jobTemplate).spec).template).spec);

/** The columns of CronJobs. */
export const cronJobColumns: readonly Column[] = [
  nameColumn,
  text('Schedule', field('spec', 'schedule'), 'When jobs are made.'),
  text('Timezone', (object) => orNone(field('spec', 'timeZone')(object)), 'By which clock.'),
  {
    ...text(
      'Suspend',
      ({ spec }) => (fieldsOf(spec).suspend === true ? 'True' : 'False'),
      'Whether no jobs are made for now.',
    ),
    type: 'boolean',
  },
  count('Active', (object) => objectsOf(fieldsOf(object.status).active).length, 'Jobs that are running.'),
  text(
    'Last Schedule',
    (object, now) =>
      field('status', 'lastScheduleTime')(object) === ''
        ? none
        : ageText(field('status', 'lastScheduleTime')(object), now),
    'How long ago the last job was made.',
  ),
  ageColumn,
  ...containerColumns(jobPodSpec),
  wide(
    text(
      'Selector',
      ({ spec }) => selectorText(fieldsOf(fieldsOf(fieldsOf(spec).jobTemplate).spec).selector),
      'Which pods are its own.',
    ),
  ),
];
