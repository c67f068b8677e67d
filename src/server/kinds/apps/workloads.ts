import { dns1123LabelProblems, type LabelSelector, matchesLabelSelector } from '../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../util/json-value.js';
import { externalEcho, mapEcho } from '../../go-text/echo.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../object/field-error.js';
import type { Strategy } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { ensure, setDefault } from '../../object/set-default.js';
import { labelSelectorProblems } from '../../validation/label-selector.js';
import { annotationProblems, labelName, labelProblems } from '../../validation/object-meta.js';
import { nonNegative } from '../../validation/values.js';
import { claimSpecProblems } from '../core/persistentvolumeclaims/claims.js';
import { podAnnotationProblems } from '../core/pods/annotations.js';
import { podSpecProblems } from '../core/pods/pod-spec.js';
import { defaultTemplate } from '../core/pods/pod-spec-defaults.js';
import { claimWarnings } from '../storage.k8s.io/storage-kinds.js';
import {
  daemonSetStrategyProblems,
  deploymentStrategyProblems,
  statefulSetStrategyProblems,
  workloadNumberProblems,
} from './rolling-update.js';
import { workloadCounts, workloadStatusProblems } from './status-validation.js';

/** Deployments. */
export const deployments: Strategy = {
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
      ...templateProblems(object, ['Always'], 'deployment'),
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
  validateSubresource: checkedStatus(workloadCounts.replicaSet),
  defaults: ({ spec }) => {
    setDefault(fieldsOf(spec), 'replicas', 1);
    defaultTemplate(fieldsOf(fieldsOf(spec).template));
  },
  validate: (object) => [
    ...replicaProblems(object),
    ...templateProblems(object, ['Always'], 'replicaset'),
    ...workloadNumberProblems(fieldsOf(object.spec)),
  ],
  validateUpdate: immutableSelector,
};

function dropMaxUnavailable(spec: JsonObject, before: JsonObject): void {
  const rollingOf = (one: JsonObject): JsonObject => fieldsOf(fieldsOf(one.updateStrategy).rollingUpdate);
  if (rollingOf(before).maxUnavailable === undefined) delete rollingOf(spec).maxUnavailable;
}

/** StatefulSets. */
export const statefulSets: Strategy = {
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
  validate: (object) => {
    const spec = fieldsOf(object.spec);
    const service = textOf(spec.serviceName);
    const management = textOf(spec.podManagementPolicy);
    const retention = fieldsOf(spec.persistentVolumeClaimRetentionPolicy);
    return [
      ...(management === 'OrderedReady' || management === 'Parallel'
        ? []
        : [invalidValue('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'")]),
      ...['whenDeleted', 'whenScaled'].flatMap((when) =>
        ['Retain', 'Delete'].includes(textOf(retention[when]))
          ? []
          : [notSupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, retention[when], ['Retain', 'Delete'])],
      ),
      ...statefulSetStrategyProblems(spec),
      ...replicaProblems(object),
      ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
      ...nonNegative('spec.ordinals.start', fieldsOf(spec.ordinals).start),
      ...(service === '' ? [] : dns1123LabelProblems(service)).map((why) =>
        invalidValue('spec.serviceName', service, why),
      ),
      ...objectsOf(spec.volumeClaimTemplates).flatMap((claim, index) =>
        claimSpecProblems(fieldsOf(claim.spec), `spec.volumeClaimTemplates[${index}].spec`),
      ),
      ...templateProblems(withClaimVolumes(object), ['Always'], 'statefulset'),
    ];
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

/** The set with the volumes in its template that each pod gets from the claim templates: they come first, in place of those of their names. */
function withClaimVolumes(object: ServerObject): ServerObject {
  const spec = fieldsOf(object.spec);
  const template = fieldsOf(spec.template);
  const podSpec = fieldsOf(template.spec);
  const names = objectsOf(spec.volumeClaimTemplates).map(({ metadata }) => textOf(fieldsOf(metadata).name));
  if (names.length === 0) return object;
  const claims = [...new Set(names)].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const others = objectsOf(podSpec.volumes).filter(({ name }) => !names.includes(textOf(name)));
  return {
    ...object,
    spec: { ...spec, template: { ...template, spec: { ...podSpec, volumes: [...claims, ...others] } } },
  };
}

const templateGeneration = 'deprecated.daemonset.template.generation';

/** DaemonSets. They count changes of their template in an annotation, which no one reads any more. */
export const daemonSets: Strategy = {
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
  validate: (object) => [
    ...templateProblems(object, ['Always'], 'daemonset'),
    ...daemonSetStrategyProblems(fieldsOf(object.spec)),
    ...workloadNumberProblems(fieldsOf(object.spec)),
  ],
  validateUpdate: immutableSelector,
};

/** ReplicationControllers: the template's labels stand in for a selector and for labels that are not given. */
export const replicationControllers: Strategy = {
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
    const { selector, template } = fieldsOf(object.spec);
    const errors = replicaProblems(object);
    if (Object.keys(fieldsOf(selector)).length === 0) errors.push(required('spec.selector'));
    if (template === undefined || template === null) return [...errors, required('spec.template')];
    const labels = labelsOf(template);
    const matches = Object.entries(fieldsOf(selector)).every(([key, value]) => labels[key] === value);
    if (!matches) {
      const shown = mapEcho(fieldsOf(fieldsOf(template).metadata).labels);
      errors.push(invalidValue('spec.template.metadata.labels', shown, '`selector` does not match template `labels`'));
    }
    const { spec: podSpec } = fieldsOf(template);
    if (fieldsOf(podSpec).activeDeadlineSeconds !== undefined) {
      const why = 'activeDeadlineSeconds in ReplicationController is not Supported';
      errors.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', why));
    }
    return [
      ...errors,
      ...labelProblems(labelsOf(template), 'spec.template.labels'),
      ...annotationProblems(annotationsOf(template), 'spec.template.annotations'),
      ...podSpecProblems(fieldsOf(podSpec), 'spec.template.spec'),
    ];
  },
};

/** PodTemplates, which are a template and nothing else. */
export const podTemplates: Strategy = {
  generation: true,
  returnsDeleted: true,
  defaults: ({ template }) => defaultTemplate(fieldsOf(template)),
  validate: ({ template }) => [
    ...labelProblems(labelsOf(template), 'template.labels'),
    ...annotationProblems(annotationsOf(template), 'template.annotations'),
    ...podSpecProblems(fieldsOf(fieldsOf(template).spec), 'template.spec'),
  ],
};

type Labels = { [key: string]: string };

function annotationsOf(template: unknown): Labels {
  return fieldsOf(fieldsOf(fieldsOf(template).metadata).annotations) as Labels;
}

function labelsOf(template: unknown): { [key: string]: string } {
  return fieldsOf(fieldsOf(fieldsOf(template).metadata).labels) as { [key: string]: string };
}

function replicaProblems({ spec }: ServerObject): FieldError[] {
  const replicas = numberOf(fieldsOf(spec).replicas);
  return replicas !== undefined && replicas < 0
    ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]
    : [];
}

const selectorType = 'apis/meta/v1.LabelSelector';

const workloadNames: { readonly [workload: string]: string } = {
  replicaset: 'ReplicaSet',
  deployment: 'ReplicaSet',
  statefulset: 'StatefulSet',
  daemonset: 'DaemonSet',
};

/** A workload's selector must select its own pods, and its template must make ones that can run. */
function templateProblems({ spec }: ServerObject, restartPolicies: readonly string[], workload: string): FieldError[] {
  const { selector, template } = fieldsOf(spec);
  const errors: FieldError[] = [];
  const unread: FieldError[] = [];
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  if (selector === undefined || selector === null) {
    if (workload !== 'daemonset') errors.push(required('spec.selector'));
    const labels = mapEcho(fieldsOf(fieldsOf(template).metadata).labels);
    errors.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  } else if (Object.keys(fieldsOf(matchLabels)).length === 0 && listOf(matchExpressions).length === 0) {
    errors.push(
      invalidValue(
        'spec.selector',
        selector,
        `empty selector is invalid for ${workload === 'replicaset' ? 'deployment' : workload}`,
      ),
    );
  } else if (labelSelectorProblems(selector, '').length > 0) {
    const why = workload === 'statefulset' ? '' : 'invalid label selector';
    if (workload !== 'daemonset') unread.push(invalidValue('spec.selector', externalEcho(selectorType, selector), why));
  } else if (!matchesLabelSelector(selector as LabelSelector, labelsOf(template))) {
    const why = '`selector` does not match template `labels`';
    errors.push(
      invalidValue('spec.template.metadata.labels', mapEcho(fieldsOf(fieldsOf(template).metadata).labels), why),
    );
  }
  const podSpec = fieldsOf(fieldsOf(template).spec);
  errors.push(...labelSelectorProblems(selector, 'spec.selector'), ...unread);
  const at = 'spec.template';
  errors.push(...labelProblems(labelsOf(template), `${at}.labels`));
  errors.push(...annotationProblems(annotationsOf(template), `${at}.annotations`));
  errors.push(...podAnnotationProblems(annotationsOf(template), podSpec, `${at}.annotations`));
  // The metadata of the template of a StatefulSet is checked twice.
  if (workload === 'statefulset')
    errors.push(
      ...labelProblems(labelsOf(template), `${at}.labels`),
      ...annotationProblems(annotationsOf(template), `${at}.annotations`),
      ...podAnnotationProblems(annotationsOf(template), podSpec, `${at}.annotations`),
    );
  errors.push(...podSpecProblems(podSpec, `${at}.spec`));
  if (podSpec.activeDeadlineSeconds !== undefined) {
    const name = workloadNames[workload] ?? workload;
    const why = `activeDeadlineSeconds in ${name} is not Supported`;
    errors.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', why));
  }
  const policy = textOf(podSpec.restartPolicy);
  if (policy !== '' && !restartPolicies.includes(policy)) {
    errors.push(notSupported('spec.template.spec.restartPolicy', policy, restartPolicies));
  }
  return errors;
}

function immutableSelector(object: ServerObject, old: ServerObject): FieldError[] {
  const { selector } = fieldsOf(object.spec);
  if (equal(selector, fieldsOf(old.spec).selector)) return [];
  return [invalidValue('spec.selector', externalEcho(selectorType, selector), 'field is immutable')];
}
