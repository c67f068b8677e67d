import { fieldsOf, listOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { readToken } from '../../authn/bound-tokens.js';
import { renderObject } from '../../encoding/render.js';
import { decodeBody } from '../../http/request-body.js';
import { parseWriteOptions } from '../../http/write-options.js';
import { invalid } from '../../object/field-error.js';
import type { ServerResponse } from '../../object/message.js';
import type { ResourceRequest } from '../../object/server-context.js';
import { badRequest, failure } from '../../object/status-error.js';
import { timestamp } from '../../object/system-fields.js';
import type { UserInfo } from '../../object/user.js';
import { decodeKind, kindOf, objectFromBody } from '../../scheme/decode-object.js';
import { tracked } from '../managed-fields.js';
import { namespaceMismatch } from '../match-path.js';
import { admitPosted } from '../subresources/admit-posted.js';
import { accessReviewProblems } from './access-review-problems.js';
import { reviewRules, reviewSelf, reviewSubject } from './access-reviews.js';

/** Says what a review's status is. */
type Answer = (request: ResourceRequest, spec: JsonObject) => JsonObject | Promise<JsonObject>;

/** Kinds that are asked and answered, and never kept. */
const answers: { readonly [kind: string]: Answer } = {
  SelfSubjectReview: ({ user }) => ({ userInfo: userFields(user) }),
  TokenReview: reviewToken,
  SelfSubjectAccessReview: reviewSelf,
  SubjectAccessReview: reviewSubject,
  LocalSubjectAccessReview: reviewSubject,
  SelfSubjectRulesReview: reviewRules,
};

function userFields({ username, groups, uid, extra }: UserInfo): JsonObject {
  const more = extra === undefined || Object.keys(extra).length === 0 ? {} : { extra };
  return { username, ...(uid === undefined ? {} : { uid }), groups, ...more };
}

/** Reviews a token. */
async function reviewToken({ server }: ResourceRequest, spec: JsonObject): Promise<JsonObject> {
  const token = textOf(spec.token);
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const audiences = listOf(spec.audiences).map(textOf);
  const known = await server.knownToken(token);
  // A static token is for all audiences of the server, and no others.
  const own = server.tokens.audiences.filter((one) => audiences.length === 0 || audiences.includes(one));
  if (known !== undefined && own.length === 0) return { user: {}, error: 'invalid bearer token' };
  const verdict =
    known === undefined
      ? await readToken(server, token, audiences.length > 0 ? audiences : undefined)
      : { user: known, audiences: own };
  if (verdict.user === undefined) return { user: {}, error: verdict.error };
  return { authenticated: true, user: userFields(verdict.user), audiences: verdict.audiences };
}

/** POST of a review. */
export async function createReview(request: ResourceRequest): Promise<ServerResponse> {
  const { resource, path, server } = request;
  const options = parseWriteOptions(request.http, request.query, 'CreateOptions');
  const body = await decodeBody(request.http, resource.kind, resource.apiVersion);
  const review = objectFromBody(body, kindOf(resource), options, request.warnings);
  const { namespace = '' } = review.metadata;
  if (resource.namespaced && namespace !== '' && namespace !== path.namespace) throw namespaceMismatch();
  const answer = Object.hasOwn(answers, resource.kind) ? answers[resource.kind] : undefined;
  if (answer === undefined) throw failure(501, 'NotImplemented', `${resource.kind} is not supported by this server`);
  const admitted = await admitPosted(
    request,
    await tracked(request, options, undefined, review),
    undefined,
    options.dryRun,
  );
  const { metadata } = admitted;
  const spec = fieldsOf(admitted.spec);
  if (resource.kind.endsWith('SubjectAccessReview')) {
    const errors = accessReviewProblems(request, metadata, spec);
    // Errors of reviews name no kind.
    if (errors.length > 0) throw invalid({ group: resource.group, kind: '' }, '', errors);
  }
  const status = await answer(request, spec);
  // Only of itself a user hears when it asked.
  const shown =
    resource.kind === 'SelfSubjectReview' ? { ...metadata, creationTimestamp: timestamp(server.clock) } : metadata;
  // The answer about rules does not repeat the question.
  const asked = resource.kind === 'SelfSubjectRulesReview' ? { metadata: {}, spec: {} } : { metadata: shown };
  return renderObject(request, 201, decodeKind({ ...admitted, ...asked, status }, kindOf(resource)));
}
