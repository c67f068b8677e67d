import { dns1123LabelProblems } from '../../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../util/json-value.js';
import { mapEcho } from '../../go-text/echo.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../object/field-error.js';
import type { Strategy } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { ensure, setDefault } from '../../object/set-default.js';
import { labelName } from '../../validation/meta-problems.js';
import { nonNegative } from '../../validation/value-problems.js';
import { claimSpecProblems } from '../core/persistentvolumeclaims/persistent-volume-claims.js';
import { defaultTemplate } from '../core/pods/pod-spec-defaults.js';
import { podTemplateProblems } from '../core/pods/pod-template.js';
import { claimWarnings } from '../storage.k8s.io/storage-kinds.js';
import {
  daemonSetStrategyProblems,
  deploymentStrategyProblems,
  statefulSetStrategyProblems,
  workloadNumberProblems,
} from './rolling-update-validation.js';
import {
  daemonTemplateProblems,
  replicaTemplateProblems,
  shownSelector,
  statefulTemplateProblems,
} from './template-validation.js';
import { workloadCounts, workloadStatusProblems } from './workload-status-validation.js';

/** Deployments. */
export const deployments: Strategy = {
  schemaChecked: false,
  generationChanged: (object, old) =>
    !equal(object.spec, old.spec) || !equal(object.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'replicas', 1);
    setDefault(fields, 'revisionHistoryLimit', 10);
    setDefault(fields, 'progressDeadlineSeconds', 600);
    const strategy = ensure(fields, 'strategy');
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy.type === 'RollingUpdate') {
      const rolling = ensure(strategy, 'rollingUpdate');
      setDefault(rolling, 'maxUnavailable', '25%');
      setDefault(rolling, 'maxSurge', '25%');
    }
    defaultTemplate(fieldsOf(fields.template));
  },
  validate: (object) => {
    const spec = fieldsOf(object.spec);
    const errors = [
      ...replicaProblems(object),
      ...replicaTemplateProblems(spec),
      ...deploymentStrategyProblems(spec),
      ...workloadNumberProblems(spec),
    ];
    const deadline = numberOf(spec.progressDeadlineSeconds);
    if (deadline !== undefined && deadline <= (numberOf(spec.minReadySeconds) ?? 0))
      errors.push(invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
    return errors;
  },
  validateUpdate: immutableSelector,
  validateSubresource: checkedStatus(workloadCounts.deployment),
};

/** Checks writes to `/status` by their counts. */
function checkedStatus(
  counts: Parameters<typeof workloadStatusProblems>[0],
): NonNullable<Strategy['validateSubresource']> {
  return (subresource, { status }, old) =>
    subresource === 'status' ? workloadStatusProblems(counts, fieldsOf(status), fieldsOf(old.status)) : [];
}

/** ReplicaSets. */
export const replicaSets: Strategy = {
  schemaChecked: false,
  validateSubresource: checkedStatus(workloadCounts.replicaSet),
  defaults: ({ spec }) => {
    setDefault(fieldsOf(spec), 'replicas', 1);
    defaultTemplate(fieldsOf(fieldsOf(spec).template));
  },
  validate: (object) => [
    ...replicaProblems(object),
    ...nonNegative('spec.minReadySeconds', fieldsOf(object.spec).minReadySeconds),
    ...replicaTemplateProblems(fieldsOf(object.spec)),
  ],
  validateUpdate: immutableSelector,
};

function dropMaxUnavailable(spec: JsonObject, before: JsonObject): void {
  const rollingOf = (one: JsonObject): JsonObject => fieldsOf(fieldsOf(one.updateStrategy).rollingUpdate);
  if (rollingOf(before).maxUnavailable === undefined) delete rollingOf(spec).maxUnavailable;
}

/** StatefulSets. */
export const statefulSets: Strategy = {
  schemaChecked: false,
  validateSubresource: checkedStatus(workloadCounts.statefulSet),
  // How many pods may be missing meanwhile is a feature that is off by default.
  prepareForCreate: ({ spec }) => dropMaxUnavailable(fieldsOf(spec), {}),
  prepareForUpdate: ({ spec }, old) => dropMaxUnavailable(fieldsOf(spec), fieldsOf(old.spec)),
  name: labelName,
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'replicas', 1);
    setDefault(fields, 'revisionHistoryLimit', 10);
    setDefault(fields, 'podManagementPolicy', 'OrderedReady');
    const strategy = ensure(fields, 'updateStrategy');
    // Who says how pods are replaced says everything about it.
    if (strategy.type === undefined || strategy.type === '') ensure(strategy, 'rollingUpdate');
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate !== undefined)
      setDefault(fieldsOf(strategy.rollingUpdate), 'partition', 0);
    const retention = ensure(fields, 'persistentVolumeClaimRetentionPolicy');
    setDefault(retention, 'whenDeleted', 'Retain');
    setDefault(retention, 'whenScaled', 'Retain');
    for (const claim of objectsOf(fields.volumeClaimTemplates)) {
      Object.assign(claim, { kind: 'PersistentVolumeClaim', apiVersion: 'v1' });
      setDefault(fieldsOf(claim.spec), 'volumeMode', 'Filesystem');
      claim.status = { phase: 'Pending', ...fieldsOf(claim.status) };
    }
    defaultTemplate(fieldsOf(fields.template));
  },
  warnings: ({ spec }, old) => {
    const fields = fieldsOf(spec);
    // The real server writes the path another way when the object is not new.
    const inner = old === undefined ? '' : '.Spec';
    const claims = objectsOf(fields.volumeClaimTemplates).flatMap((claim, index) =>
      claimWarnings(fieldsOf(claim.spec), `spec.volumeClaimTemplates[${index}]${inner}`),
    );
    if ((numberOf(fields.revisionHistoryLimit) ?? 0) >= 0) return claims;
    const why = 'a negative value retains all historical revisions; a value >= 0 is recommended';
    return [...claims, `spec.revisionHistoryLimit: ${why}`];
  },
  validate: (object, old) => {
    const spec = fieldsOf(object.spec);
    // The template of an update is not checked if that of the stored object is not valid.
    const checked = old === undefined || setProblems(fieldsOf(old.spec), true, true).length === 0;
    return setProblems(spec, old === undefined, checked);
  },
  validateUpdate: (object, old) => {
    const mutable = [
      'replicas',
      'ordinals',
      'template',
      'updateStrategy',
      'revisionHistoryLimit',
      'persistentVolumeClaimRetentionPolicy',
      'minReadySeconds',
    ];
    const rest = (spec: unknown): JsonObject =>
      Object.fromEntries(Object.entries(fieldsOf(spec)).filter(([name]) => !mutable.includes(name)));
    if (equal(rest(object.spec), rest(old.spec))) return [];
    const listed =
      "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'";
    return [forbiddenField('spec', `updates to statefulset spec for fields other than ${listed} are forbidden`)];
  },
};

function setProblems(spec: JsonObject, isNew: boolean, checksTemplate: boolean): FieldError[] {
  const [service, management] = [textOf(spec.serviceName), textOf(spec.podManagementPolicy)];
  const retention = fieldsOf(spec.persistentVolumeClaimRetentionPolicy);
  const errors: FieldError[] = [];
  if (management === '') errors.push(required('spec.podManagementPolicy'));
  else if (management !== 'OrderedReady' && management !== 'Parallel')
    errors.push(invalidValue('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'"));
  errors.push(...statefulSetStrategyProblems(spec));
  for (const when of ['whenDeleted', 'whenScaled'])
    if (!['Retain', 'Delete'].includes(textOf(retention[when])))
      errors.push(
        notSupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, textOf(retention[when]), [
          'Retain',
          'Delete',
        ]),
      );
  // Claim templates and the name of the service never change, so that what older servers let through stays.
  if (isNew)
    for (const [index, claim] of objectsOf(spec.volumeClaimTemplates).entries())
      errors.push(...claimSpecProblems(fieldsOf(claim.spec), `spec.volumeClaimTemplates[${index}].spec`));
  errors.push(
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', fieldsOf(spec.ordinals).start),
  );
  if (isNew && service !== '')
    errors.push(...dns1123LabelProblems(service).map((why) => invalidValue('spec.serviceName', service, why)));
  return [...errors, ...statefulTemplateProblems(spec, checksTemplate)];
}

const templateGeneration = 'deprecated.daemonset.template.generation';

/** DaemonSets. They count changes of their template in an annotation, which no one reads any more. */
export const daemonSets: Strategy = {
  schemaChecked: false,
  validateSubresource: checkedStatus(workloadCounts.daemonSet),
  defaults: (object) => {
    const fields = fieldsOf(object.spec);
    setDefault(fields, 'revisionHistoryLimit', 10);
    const strategy = ensure(fields, 'updateStrategy');
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy.type === 'RollingUpdate') {
      const rolling = ensure(strategy, 'rollingUpdate');
      setDefault(rolling, 'maxUnavailable', 1);
      setDefault(rolling, 'maxSurge', 0);
    }
    defaultTemplate(fieldsOf(fields.template));
    object.metadata.annotations = { [templateGeneration]: '0', ...object.metadata.annotations };
  },
  prepareForCreate: ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, [templateGeneration]: '1' };
  },
  prepareForUpdate: (object, old) => {
    const before = Number(old.metadata.annotations?.[templateGeneration] ?? 0);
    const changed = !equal(fieldsOf(object.spec).template, fieldsOf(old.spec).template);
    object.metadata.annotations = {
      ...object.metadata.annotations,
      [templateGeneration]: String(changed ? before + 1 : before),
    };
  },
  validate: (object, old) => {
    const spec = fieldsOf(object.spec);
    return [
      ...(old === undefined ? [] : immutableSelector(object, old)),
      ...daemonTemplateProblems(spec),
      ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
      ...daemonSetStrategyProblems(spec),
      ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ];
  },
};

/** ReplicationControllers: the template's labels stand in for a selector and for labels that are not given. */
export const replicationControllers: Strategy = {
  schemaChecked: false,
  validateSubresource: checkedStatus(workloadCounts.replicaSet),
  orphansByDefault: true,
  fields: { 'status.replicas': ({ status }) => String(numberOf(fieldsOf(status).replicas) ?? 0) },
  defaults: (object) => {
    const fields = fieldsOf(object.spec);
    setDefault(fields, 'replicas', 1);
    const labels = fieldsOf(fieldsOf(fieldsOf(fields.template).metadata).labels) as { [key: string]: string };
    if (Object.keys(labels).length > 0) {
      if (Object.keys(fieldsOf(fields.selector)).length === 0) fields.selector = { ...labels };
      if (Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...labels };
    }
    defaultTemplate(fieldsOf(fields.template));
  },
  validate: (object) => {
    const { selector, template, minReadySeconds } = fieldsOf(object.spec);
    const errors = nonNegative('spec.minReadySeconds', minReadySeconds);
    if (Object.keys(fieldsOf(selector)).length === 0) errors.push(required('spec.selector'));
    errors.push(...replicaProblems(object));
    if (template === undefined || template === null) return [...errors, required('spec.template')];
    const labels = labelsOf(template);
    const matches = Object.entries(fieldsOf(selector)).every(([key, value]) => labels[key] === value);
    if (!matches) {
      const shown = mapEcho(fieldsOf(fieldsOf(template).metadata).labels);
      errors.push(invalidValue('spec.template.metadata.labels', shown, '`selector` does not match template `labels`'));
    }
    errors.push(...podTemplateProblems(template, 'spec.template'));
    const { restartPolicy, activeDeadlineSeconds } = fieldsOf(fieldsOf(template).spec);
    if (restartPolicy !== 'Always')
      errors.push(notSupported('spec.template.spec.restartPolicy', textOf(restartPolicy), ['Always']));
    if (activeDeadlineSeconds !== undefined) {
      const why = 'activeDeadlineSeconds in ReplicationController is not Supported';
      errors.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', why));
    }
    return errors;
  },
};

/** PodTemplates, which are a template and nothing else. */
export const podTemplates: Strategy = {
  schemaChecked: false,
  generation: true,
  returnsDeleted: true,
  defaults: ({ template }) => defaultTemplate(fieldsOf(template)),
  validate: ({ template }) => podTemplateProblems(template, 'template'),
};

function labelsOf(template: unknown): { [key: string]: string } {
  return fieldsOf(fieldsOf(fieldsOf(template).metadata).labels) as { [key: string]: string };
}

function replicaProblems({ spec }: ServerObject): FieldError[] {
  const replicas = numberOf(fieldsOf(spec).replicas);
  return replicas !== undefined && replicas < 0
    ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]
    : [];
}

function immutableSelector(object: ServerObject, old: ServerObject): FieldError[] {
  const { selector } = fieldsOf(object.spec);
  if (equal(selector, fieldsOf(old.spec).selector)) return [];
  return [invalidValue('spec.selector', shownSelector(selector), 'field is immutable')];
}
