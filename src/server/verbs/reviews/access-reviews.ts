import { fieldsOf, listOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { attributesOfReview } from '../../authz/attributes.js';
import type { ResourceRequest } from '../../object/server-context.js';
import { badRequest } from '../../object/status-error.js';
import type { UserInfo } from '../../object/user.js';

/** Reviews the rights of the user who asks. */
export function reviewSelf(request: ResourceRequest, spec: JsonObject): Promise<JsonObject> {
  return answer(request, spec, request.user);
}

/** Reviews the rights of another user. */
export function reviewSubject(request: ResourceRequest, spec: JsonObject): Promise<JsonObject> {
  const uid = textOf(spec.uid);
  const extra = Object.fromEntries(
    Object.entries(fieldsOf(spec.extra)).map(([key, values]) => [key.toLowerCase(), listOf(values).map(textOf)]),
  );
  const user = { username: textOf(spec.user), groups: listOf(spec.groups).map(textOf), extra };
  return answer(request, spec, uid === '' ? user : { ...user, uid });
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
