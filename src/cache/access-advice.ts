import { ApiError, isApiError, type RequestContext } from '../errors/index.js';

/** The collection that an error concerns, which decides the advice. */
export interface ReadCollection {
  readonly source: { readonly context: RequestContext };
  readonly namespace: string | undefined;
}

/** Reports whether the server refuses a list or watch for a reason that only a user can fix: 401, 403 or 404. */
export function isAccessProblem(error: unknown): error is ApiError {
  return isApiError(error) && (error.isUnauthorized || error.isForbidden || error.isNotFound);
}

/** Returns `error` with what to grant or install added to its message, if it is such a refusal; else `error` as it is. */
export function withAdvice(error: unknown, collection: ReadCollection): unknown {
  if (!isAccessProblem(error)) return error;
  const { status, httpStatus, request, destination, retryAfterMs } = error;
  const message = `${status.message ?? status.reason ?? ''}. ${adviceFor(error, collection)}`;
  return new ApiError({ status: { ...status, message }, httpStatus, request, destination, retryAfterMs, cause: error });
}

function adviceFor(error: ApiError, { source, namespace }: ReadCollection): string {
  const { resource = 'the resource', kind = 'the kind' } = source.context;
  if (error.isUnauthorized) return 'Check the credentials of this user: the server does not accept them.';
  if (error.isForbidden) {
    const role = namespace === undefined ? 'a ClusterRole' : `a Role in the namespace ${namespace}`;
    return `Grant this user the verbs list and watch on ${resource}, by ${role} and a binding.`;
  }
  const group = resource.includes('.')
    ? `Install the CustomResourceDefinition ${resource}`
    : `Check the path of ${resource}`;
  return `${group}, or check the version of ${kind}: the server does not serve it.`;
}
