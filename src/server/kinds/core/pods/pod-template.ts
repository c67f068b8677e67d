import { fieldsOf, listOf } from '../../../../util/json-fields.js';
import { type FieldError, forbiddenField } from '../../../object/field-error.js';
import { annotationProblems, labelProblems } from '../../../validation/meta-problems.js';
import { podAnnotationProblems } from './pod-annotations.js';
import { podSpecProblems } from './pod-spec.js';

/** Validates the template of pods: its labels, annotations and spec. */
export function podTemplateProblems(template: unknown, path: string): FieldError[] {
  const { metadata, spec } = fieldsOf(template);
  const podSpec = fieldsOf(spec);
  const [labels, annotations] = [textsOf(fieldsOf(metadata).labels), textsOf(fieldsOf(metadata).annotations)];
  const errors = [
    ...labelProblems(labels, `${path}.labels`),
    ...annotationProblems(annotations, `${path}.annotations`),
    ...podAnnotationProblems(annotations, podSpec, `${path}.annotations`),
    ...podSpecProblems(podSpec, `${path}.spec`),
  ];
  if (listOf(podSpec.ephemeralContainers).length === 0) return errors;
  return [
    ...errors,
    forbiddenField(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'),
  ];
}

function textsOf(value: unknown): { [key: string]: string } {
  return fieldsOf(value) as { [key: string]: string };
}
