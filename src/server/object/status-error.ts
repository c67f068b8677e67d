import type { Status, StatusCause, StatusDetails } from '../../meta/index.js';
import { goQuote } from '../../util/go-quote.js';

/** The resource that an error names. `details.kind` holds the plural, except in Invalid errors, which hold the kind. */
export interface GroupResource {
  readonly group: string;
  readonly plural: string;
  /** The group that errors name, if it is not the served one. Events of events.k8s.io are errors of the core group. */
  readonly innerGroup?: string | undefined;
}

function groupOf({ group, innerGroup }: { group: string; innerGroup?: string | undefined }): string {
  return innerGroup ?? group;
}

/** `deployments.apps`, or `pods` in the core group: how messages name a resource. */
function qualified(resource: GroupResource): string {
  const group = groupOf(resource);
  return group === '' ? resource.plural : `${resource.plural}.${group}`;
}

/** A request that failed, as the Status that will be sent. */
export class StatusError extends Error {
  override readonly name = 'StatusError';

  constructor(
    readonly status: Status & { code: number },
    /** Response headers beyond the usual ones, such as `retry-after`. */
    readonly headers: { readonly [name: string]: string } = {},
  ) {
    super(status.message ?? status.reason ?? 'failure');
  }
}

/** A failure Status. `details` is left out of the body where it is undefined. */
export function failure(
  code: number,
  reason: string,
  message: string,
  details?: StatusDetails | undefined,
  headers?: { readonly [name: string]: string },
): StatusError {
  const status: Status & { code: number } = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
  return new StatusError(status, headers);
}

function detailsOf(resource: GroupResource, name: string): StatusDetails {
  const group = groupOf(resource);
  return {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource.plural,
  };
}

export function notFound(resource: GroupResource, name: string): StatusError {
  return failure(404, 'NotFound', `${qualified(resource)} ${goQuote(name)} not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: GroupResource, name: string, prefix = ''): StatusError {
  const message = `${prefix}${qualified(resource)} ${goQuote(name)} already exists`;
  return failure(409, 'AlreadyExists', message, detailsOf(resource, name));
}

/** Makes the 409 of a write that is based on an outdated state. */
export function conflict(
  resource: GroupResource,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} ${goQuote(name)}: ${why}`;
  return failure(409, 'Conflict', message, detailsOf(resource, name));
}

export function forbidden(
  resource: GroupResource,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): StatusError {
  const subject =
    name === '' ? `${qualified(resource)} is forbidden` : `${qualified(resource)} ${goQuote(name)} is forbidden`;
  const details = detailsOf(resource, name);
  if (causes !== undefined && causes.length > 0) details.causes = [...causes];
  return failure(403, 'Forbidden', `${subject}: ${why}`, details);
}

export function badRequest(message: string): StatusError {
  return failure(400, 'BadRequest', message);
}

/** 500 without a reason: what the real server answers to errors it did not foresee. */
export function internal(message: string): StatusError {
  return failure(500, '', message);
}

/** 500 for an error that the server did not foresee. */
export function internalError(message: string): StatusError {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** 404 for a path in a known group that leads nowhere. */
export function unknownResource(): StatusError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): StatusError {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

/** 405: custom resources have words of their own for a verb that is not theirs. */
export function verbNotSupported({ group, plural }: GroupResource, verb: string): StatusError {
  const message = `${verb} is not supported on resources of kind "${plural}.${group}"`;
  return failure(405, 'MethodNotAllowed', message, { group, kind: plural });
}

/** 410: the history the request needs has been compacted. */
export function expired(message: string): StatusError {
  return failure(410, 'Expired', message);
}

/** 504: the requested revision did not come in time. */
export function tooLargeResourceVersion(requested: number, current: number): StatusError {
  const message = `Timeout: Too large resource version: ${requested}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return failure(504, 'Timeout', message, { causes, retryAfterSeconds: 1 }, { 'retry-after': '1' });
}
