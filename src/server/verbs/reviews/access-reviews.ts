import type { ObjectMeta } from '../../../meta/index.js';
import { fieldsOf, listOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { attributesOfReview } from '../../authz/attributes.js';
import { type FieldError, invalid, invalidValue } from '../../object/field-error.js';
import type { ResourceRequest } from '../../object/server-context.js';
import { badRequest } from '../../object/status-error.js';
import type { UserInfo } from '../../object/user.js';

/** Reviews the rights of the user who asks. */
export function reviewSelf(request: ResourceRequest, spec: JsonObject): Promise<JsonObject> {
  check(request, attributeProblems(spec));
  return answer(request, spec, request.user);
}

/** Reviews the rights of another user. */
export function reviewSubject(request: ResourceRequest, spec: JsonObject): Promise<JsonObject> {
  const errors = attributeProblems(spec);
  const [username, groups] = [textOf(spec.user), listOf(spec.groups).map(textOf)];
  if (username === '' && groups.length === 0)
    errors.push(invalidValue('spec.user', username, 'at least one of user or group must be specified'));
  check(request, errors);
  const uid = textOf(spec.uid);
  const extra = Object.fromEntries(
    Object.entries(fieldsOf(spec.extra)).map(([key, values]) => [key.toLowerCase(), listOf(values).map(textOf)]),
  );
  return answer(request, spec, { username, groups, extra, ...(uid === '' ? {} : { uid }) });
}

/** The same about one namespace, asked by somebody who may ask there. */
export function reviewSubjectIn(request: ResourceRequest, spec: JsonObject): Promise<JsonObject> {
  const { namespace } = fieldsOf(spec.resourceAttributes);
  if (spec.resourceAttributes !== undefined && textOf(namespace) !== request.path.namespace)
    check(request, [
      invalidValue('spec.resourceAttributes.namespace', textOf(namespace), 'must match metadata.namespace'),
    ]);
  if (spec.nonResourceAttributes !== undefined) {
    const field = 'spec.nonResourceAttributes';
    check(request, [invalidValue(field, shown(spec.nonResourceAttributes), 'disallowed on this kind of request')]);
  }
  return reviewSubject(request, spec);
}

/** All that a user may do in a namespace, asked by themselves. */
export async function reviewRules({ server, user }: ResourceRequest, spec: JsonObject): Promise<JsonObject> {
  const namespace = textOf(spec.namespace);
  if (namespace === '') throw badRequest('no namespace on request');
  const { rules, errors } = await server.authorizer.rulesFor(user, namespace);
  const given = (values: readonly string[] | undefined, name: string): JsonObject =>
    values === undefined ? {} : { [name]: values };
  return {
    resourceRules: rules
      .filter(({ resources }) => resources !== undefined)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        ...given(apiGroups, 'apiGroups'),
        ...given(resources, 'resources'),
        ...given(resourceNames, 'resourceNames'),
      })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
    ...(errors.length === 0 ? {} : { evaluationError: errors.join(', ') }),
  };
}

async function answer({ server }: ResourceRequest, spec: JsonObject, user: UserInfo): Promise<JsonObject> {
  const { allowed, reason = '' } = await server.authorizer.authorize(attributesOfReview(spec, user));
  return { allowed, ...(reason === '' ? {} : { reason }) };
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

/** Checks that a review has no metadata but a namespace, if it is of one. Throws the 422 Status. */
export function checkReviewMeta(request: ResourceRequest, metadata: ObjectMeta): void {
  const { managedFields: _, namespace, creationTimestamp: _c, ...others } = metadata;
  const isForeign = (namespace ?? '') !== '' && !request.resource.namespaced;
  if (Object.keys(others).length === 0 && !isForeign) return;
  const why = request.resource.namespaced ? 'must be empty except for namespace' : 'must be empty';
  check(request, [invalidValue('metadata', metadata, why)]);
}

/** Errors of reviews name no kind. */
function check({ resource }: ResourceRequest, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: resource.group, kind: '' }, '', errors);
}
