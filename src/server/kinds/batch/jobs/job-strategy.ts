import { dns1123LabelProblems, type LabelSelector, matchesLabelSelector } from '../../../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { externalEcho, internalEcho, mapEcho } from '../../../go-text/echo.js';
import { type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { ensure, setDefault } from '../../../object/set-default.js';
import { isSelectable, labelSelectorProblems } from '../../../validation/label-selector-problems.js';
import { nonNegative } from '../../../validation/value-problems.js';
import { defaultTemplate } from '../../core/pods/pod-spec-defaults.js';
import { scheduleProblems, timeZoneProblems } from '../cronjobs/schedule.js';
import { jobStatusProblems } from './job-status-validation.js';
import { jobSpecProblems } from './job-validation.js';

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
  validate: (job, old) => [...generatedProblems(job, old), ...specProblems(job), ...podNameProblems(job)],
  validateUpdate: (job, old) => {
    // kube-apiserver checks the new spec a second time, as part of the change.
    const errors: FieldError[] = specProblems(job);
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
    errors.push(...templateUpdateProblems(now, old));
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

function specProblems({ spec }: ServerObject): FieldError[] {
  const fields = fieldsOf(spec);
  return [...jobSpecProblems(fields, 'spec'), ...selectorProblems(fields)];
}

/** The selector of a Job, whoever made it, selects the pods of the Job. */
function selectorProblems({ selector, template }: { [field: string]: unknown }): FieldError[] {
  const labels = labelsOf(template);
  const shown = Object.keys(labels).length === 0 ? null : mapEcho(labels);
  const mismatch = invalidValue('spec.template.metadata.labels', shown, '`selector` does not match template `labels`');
  if (selector === undefined) return [required('spec.selector'), mismatch];
  const errors = labelSelectorProblems(selector, 'spec.selector');
  if (!isSelectable(selector) || matchesLabelSelector(selector as LabelSelector, labels)) return errors;
  return [...errors, mismatch];
}

/** Checks that the pods of a Job carry the labels that its generated selector asks for. */
function generatedProblems({ metadata, spec }: ServerObject, old: ServerObject | undefined): FieldError[] {
  const { manualSelector, selector, template } = fieldsOf(spec);
  if (manualSelector === true || selector === undefined) return [];
  const { uid = '', name = '' } = metadata;
  const [labels, before] = [labelsOf(template), labelsOf(fieldsOf(old?.spec).template)];
  const marks = (prefix: string): [string, string][] => [
    [`${prefix}controller-uid`, uid],
    [`${prefix}job-name`, name],
  ];
  const prefixed = marks('batch.kubernetes.io/');
  // Jobs of older servers have no labels with a prefix.
  const needed = old === undefined || prefixed.every(([key]) => Object.hasOwn(before, key)) ? prefixed : [];
  const expected = [...marks(''), ...needed];
  const errors = expected.flatMap(([key, value]) => {
    const field = `spec.template.metadata.labels[${key}]`;
    if (!Object.hasOwn(labels, key)) return [required(field, `must be '${value}'`)];
    return labels[key] === value ? [] : [invalidValue(field, mapEcho(labels), `must be '${value}'`)];
  });
  if (!isSelectable(selector) || matchesLabelSelector(selector as LabelSelector, Object.fromEntries(expected)))
    return errors;
  const shown = externalEcho('apis/meta/v1.LabelSelector', selector);
  return [...errors, invalidValue('spec.selector', shown, '`selector` not auto-generated')];
}

/** Each pod of an indexed Job is called by the Job and its index. */
function podNameProblems({ metadata: { name = '' }, spec }: ServerObject): FieldError[] {
  const { completionMode, completions } = fieldsOf(spec);
  const count = numberOf(completions) ?? 0;
  const last = `${name}-${count - 1}`;
  if (completionMode !== 'Indexed' || count <= 0 || dns1123LabelProblems(last).length === 0) return [];
  return [invalidValue('metadata.name', name, `will not able to create pod with invalid DNS label: ${last}`)];
}

/** Checks changes of the template: of a suspended Job, where its pods run and what they ask for may change. */
function templateUpdateProblems({ template }: JsonObject, old: ServerObject): FieldError[] {
  const { template: before, suspend } = fieldsOf(old.spec);
  const status = fieldsOf(old.status);
  const suspended = objectsOf(status.conditions).some(({ type, status: is }) => type === 'Suspended' && is === 'True');
  const isIdle =
    suspend === true && (status.startTime === undefined || suspended) && (numberOf(status.active) ?? 0) === 0;
  const was = isIdle ? withScheduling(fieldsOf(before), fieldsOf(template)) : fieldsOf(before);
  if (suspend !== true || !isIdle) {
    if (equal(template ?? null, was)) return [];
    return [invalidValue('spec.template', shownField('template', template), 'field is immutable')];
  }
  const [now, then] = [fieldsOf(fieldsOf(template).spec), withResources(fieldsOf(was.spec), fieldsOf(template).spec)];
  if (equal(now, then)) return [];
  return [invalidValue('spec.template.spec', internalEcho('core/v1.PodSpec', now), 'field is immutable')];
}

/** Returns the old template with everything of the new one that says where pods run. */
function withScheduling(before: JsonObject, now: JsonObject): JsonObject {
  const spec = fieldsOf(now.spec);
  const { nodeSelector, tolerations, schedulingGates } = spec;
  const affinity = { ...fieldsOf(fieldsOf(before.spec).affinity), nodeAffinity: fieldsOf(spec.affinity).nodeAffinity };
  const hasAffinity = Object.values(affinity).some((part) => part !== undefined);
  const { labels, annotations } = fieldsOf(now.metadata);
  return {
    ...before,
    metadata: defined({ ...fieldsOf(before.metadata), labels, annotations }),
    spec: defined({
      ...fieldsOf(before.spec),
      ...{ nodeSelector, tolerations, schedulingGates },
      affinity: hasAffinity ? defined(affinity) : undefined,
    }),
  };
}

/** Returns the old spec of pods with the resources of the new containers. */
function withResources(before: JsonObject, now: unknown): JsonObject {
  const lists = ['containers', 'initContainers'].map((list): [string, unknown] => {
    const [old, fresh] = [objectsOf(before[list]), objectsOf(fieldsOf(now)[list])];
    if (old.length !== fresh.length) return [list, before[list]];
    const merged = old.map((container, index) =>
      container.name === fresh[index]?.name ? defined({ ...container, resources: fresh[index]?.resources }) : container,
    );
    return [list, before[list] === undefined ? undefined : merged];
  });
  return defined({ ...before, ...Object.fromEntries(lists) });
}

function defined(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function labelsOf(template: unknown): { [key: string]: string } {
  return fieldsOf(fieldsOf(fieldsOf(template).metadata).labels) as { [key: string]: string };
}

/** CronJobs. */
export const cronJobs: Strategy = {
  schemaChecked: false,
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
  validate: ({ spec }, old) => {
    const fields = fieldsOf(spec);
    const schedule = textOf(fields.schedule);
    const keepsZone = old !== undefined && fields.timeZone === fieldsOf(old.spec).timeZone;
    const policy = textOf(fields.concurrencyPolicy);
    const job = fieldsOf(fieldsOf(fields.jobTemplate).spec);
    const errors = schedule === '' ? [required('spec.schedule')] : scheduleProblems(schedule, 'spec.schedule');
    errors.push(...nonNegative('spec.startingDeadlineSeconds', fields.startingDeadlineSeconds));
    if (!keepsZone) errors.push(...zoneProblems(fields));
    if (policy === '') errors.push(required('spec.concurrencyPolicy'));
    else if (!concurrencies.includes(policy))
      errors.push(notSupported('spec.concurrencyPolicy', policy, concurrencies));
    errors.push(...jobSpecProblems(job, 'spec.jobTemplate.spec'));
    if (job.selector !== undefined) {
      const shown = externalEcho('apis/meta/v1.LabelSelector', job.selector);
      errors.push(invalidValue('spec.jobTemplate.spec.selector', shown, '`selector` will be auto-generated'));
    }
    if (job.manualSelector === true)
      errors.push(notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']));
    return [
      ...errors,
      ...['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'].flatMap((name) =>
        nonNegative(`spec.${name}`, fields[name]),
      ),
    ];
  },
  validateCreate: ({ metadata: { name = '' } }) =>
    name.length > 52 ? [invalidValue('metadata.name', name, 'must be no more than 52 characters')] : [],
};

const concurrencies = ['Allow', 'Forbid', 'Replace'];

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
