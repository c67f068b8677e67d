import { fieldsOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { internalDiff } from '../../../go-text/echo.js';
import { duplicate, type FieldError, forbiddenField, notFoundValue } from '../../../object/field-error.js';
import type { ServerObject } from '../../../object/server-object.js';
import { mirrorAnnotation } from './mirror-annotation.js';

/** The fields of containers that ephemeral ones cannot have. */
const notEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
];
const why = 'cannot be set for an Ephemeral Container';

/**
 * Checks the ephemeral containers of a pod. `common` checks what they share with other containers.
 */
export function ephemeralContainerProblems(
  spec: JsonObject,
  path: string,
  common: (container: JsonObject, path: string) => FieldError[],
): FieldError[] {
  const others = new Set([...objectsOf(spec.containers), ...objectsOf(spec.initContainers)].map(({ name }) => name));
  const taken = new Set(others);
  return objectsOf(spec.ephemeralContainers).flatMap((container, index) => {
    const at = `${path}.ephemeralContainers[${index}]`;
    const errors = common(container, at);
    if (taken.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    taken.add(container.name);
    const target = textOf(container.targetContainerName);
    if (target !== '' && !others.has(target)) errors.push(notFoundValue(`${at}.targetContainerName`, target));
    return [...errors, ...fieldProblems(container, at)];
  });
}

function fieldProblems(container: JsonObject, path: string): FieldError[] {
  const isSet = (value: unknown): boolean =>
    value !== undefined && value !== null && value !== '' && Object.keys(value).length > 0;
  const errors = notEphemeral
    .filter((field) => isSet(container[field]))
    .map((field) => forbiddenField(`${path}.${field}`, why));
  for (const [index, mount] of objectsOf(container.volumeMounts).entries()) {
    for (const field of ['subPath', 'subPathExpr'])
      if (textOf(mount[field]) !== '') errors.push(forbiddenField(`${path}.volumeMounts[${index}].${field}`, why));
  }
  return errors;
}

/** Checks that the ephemeral containers of a pod are only added to. */
export function ephemeralUpdateProblems(pod: ServerObject, old: ServerObject): FieldError[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined)
    return [forbiddenField('', 'static pods do not support ephemeral containers')];
  const now = new Map(
    objectsOf(fieldsOf(pod.spec).ephemeralContainers).map((container) => [container.name, container]),
  );
  return objectsOf(fieldsOf(old.spec).ephemeralContainers).flatMap((container) => {
    const present = now.get(container.name);
    if (equal(present ?? null, container)) return [];
    const what = present === undefined ? 'removed' : 'changed';
    const diff = present === undefined ? '' : internalDiff('core/v1.EphemeralContainer', container, present);
    const text = `existing ephemeral containers ${JSON.stringify(container.name)} may not be ${what}\n${diff}`;
    return [forbiddenField('spec.ephemeralContainers', text)];
  });
}
