import { fieldsOf, numberOf, textOf } from '../fields.js';
import { equal } from '../patch/json-value.js';
import { type FieldError, invalidValue, notSupported, required } from '../validation/field-error.js';
import { podSpecProblems } from '../validation/pod-spec.js';
import { defaultTemplate, ensure, setDefault } from './pod-spec-defaults.js';
import type { Strategy } from './strategy.js';

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
  defaults: ({ spec }) => {
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
    defaultTemplate(fieldsOf(fields.template));
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
    metadata.labels = { ...fieldsOf(metadata.labels), ...marks };
    // A Job without labels takes those of its template, as it has since defaults were set after them.
    if (Object.keys(job.metadata.labels ?? {}).length === 0)
      job.metadata.labels = { ...(metadata.labels as { [key: string]: string }) };
    fields.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  },
  validate: (job) => jobProblems(fieldsOf(job.spec), 'spec'),
  validateUpdate: (job, old) => {
    const errors: FieldError[] = [];
    const [now, before] = [fieldsOf(job.spec), fieldsOf(old.spec)];
    for (const field of ['selector', 'completionMode', 'completions', 'template'] as const) {
      const suspended = field === 'template' && before.suspend === true;
      if (!suspended && !equal(now[field] ?? null, before[field] ?? null)) {
        errors.push(invalidValue(`spec.${field}`, now[field] ?? null, 'field is immutable'));
      }
    }
    return errors;
  },
};

/** CronJobs. */
export const cronJobs: Strategy = {
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'concurrencyPolicy', 'Allow');
    setDefault(fields, 'suspend', false);
    setDefault(fields, 'successfulJobsHistoryLimit', 3);
    setDefault(fields, 'failedJobsHistoryLimit', 1);
    defaultTemplate(fieldsOf(fieldsOf(fieldsOf(fields.jobTemplate).spec).template));
  },
  validate: ({ spec, metadata }) => {
    const fields = fieldsOf(spec);
    const errors: FieldError[] = [];
    const { name = '' } = metadata;
    if (name.length > 52) errors.push(invalidValue('metadata.name', name, 'must be no more than 52 characters'));
    if (textOf(fields.schedule).trim() === '') errors.push(required('spec.schedule'));
    const template = fieldsOf(fieldsOf(fieldsOf(fields.jobTemplate).spec).template);
    return [...errors, ...templateProblems(template, 'spec.jobTemplate.spec.template')];
  },
};

function jobProblems(fields: { [field: string]: unknown }, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['parallelism', 'completions', 'backoffLimit'] as const) {
    const value = numberOf(fields[field]);
    if (value !== undefined && value < 0)
      errors.push(invalidValue(`${path}.${field}`, value, 'must be greater than or equal to 0'));
  }
  return [...errors, ...templateProblems(fieldsOf(fields.template), `${path}.template`)];
}

function templateProblems(template: { [field: string]: unknown }, path: string): FieldError[] {
  const podSpec = fieldsOf(template.spec);
  const errors = podSpecProblems(podSpec, `${path}.spec`);
  const policy = textOf(podSpec.restartPolicy);
  if (policy === 'Always') {
    const message = 'valid values: "OnFailure", "Never"';
    errors.push({ ...required(`${path}.spec.restartPolicy`, message) });
  } else if (policy !== '' && policy !== 'OnFailure' && policy !== 'Never') {
    errors.push(notSupported(`${path}.spec.restartPolicy`, policy, ['OnFailure', 'Never']));
  }
  return errors;
}
