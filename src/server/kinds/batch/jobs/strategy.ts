import { dns1123LabelProblems, type LabelSelector, matchesLabelSelector } from '../../../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { internalEcho, mapEcho } from '../../../go-text/echo.js';
import { type FieldError, invalidValue, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { ensure, setDefault } from '../../../object/set-default.js';
import { nonNegative } from '../../../validation/values.js';
import { defaultTemplate } from '../../core/pods/pod-spec-defaults.js';
import { scheduleProblems, timeZoneProblems } from '../cronjobs/schedule.js';
import { jobStatusProblems } from './status-validation.js';
import { jobSpecProblems } from './validation.js';

/** Jobs: they mark their pods with their own uid, so that no two jobs ever claim one pod. */
export const jobs: Strategy = {
  orphansByDefault: true,
  deleteWarnings: (policy) =>
    policy === undefined
      ? [
          'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
        ]
      : [],
  fields: { 'status.successful': ({ status }) => String(numberOf(fieldsOf(status).succeeded) ?? 0) },
  unknownField: (label) => `field label ${JSON.stringify(label)} not supported for Job`,
  warnings: ({ spec }, old) =>
    old !== undefined && equal(spec, old.spec) ? [] : indexWarnings(fieldsOf(spec), 'spec'),
  schemaChecked: false,
  defaults: ({ spec, metadata }) => {
    const fields = fieldsOf(spec);
    if (fields.completions === undefined && fields.parallelism === undefined)
      Object.assign(fields, { completions: 1, parallelism: 1 });
    setDefault(fields, 'parallelism', 1);
    setDefault(fields, 'backoffLimit', fields.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647);
    setDefault(fields, 'completionMode', 'NonIndexed');
    setDefault(fields, 'suspend', false);
    setDefault(fields, 'manualSelector', false);
    setDefault(
      fields,
      'podReplacementPolicy',
      fields.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed',
    );
    for (const rule of objectsOf(fieldsOf(fields.podFailurePolicy).rules))
      for (const condition of objectsOf(rule.onPodConditions)) setDefault(condition, 'status', 'True');
    defaultTemplate(fieldsOf(fields.template));
    // A Job without labels takes those of its template.
    const labels = labelsOf(fields.template);
    if (Object.keys(metadata.labels ?? {}).length === 0 && Object.keys(labels).length > 0) metadata.labels = labels;
  },
  prepareForCreate: (job) => {
    const fields = fieldsOf(job.spec);
    if (fields.manualSelector === true) return;
    const { uid = '', name = '' } = job.metadata;
    const marks = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    const template = ensure(fields, 'template');
    const metadata = ensure(template, 'metadata');
    // Labels that are those of the template stay so, and a Job that has still none takes them when it is read.
    const shared = Object.keys(job.metadata.labels ?? {}).length === 0 || job.metadata.labels === metadata.labels;
    const labels = { ...fieldsOf(metadata.labels), ...marks };
    metadata.labels = labels;
    if (shared) job.metadata.labels = { ...labels };
    fields.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  },
  validate: (job) => [...jobSpecProblems(fieldsOf(job.spec), 'spec'), ...selectorProblems(fieldsOf(job.spec))],
  validateCreate: ({ metadata: { name = '' }, spec }) => {
    const { completionMode, completions } = fieldsOf(spec);
    const count = numberOf(completions) ?? 0;
    // Each pod is called by the Job and its index.
    const last = `${name}-${count - 1}`;
    if (completionMode !== 'Indexed' || count <= 0 || dns1123LabelProblems(last).length === 0) return [];
    const why = `will not able to create pod with invalid DNS label: ${last}`;
    return [invalidValue('metadata.name', name, why)];
  },
  validateUpdate: (job, old) => {
    const errors: FieldError[] = [];
    const [now, before] = [fieldsOf(job.spec), fieldsOf(old.spec)];
    const immutable = (field: string, old: unknown = before[field]): void => {
      if (!equal(now[field] ?? null, old ?? null))
        errors.push(invalidValue(`spec.${field}`, shownField(field, now[field]), 'field is immutable'));
    };
    if (now.completionMode !== 'Indexed') immutable('completions');
    else if (
      now.completions !== undefined &&
      now.completions !== before.completions &&
      now.completions !== now.parallelism
    )
      errors.push(
        invalidValue('spec.completions', now.completions, 'can only be modified in tandem with spec.parallelism'),
      );
    immutable('selector');
    if (before.suspend !== true) immutable('template');
    for (const field of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'])
      immutable(field);
    return errors;
  },
  validateSubresource: (_subresource, job, old) => jobStatusProblems(job, old),
};

/** The types of the immutable fields that are structs. */
const structs: { readonly [field: string]: string } = {
  template: 'core/v1.PodTemplateSpec',
  podFailurePolicy: 'batch/v1.PodFailurePolicy',
  successPolicy: 'batch/v1.SuccessPolicy',
  selector: 'apis/meta/v1.LabelSelector',
};

/** Returns the value of an immutable field as errors quote it. */
function shownField(field: string, value: unknown): unknown {
  const type = structs[field];
  return type === undefined || value === undefined ? (value ?? null) : internalEcho(type, value);
}

/** The selector of a Job, whoever made it, selects the pods of the Job. */
function selectorProblems({ selector, template }: { [field: string]: unknown }): FieldError[] {
  const labels = labelsOf(template);
  const shown = Object.keys(labels).length === 0 ? null : mapEcho(labels);
  const mismatch = invalidValue('spec.template.metadata.labels', shown, '`selector` does not match template `labels`');
  if (selector === undefined) return [required('spec.selector'), mismatch];
  if (matchesLabelSelector(selector as LabelSelector, labels)) return [];
  return [mismatch];
}

function labelsOf(template: unknown): { [key: string]: string } {
  return fieldsOf(fieldsOf(fieldsOf(template).metadata).labels) as { [key: string]: string };
}

/** CronJobs. */
export const cronJobs: Strategy = {
  warnings: ({ spec }, old) => {
    const schedule = textOf(fieldsOf(spec).schedule);
    const inner = fieldsOf(fieldsOf(fieldsOf(spec).jobTemplate).spec);
    const same = old !== undefined && equal(spec, old.spec);
    const warnings = same ? [] : indexWarnings(inner, 'spec.jobTemplate.spec');
    if (old !== undefined && schedule.includes('TZ')) {
      const guide = 'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/';
      const told = `cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see ${guide} for more details`;
      warnings.push(told);
    }
    return warnings;
  },
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'concurrencyPolicy', 'Allow');
    setDefault(fields, 'suspend', false);
    setDefault(fields, 'successfulJobsHistoryLimit', 3);
    setDefault(fields, 'failedJobsHistoryLimit', 1);
    defaultTemplate(fieldsOf(fieldsOf(fieldsOf(fields.jobTemplate).spec).template));
  },
  validate: ({ spec }) => {
    const fields = fieldsOf(spec);
    const schedule = textOf(fields.schedule);
    const limits = ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'];
    return [
      ...(schedule === '' ? [] : scheduleProblems(schedule, 'spec.schedule')),
      ...limits.flatMap((name) => nonNegative(`spec.${name}`, fields[name])),
      ...jobSpecProblems(fieldsOf(fieldsOf(fields.jobTemplate).spec), 'spec.jobTemplate.spec'),
    ];
  },
  validateCreate: ({ spec, metadata: { name = '' } }) => {
    const errors = zoneProblems(fieldsOf(spec));
    if (name.length > 52) errors.push(invalidValue('metadata.name', name, 'must be no more than 52 characters'));
    return errors;
  },
  validateUpdate: ({ spec }, old) =>
    fieldsOf(spec).timeZone === fieldsOf(old.spec).timeZone ? [] : zoneProblems(fieldsOf(spec)),
};

function zoneProblems({ timeZone }: { [field: string]: unknown }): FieldError[] {
  return timeZone === undefined ? [] : timeZoneProblems(textOf(timeZone), 'spec.timeZone');
}

const manyCompletions = 100_000;
const manyPods = 10_000;

/** Jobs whose failed indexes would be too many to keep track of. */
function indexWarnings(spec: JsonObject, path: string): string[] {
  const [completions, parallelism] = [numberOf(spec.completions) ?? 0, numberOf(spec.parallelism) ?? 0];
  if (spec.completionMode !== 'Indexed' || completions <= manyCompletions || parallelism <= manyPods) return [];
  return [
    `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
  ];
}
