import type { Status, StatusCause } from '../meta/status.js';
import type { Destination } from './destination.js';
import { isKubeError, KubeError, type RequestContext } from './kube-error.js';

/** The longest server message that goes into `ApiError.message`; `status.message` holds all of it. */
const maxMessage = 8192;

/** The options of an `ApiError`. */
export interface ApiErrorOptions {
  /** The server's answer. */
  readonly status: Status;
  /** The code of the HTTP answer. Default: `status.code`, else 500. */
  readonly httpStatus?: number | undefined;
  /** The request; the message begins with it. */
  readonly request?: RequestContext | undefined;
  /** The server that was asked, and as whom; the message ends with it if the server refused the user (401 or 403). */
  readonly destination?: Destination | undefined;
  /** The time that the server asks to wait, from its header. Default: `status.details.retryAfterSeconds`. */
  readonly retryAfterMs?: number | undefined;
  /** The error underneath, if there is one. */
  readonly cause?: unknown;
}

/**
 * The API server (or something before it) answered and refused. Holds the server's `Status` and answers questions about it.
 *
 * The questions look at `status.reason`, and at the HTTP code where the reason is absent or unknown, as client-go's do.
 * The message says what was tried on what, the code, the reason, and what the server said.
 */
export class ApiError extends KubeError {
  static {
    ApiError.prototype.name = 'ApiError';
  }

  override readonly code = 'ERR_KUBE_API';
  /** The server's answer. It is made from the HTTP answer if the body was not a `Status`. */
  readonly status: Status;
  /** The HTTP status code; for an ERROR frame of a watch the code inside its `Status`. */
  readonly httpStatus: number;
  /** The time that the server asks to wait before the next attempt, in milliseconds. Absent if it does not say. */
  declare readonly retryAfterMs?: number;

  constructor(options: ApiErrorOptions) {
    const { status } = options;
    const httpStatus = options.httpStatus ?? status.code ?? 500;
    const refused = httpStatus === 401 || httpStatus === 403;
    super(describeStatus(status, httpStatus), { ...options, destination: refused ? options.destination : undefined });
    this.status = status;
    this.httpStatus = httpStatus;
    const seconds = status.details?.retryAfterSeconds;
    const retryAfterMs = options.retryAfterMs ?? (seconds !== undefined && seconds > 0 ? seconds * 1000 : undefined);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }

  /** The server's word for what went wrong, such as `NotFound`; empty when it gave none. */
  get reason(): string {
    return this.status.reason ?? '';
  }

  /** The single faults, such as the fields at fault of an invalid object. Empty when the server named none. */
  get causes(): readonly StatusCause[] {
    return this.status.details?.causes ?? [];
  }

  /** 400: the request made no sense to the server. */
  get isBadRequest(): boolean {
    return this.#is('BadRequest', 400);
  }

  /** 401: the server does not know who asks. */
  get isUnauthorized(): boolean {
    return this.#is('Unauthorized', 401);
  }

  /** 403: the asker may not do this, or admission forbids it. */
  get isForbidden(): boolean {
    return this.#is('Forbidden', 403);
  }

  /** 404: no such object, or no such resource. */
  get isNotFound(): boolean {
    return this.#is('NotFound', 404);
  }

  /** 405: the resource has no such verb. */
  get isMethodNotSupported(): boolean {
    return this.#is('MethodNotAllowed', 405);
  }

  /** 406: the server has no encoding the client accepts. */
  get isNotAcceptable(): boolean {
    return this.#is('NotAcceptable', 406);
  }

  /** 409 because the object has changed since it was read, or another manager owns a field. Not `AlreadyExists`. */
  get isConflict(): boolean {
    return this.#is('Conflict', 409);
  }

  /** 409 because an object of that name exists (or is still being deleted). */
  get isAlreadyExists(): boolean {
    return this.reason === 'AlreadyExists';
  }

  /** 410, whatever the reason: history asked for is gone. A list or watch has to begin anew. */
  get isGone(): boolean {
    return this.httpStatus === 410 || this.reason === 'Gone' || this.reason === 'Expired';
  }

  /** 410 because a resourceVersion or a continue token is too old. */
  get isExpired(): boolean {
    return this.reason === 'Expired';
  }

  /** 413: the object is too large. */
  get isRequestEntityTooLarge(): boolean {
    return this.httpStatus === 413 || this.reason === 'RequestEntityTooLarge';
  }

  /** 415: the server does not read the encoding it was sent. */
  get isUnsupportedMediaType(): boolean {
    return this.#is('UnsupportedMediaType', 415);
  }

  /** 422: the object breaks a rule; `causes` says where. */
  get isInvalid(): boolean {
    return this.#is('Invalid', 422);
  }

  /** 429: asked too often, or an eviction would break a disruption budget. `retryAfterMs` says how long to wait. */
  get isTooManyRequests(): boolean {
    return this.httpStatus === 429 || this.reason === 'TooManyRequests';
  }

  /** 500: the server failed. */
  get isInternal(): boolean {
    return this.#is('InternalError', 500);
  }

  /** 503: the server, or the API behind it, is not there now. */
  get isServiceUnavailable(): boolean {
    return this.#is('ServiceUnavailable', 503);
  }

  /** 504: the work was not done in time; it may or may not have happened. */
  get isTimeout(): boolean {
    return this.#is('Timeout', 504);
  }

  /** The server gave up waiting and asks to try again (`ServerTimeout`). */
  get isServerTimeout(): boolean {
    return this.reason === 'ServerTimeout';
  }

  /** The resourceVersion asked for lies in the future of this server: its cache is behind. */
  get isResourceVersionTooLarge(): boolean {
    return this.isTimeout && this.hasCause('ResourceVersionTooLarge');
  }

  /** The namespace is being deleted, so nothing can be made in it. */
  get isNamespaceTerminating(): boolean {
    return this.hasCause('NamespaceTerminating');
  }

  /** Reports whether one of the causes has this reason, such as `FieldManagerConflict` or `DisruptionBudget`. */
  hasCause(reason: string): boolean {
    return this.causes.some((cause) => cause.reason === reason);
  }

  #is(reason: string, code: number): boolean {
    return this.reason === reason || (this.httpStatus === code && !knownReasons.has(this.reason));
  }
}

/** Reasons that decide by themselves; any other leaves the decision to the HTTP code. */
const knownReasons: ReadonlySet<string> = new Set([
  'Unauthorized',
  'Forbidden',
  'NotFound',
  'AlreadyExists',
  'Conflict',
  'Gone',
  'Invalid',
  'ServerTimeout',
  'Timeout',
  'TooManyRequests',
  'BadRequest',
  'MethodNotAllowed',
  'InternalError',
  'Expired',
  'ServiceUnavailable',
  'NotAcceptable',
  'RequestEntityTooLarge',
  'UnsupportedMediaType',
  'StorageReadError',
]);

function describeStatus(status: Status, httpStatus: number): string {
  const head = status.reason ? `${httpStatus} ${status.reason}` : `${httpStatus}`;
  const said = (status.message ?? '').slice(0, maxMessage);
  // `Unauthorized` answered with the message "Unauthorized" needs no echo.
  return said === '' || said === status.reason ? head : `${head}: ${said}`;
}

/** Reports whether the server answered and refused. Recognizes errors of other copies of the package too. */
export function isApiError(error: unknown): error is ApiError {
  return isKubeError(error, 'ERR_KUBE_API');
}

/** Reports whether the server answered that the object does not exist. */
export function isNotFound(error: unknown): error is ApiError {
  return isApiError(error) && error.isNotFound;
}

/** Reports whether the server answered that the object has changed since you read it (not that it already exists). */
export function isConflict(error: unknown): error is ApiError {
  return isApiError(error) && error.isConflict;
}

/** Reports whether the server answered that an object with this name exists. */
export function isAlreadyExists(error: unknown): error is ApiError {
  return isApiError(error) && error.isAlreadyExists;
}

/** Reports whether the requested history is gone (410, `Gone` or `Expired`). */
export function isGone(error: unknown): error is ApiError {
  return isApiError(error) && error.isGone;
}

/** Reports whether the user lacks the right to do this. */
export function isForbidden(error: unknown): error is ApiError {
  return isApiError(error) && error.isForbidden;
}

/** Reports whether the server did not accept the credentials. */
export function isUnauthorized(error: unknown): error is ApiError {
  return isApiError(error) && error.isUnauthorized;
}

/** Reports whether the object breaks a rule; the `causes` of the error say which. */
export function isInvalid(error: unknown): error is ApiError {
  return isApiError(error) && error.isInvalid;
}

/** Reports whether the server asks to try again later; `retryAfterMs` may say when. */
export function isTooManyRequests(error: unknown): error is ApiError {
  return isApiError(error) && error.isTooManyRequests;
}
