import { objectsOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue } from '../../../object/field-error.js';
import { relativePathProblems } from '../../../validation/value-problems.js';
import { mirrorAnnotation } from './mirror-annotation.js';

type Annotations = { readonly [key: string]: string };

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
const appArmor = 'container.apparmor.security.beta.kubernetes.io/';

/** Checks the annotations that mean something to a pod, in a pod or in a template. */
export function podAnnotationProblems(annotations: Annotations, spec: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (annotations[mirrorAnnotation] !== undefined && (spec.nodeName ?? '') === '') {
    const why = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalidValue(`${path}[${mirrorAnnotation}]`, annotations[mirrorAnnotation], why));
  }
  const cost = annotations[deletionCost];
  if (cost !== undefined && !isInt32(cost))
    errors.push(invalidValue(`${path}[${deletionCost}]`, cost, 'must be a 32bit integer'));
  for (const [key, profile] of Object.entries(annotations))
    if (key === seccompPod || key.startsWith(seccompContainer))
      errors.push(...seccompProblems(profile, `${path}.${key}`));
  for (const [key, profile] of Object.entries(annotations)) {
    if (!key.startsWith(appArmor)) continue;
    const name = key.slice(appArmor.length);
    const at = `${path}[${key}]`;
    const lists = ['initContainers', 'containers', 'ephemeralContainers'];
    if (!lists.some((list) => objectsOf(spec[list]).some((container) => container.name === name)))
      errors.push(invalidValue(at, name, 'container not found'));
    if (!['', 'runtime/default', 'unconfined'].includes(profile) && !profile.startsWith('localhost/'))
      errors.push(invalidValue(at, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`));
  }
  return errors;
}

/** Checks that an update leaves alone the annotations that a pod has for good. */
export function podAnnotationUpdateProblems(annotations: Annotations, old: Annotations): FieldError[] {
  const path = 'metadata.annotations';
  const errors: FieldError[] = [];
  const check = (key: string, what: string): void => {
    if (key.startsWith(appArmor))
      errors.push(forbiddenField(`${path}[${key}]`, `may not ${what} AppArmor annotations`));
    if (key === mirrorAnnotation)
      errors.push(forbiddenField(`${path}[${key}]`, `may not ${what} mirror pod annotation`));
  };
  for (const [key, value] of Object.entries(old)) if (annotations[key] !== value) check(key, 'remove or update');
  for (const key of Object.keys(annotations)) if (old[key] === undefined) check(key, 'add');
  return errors;
}

function isInt32(text: string): boolean {
  return /^(0|-?[1-9][0-9]*)$/.test(text) && Math.abs(Number(text) + 0.5) < 2 ** 31;
}

function seccompProblems(profile: string, field: string): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return [];
  const local = 'localhost/';
  if (profile.startsWith(local)) return relativePathProblems(field, profile.slice(local.length));
  return [invalidValue(field, profile, 'must be a valid seccomp profile')];
}
