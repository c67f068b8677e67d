import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { internalDiff } from '../../../go-text/echo.js';
import { type FieldError, forbiddenField, invalidValue, required } from '../../../object/field-error.js';
import type { ServerObject } from '../../../object/server-object.js';
import { tolerationProblems } from '../../../validation/scheduling.js';

const mutable =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Checks what an update changes in the spec of a pod. */
export function podUpdateProblems(pod: ServerObject, old: ServerObject): FieldError[] {
  const [spec, before] = [fieldsOf(pod.spec), fieldsOf(old.spec)];
  const errors: FieldError[] = [];
  for (const list of ['containers', 'initContainers']) {
    const containers = objectsOf(spec[list]);
    if (containers.length !== objectsOf(before[list]).length)
      return [...errors, forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers')];
    errors.push(
      ...containers.flatMap(({ image }, index) => imageProblems(textOf(image), `spec.${list}[${index}].image`)),
    );
  }
  const deadline = deadlineProblems(numberOf(spec.activeDeadlineSeconds), numberOf(before.activeDeadlineSeconds));
  errors.push(...deadline.errors);
  if (deadline.ends) return errors;
  errors.push(...addedTolerationProblems(spec.tolerations, before.tolerations), ...gateProblems(spec, before));
  if (equal(spec, before)) return errors;
  const isGated = listOf(before.schedulingGates).length > 0;
  if (isGated) errors.push(...nodeSelectorProblems(spec, before), ...nodeAffinityProblems(spec, before));
  if (equal(frozen(spec, isGated), frozen(before, isGated))) return errors;
  const diff = internalDiff('core/v1.PodSpec', before, munged(spec, before, isGated));
  return [...errors, forbiddenField('spec', `${mutable}\n${diff}`)];
}

function imageProblems(image: string, field: string): FieldError[] {
  if (image === '') return [required(field)];
  return image.trim() === image ? [] : [invalidValue(field, image, 'must not have leading or trailing whitespace')];
}

function deadlineProblems(
  now: number | undefined,
  before: number | undefined,
): { errors: FieldError[]; ends: boolean } {
  const path = 'spec.activeDeadlineSeconds';
  const [lowest, highest] = [0, 2_147_483_647];
  if (now === undefined) {
    const why = 'must not update from a positive integer to nil value';
    return { errors: before === undefined ? [] : [invalidValue(path, null, why)], ends: false };
  }
  if (now < lowest || now > highest) {
    const why = `must be between ${lowest} and ${highest}, inclusive`;
    return { errors: [invalidValue(path, now, why)], ends: true };
  }
  if (before === undefined || now <= before) return { errors: [], ends: false };
  return { errors: [invalidValue(path, now, 'must be less than or equal to previous value')], ends: true };
}

/** Tolerations may be added; of those that were there only the seconds may change. */
function addedTolerationProblems(now: unknown, before: unknown): FieldError[] {
  const bare = ({ tolerationSeconds: _, ...toleration }: JsonObject): JsonObject => toleration;
  const present = objectsOf(now).map(bare);
  if (objectsOf(before).every((toleration) => present.some((one) => equal(one, bare(toleration)))))
    return tolerationProblems(now, 'spec.tolerations');
  return [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function gateProblems(spec: JsonObject, before: JsonObject): FieldError[] {
  const known = new Set(objectsOf(before.schedulingGates).map(({ name }) => textOf(name)));
  return objectsOf(spec.schedulingGates).flatMap(({ name }, index) => {
    const why = `only deletion is allowed, but found new scheduling gate '${textOf(name)}'`;
    return known.has(textOf(name)) ? [] : [forbiddenField(`spec.schedulingGates[${index}].name`, why)];
  });
}

/** A pod that scheduling gates hold back may be confined to fewer nodes. */
function nodeSelectorProblems(spec: JsonObject, before: JsonObject): FieldError[] {
  const now = fieldsOf(spec.nodeSelector);
  if (Object.entries(fieldsOf(before.nodeSelector)).every(([key, value]) => now[key] === value)) return [];
  const why = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  return [invalidValue('spec.nodeSelector', spec.nodeSelector ?? null, why)];
}

function nodeAffinityProblems(spec: JsonObject, before: JsonObject): FieldError[] {
  const mandatory = 'requiredDuringSchedulingIgnoredDuringExecution';
  const path = `spec.affinity.nodeAffinity.${mandatory}.nodeSelectorTerms`;
  const termsOf = (one: JsonObject): JsonObject[] =>
    objectsOf(fieldsOf(fieldsOf(fieldsOf(one.affinity).nodeAffinity)[mandatory]).nodeSelectorTerms);
  const [terms, old] = [termsOf(spec), termsOf(before)];
  if (old.length === 0) return [];
  if (terms.length !== old.length)
    return [invalidValue(path, terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')];
  return terms.flatMap((term, index) =>
    onlyAdds(term, old[index] ?? {})
      ? []
      : [invalidValue(`${path}[${index}]`, term, 'only additions are allowed (no mutations or deletions)')],
  );
}

function onlyAdds(term: JsonObject, old: JsonObject): boolean {
  const lists = ['matchExpressions', 'matchFields'];
  const count = (one: JsonObject): number => lists.reduce((sum, list) => sum + listOf(one[list]).length, 0);
  if (count(old) === 0) return count(term) === 0;
  return lists.every((list) => equal(listOf(term[list]).slice(0, listOf(old[list]).length), listOf(old[list])));
}

/** Returns a spec with the old values of everything that may change. */
function munged(spec: JsonObject, before: JsonObject, isGated: boolean): JsonObject {
  const withImages = (list: string): JsonObject[] | undefined => {
    const containers = objectsOf(spec[list]).map((container, index) => ({
      ...container,
      image: objectsOf(before[list])[index]?.image,
    }));
    return containers.length === 0 ? undefined : containers;
  };
  const { activeDeadlineSeconds, schedulingGates, tolerations, nodeSelector, affinity } = before;
  const { nodeAffinity } = fieldsOf(affinity);
  const others = { ...fieldsOf(spec.affinity), nodeAffinity };
  const hasAffinity = affinity !== undefined || Object.values(others).some((part) => part !== undefined);
  return {
    ...spec,
    containers: withImages('containers'),
    initContainers: withImages('initContainers'),
    ...{ activeDeadlineSeconds, schedulingGates, tolerations },
    ...(isGated ? { nodeSelector, affinity: hasAffinity ? others : undefined } : {}),
  };
}

/** The part of a spec that never changes; of a gated pod the nodes it may run on are left out too. */
function frozen(spec: JsonObject, isGated: boolean): JsonObject {
  const { activeDeadlineSeconds: _a, tolerations: _t, schedulingGates: _s, ...rest } = spec;
  for (const list of ['containers', 'initContainers']) {
    if (rest[list] !== undefined)
      rest[list] = objectsOf(rest[list]).map(({ image: _image, ...container }) => container);
  }
  if (!isGated) return rest;
  const { nodeSelector: _n, affinity, ...others } = rest;
  const { nodeAffinity: _na, ...about } = fieldsOf(affinity);
  return Object.keys(about).length > 0 ? { ...others, affinity: about } : others;
}
