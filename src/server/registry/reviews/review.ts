import { fieldsOf, textOf } from '../../fields.js';
import { decodeBody } from '../../http/body.js';
import type { ServerResponse } from '../../http/message.js';
import { parseWriteOptions } from '../../http/write-options.js';
import type { JsonObject } from '../../patch/json-value.js';
import { badRequest, failure } from '../../status-error.js';
import { invalid, invalidValue } from '../../validation/field-error.js';
import type { ResourceRequest } from '../context.js';
import { decodeKind, kindOf, objectFromBody } from '../decode-object.js';
import { renderObject } from '../render.js';

/** Says what a review's status is. */
type Answer = (request: ResourceRequest, spec: JsonObject) => JsonObject;

const why = 'this server has no authorizer: everybody may do everything';

/** Kinds that are asked and answered, and never kept. This server lets everybody do everything, and says so. */
const answers: { readonly [kind: string]: Answer } = {
  SelfSubjectReview: ({ user }) => {
    const { username, groups, uid } = user;
    return { userInfo: { username, groups, ...(uid === undefined ? {} : { uid }) } };
  },
  TokenReview: (_request, spec) => {
    if (textOf(spec.token) === '') throw badRequest('token is required for TokenReview in authentication');
    return { user: {}, error: 'this server does not know the token' };
  },
  SelfSubjectAccessReview: allowed,
  SubjectAccessReview: allowed,
  LocalSubjectAccessReview: (request, spec) => {
    const { namespace } = fieldsOf(spec.resourceAttributes);
    if (textOf(namespace) !== request.path.namespace) {
      const field = 'spec.resourceAttributes.namespace';
      const { group, kind } = request.resource;
      throw invalid({ group, kind }, '', [invalidValue(field, textOf(namespace), `must match metadata.namespace`)]);
    }
    return allowed(request, spec);
  },
  SelfSubjectRulesReview: (_request, spec) => {
    if (textOf(spec.namespace) === '') throw badRequest('no namespace on request');
    return {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    };
  },
};

function allowed({ resource }: ResourceRequest, spec: JsonObject): JsonObject {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const subject = { group: resource.group, kind: '' };
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw invalid(subject, '', [invalidValue('spec.resourceAttributes', null, message)]);
  }
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const message = 'cannot be specified in combination with resourceAttributes';
    throw invalid(subject, '', [invalidValue('spec.nonResourceAttributes', nonResourceAttributes, message)]);
  }
  return { allowed: true, reason: why };
}

/** POST of a review. */
export async function createReview(request: ResourceRequest): Promise<ServerResponse> {
  const { resource } = request;
  const options = parseWriteOptions(request.http, request.query, 'CreateOptions');
  const review = objectFromBody(
    await decodeBody(request.http, resource.kind, resource.apiVersion),
    kindOf(resource),
    options,
    request.warnings,
  );
  const answer = Object.hasOwn(answers, resource.kind) ? answers[resource.kind] : undefined;
  if (answer === undefined) throw failure(501, 'NotImplemented', `${resource.kind} is not supported by this server`);
  const spec = fieldsOf(review.spec);
  const status = answer(request, spec);
  return renderObject(request, 201, decodeKind({ ...review, spec, status }, kindOf(resource)));
}
