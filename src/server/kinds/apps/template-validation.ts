import { type LabelSelector, matchesLabelSelector } from '../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { externalEcho, mapEcho } from '../../go-text/echo.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../object/field-error.js';
import { isSelectable, labelSelectorProblems } from '../../validation/label-selector-problems.js';
import { annotationProblems, labelProblems } from '../../validation/meta-problems.js';
import { podAnnotationProblems } from '../core/pods/pod-annotations.js';
import { podTemplateProblems } from '../core/pods/pod-template.js';

const path = 'spec.template';
const selectorPath = 'spec.selector';
const mismatch = '`selector` does not match template `labels`';

/** Validates the selector and the template of a Deployment or ReplicaSet. */
export function replicaTemplateProblems(spec: JsonObject): FieldError[] {
  const errors = selectorProblems(spec.selector, 'deployment');
  if (!isSelectable(spec.selector)) return [...errors, unselectable(spec.selector, 'invalid label selector')];
  return [
    ...errors,
    ...matchProblems(spec),
    ...podTemplateProblems(spec.template, path),
    ...alwaysRestarted(spec, 'ReplicaSet'),
  ];
}

/** Validates the selector and the template of a StatefulSet. `checked` is false if the template of the stored object is not valid. */
export function statefulTemplateProblems(given: JsonObject, checked: boolean): FieldError[] {
  const spec = withClaimVolumes(given);
  const errors = selectorProblems(spec.selector, 'statefulset');
  if (!isSelectable(spec.selector))
    return [...errors, unselectable(spec.selector, ''), ...alwaysRestarted(spec, 'StatefulSet')];
  const { metadata, spec: podSpec } = fieldsOf(spec.template);
  const labels = fieldsOf(fieldsOf(metadata).labels) as { [key: string]: string };
  const annotations = fieldsOf(fieldsOf(metadata).annotations) as { [key: string]: string };
  return [
    ...errors,
    ...matchProblems(spec),
    ...(checked ? podTemplateProblems(spec.template, path) : []),
    // kube-apiserver checks the metadata of this template twice.
    ...labelProblems(labels, `${path}.labels`),
    ...annotationProblems(annotations, `${path}.annotations`),
    ...podAnnotationProblems(annotations, fieldsOf(podSpec), `${path}.annotations`),
    ...alwaysRestarted(spec, 'StatefulSet'),
  ];
}

/** Validates the selector and the template of a DaemonSet. */
export function daemonTemplateProblems(spec: JsonObject): FieldError[] {
  const { selector } = spec;
  const errors = labelSelectorProblems(selector, selectorPath);
  if (isSelectable(selector) && !isEmpty(selector) && !matches(spec)) errors.push(mismatched(spec));
  if (isGiven(selector) && isEmpty(selector))
    errors.push(invalidValue(selectorPath, shownSelector(selector), 'empty selector is invalid for daemonset'));
  return [...errors, ...podTemplateProblems(spec.template, path), ...alwaysRestarted(spec, 'DaemonSet')];
}

function selectorProblems(selector: unknown, workload: string): FieldError[] {
  if (!isGiven(selector)) return [required(selectorPath)];
  const errors = labelSelectorProblems(selector, selectorPath);
  if (!isEmpty(selector)) return errors;
  return [...errors, invalidValue(selectorPath, shownSelector(selector), `empty selector is invalid for ${workload}`)];
}

/** Reports whether a selector selects everything. Without a selector, a workload selects nothing. */
function isEmpty(selector: unknown): boolean {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  return isGiven(selector) && Object.keys(fieldsOf(matchLabels)).length === 0 && listOf(matchExpressions).length === 0;
}

function matchProblems(spec: JsonObject): FieldError[] {
  return isEmpty(spec.selector) || matches(spec) ? [] : [mismatched(spec)];
}

function matches({ selector, template }: JsonObject): boolean {
  const labels = fieldsOf(fieldsOf(template).metadata).labels;
  return (
    isGiven(selector) && matchesLabelSelector(selector as LabelSelector, fieldsOf(labels) as { [key: string]: string })
  );
}

function mismatched({ template }: JsonObject): FieldError {
  return invalidValue(`${path}.metadata.labels`, mapEcho(fieldsOf(fieldsOf(template).metadata).labels), mismatch);
}

function unselectable(selector: unknown, why: string): FieldError {
  return invalidValue(selectorPath, shownSelector(selector), why);
}

/** Returns a label selector as errors quote it. */
export function shownSelector(selector: unknown): unknown {
  return isGiven(selector) ? externalEcho('apis/meta/v1.LabelSelector', selector) : null;
}

/** The pods of a workload are restarted, and have no deadline. */
function alwaysRestarted({ template }: JsonObject, kind: string): FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = fieldsOf(fieldsOf(template).spec);
  const errors: FieldError[] = [];
  if (restartPolicy !== 'Always')
    errors.push(notSupported(`${path}.spec.restartPolicy`, textOf(restartPolicy), ['Always']));
  if (isGiven(activeDeadlineSeconds))
    errors.push(
      forbiddenField(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`),
    );
  return errors;
}

/** Returns a spec with the volumes in its template that each pod gets from the claim templates, in place of those of their names. */
function withClaimVolumes(spec: JsonObject): JsonObject {
  const template = fieldsOf(spec.template);
  const { hostname: _h, subdomain: _s, ...podSpec } = fieldsOf(template.spec);
  const names = objectsOf(spec.volumeClaimTemplates).map(({ metadata }) => textOf(fieldsOf(metadata).name));
  const claims = [...new Set(names)].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const others = objectsOf(podSpec.volumes).filter(({ name }) => !names.includes(textOf(name)));
  const volumes = names.length === 0 ? podSpec.volumes : [...claims, ...others];
  return { ...spec, template: { ...template, spec: { ...podSpec, volumes } } };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
