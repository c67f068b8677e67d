import type { ObjectMeta } from '../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { type FieldError, invalidValue, required } from '../../object/field-error.js';
import type { ResourceRequest } from '../../object/server-context.js';
import { requirementProblems } from '../../validation/label-selector-problems.js';

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** Validates a SubjectAccessReview, a LocalSubjectAccessReview or a SelfSubjectAccessReview. Returns everything that is wrong. */
export function accessReviewProblems(
  { resource, path }: Pick<ResourceRequest, 'resource' | 'path'>,
  metadata: ObjectMeta,
  spec: JsonObject,
): FieldError[] {
  const errors = attributeProblems(spec);
  if (resource.kind !== 'SelfSubjectAccessReview' && textOf(spec.user) === '' && listOf(spec.groups).length === 0)
    errors.push(invalidValue('spec.user', '', 'at least one of user or group must be specified'));
  errors.push(...selectorProblems(fieldsOf(spec.resourceAttributes)));
  errors.push(...metaProblems(metadata, resource.namespaced));
  if (resource.kind !== 'LocalSubjectAccessReview') return errors;
  const namespace = textOf(fieldsOf(spec.resourceAttributes).namespace);
  if (spec.resourceAttributes !== undefined && namespace !== path.namespace)
    errors.push(invalidValue('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'));
  if (spec.nonResourceAttributes !== undefined) {
    const why = 'disallowed on this kind of request';
    errors.push(invalidValue('spec.nonResourceAttributes', shown(spec.nonResourceAttributes), why));
  }
  return errors;
}

function attributeProblems({ resourceAttributes, nonResourceAttributes }: JsonObject): FieldError[] {
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    return [invalidValue('spec.resourceAttributes', null, message)];
  }
  if (resourceAttributes === undefined || nonResourceAttributes === undefined) return [];
  const message = 'cannot be specified in combination with resourceAttributes';
  return [invalidValue('spec.nonResourceAttributes', shown(nonResourceAttributes), message)];
}

/** The attributes as messages show them: with the names they have in Go. */
function shown(attributes: unknown): JsonObject {
  const { path, verb } = fieldsOf(attributes);
  return { Path: textOf(path), Verb: textOf(verb) };
}

function selectorProblems(attributes: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['fieldSelector', 'labelSelector']) {
    if (attributes[name] === undefined) continue;
    const path = `spec.resourceAttributes.${name}`;
    const { rawSelector, requirements } = fieldsOf(attributes[name]);
    const raw = textOf(rawSelector);
    const wanted = objectsOf(requirements);
    if (raw !== '' && wanted.length > 0)
      errors.push(invalidValue(`${path}.rawSelector`, raw, 'may not specified at the same time as requirements'));
    if (raw === '' && wanted.length === 0)
      errors.push(
        required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`),
      );
    for (const [index, requirement] of wanted.entries()) {
      const at = `${path}.requirements[${index}]`;
      // An operator of a newer client is let through, so that the authorizer can answer.
      const problems = requirementProblems(requirement, at).filter(
        ({ field }) => field !== `${at}.operator` || operators.includes(textOf(requirement.operator)),
      );
      if (name === 'labelSelector') errors.push(...problems);
      else {
        if (textOf(requirement.key) === '') errors.push(required(`${at}.key`, 'must be specified'));
        errors.push(...problems.filter(({ field }) => field === `${at}.values`));
      }
    }
  }
  return errors;
}

/** Checks that a review has no metadata but a namespace, if it is of one, and what the server wrote. */
function metaProblems(metadata: ObjectMeta, namespaced: boolean): FieldError[] {
  const { managedFields: _, namespace = '', creationTimestamp: _c, ...others } = metadata;
  const isForeign = namespace !== '' && !namespaced;
  // Protobuf sends fields that are empty.
  const isEmpty = Object.values(others).every((value) => value === undefined || value === '');
  if (isEmpty && !isForeign) return [];
  const { name, managedFields, ...rest } = metadata;
  const inOrder = { ...(name ? { name } : {}), ...(namespace === '' ? {} : { namespace }), ...rest, managedFields };
  return [invalidValue('metadata', inOrder, namespaced ? 'must be empty except for namespace' : 'must be empty')];
}
