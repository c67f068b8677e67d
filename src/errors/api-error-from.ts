import type { Status, StatusCause, StatusDetails } from '../meta/status.js';
import { isObject } from '../util/json-value.js';
import { ApiError } from './api-error.js';
import type { Destination } from './destination.js';
import type { RequestContext } from './kube-error.js';
import { excerpt, scrub, withoutValues } from './scrub.js';

/** Larger bodies are not parsed: no API server writes a Status of a megabyte. */
const maxStatusBytes = 1 << 20;
const maxCauses = 1000;

/** An HTTP answer other than a success. */
export interface ErrorResponse {
  /** The HTTP status code. */
  readonly status: number;
  /** Lower-case names. Read are `content-type` and `retry-after`. */
  readonly headers?: { readonly [name: string]: string | readonly string[] | undefined } | undefined;
  /** As much of the body as was read. */
  readonly body: Uint8Array | string;
  /** The request. */
  readonly request?: RequestContext | undefined;
  /** The server that was asked, and as whom. */
  readonly destination?: Destination | undefined;
  /** True: the server's words may quote an object whose values are secret. They are taken out. */
  readonly confidential?: boolean | undefined;
  /** Milliseconds since the epoch: needed to make use of a `Retry-After` that is a date. */
  readonly now?: number | undefined;
}

/**
 * Creates an `ApiError` from an HTTP answer. A JSON body that is a `Status` is used as it is. For other answers (a proxy's HTML page,
 * plain text, other JSON, an empty body) the HTTP code gives the reason. The message then names the kind of answer, with a short,
 * scrubbed excerpt of plain text or the title of a page. Never throws, whatever the body.
 */
export function apiErrorFromResponse(response: ErrorResponse): ApiError {
  const found = parseStatus(response.body) ?? statusForCode(response);
  const status = response.confidential === true ? redacted(found) : found;
  const retryAfterMs = parseRetryAfter(one(response.headers?.['retry-after']), response.now);
  const { request, destination } = response;
  return new ApiError({ status, httpStatus: response.status, request, destination, retryAfterMs });
}

/** Makes an `ApiError` of a decoded `Status`, such as the object of a watch's ERROR frame. Never throws, whatever `value` is. */
export function apiErrorFromStatus(value: unknown, request?: RequestContext): ApiError {
  const status = toStatus(value) ?? {
    status: 'Failure',
    code: 500,
    reason: 'InternalError',
    message: 'the server reported an error that is no Status',
  };
  return new ApiError({ status, request });
}

function parseStatus(body: Uint8Array | string): Status | undefined {
  if (body.length === 0 || body.length > maxStatusBytes) return undefined;
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && value.kind === 'Status' ? toStatus(value) : undefined;
  } catch {
    return undefined; // truncated or no JSON: the HTTP code still tells
  }
}

/** Returns a status whose messages hold no values of objects. */
function redacted(status: Status): Status {
  const clean = <T extends { message?: string | undefined }>(from: T): T =>
    from.message === undefined ? from : { ...from, message: withoutValues(from.message) };
  const { details } = status;
  if (details?.causes === undefined) return clean(status);
  return { ...clean(status), details: { ...details, causes: details.causes.map(clean) } };
}

/** Takes the known fields of a Status where they have their type, and nothing else: the answer may come from anywhere. */
function toStatus(value: unknown): Status | undefined {
  if (!isObject(value)) return undefined;
  const status: Status = { kind: 'Status', apiVersion: 'v1' };
  const metadata = value.metadata;
  if (isObject(metadata)) status.metadata = strings(metadata, ['resourceVersion', 'continue']);
  Object.assign(status, strings(value, ['status', 'message', 'reason']));
  const code = value.code;
  if (typeof code === 'number' && Number.isInteger(code)) status.code = code;
  const details = value.details;
  if (isObject(details)) status.details = toDetails(details);
  return status;
}

function toDetails(value: Record<string, unknown>): StatusDetails {
  const details: StatusDetails = strings(value, ['name', 'group', 'kind', 'uid']);
  const seconds = value.retryAfterSeconds;
  if (typeof seconds === 'number' && Number.isFinite(seconds)) details.retryAfterSeconds = seconds;
  const causes = value.causes;
  if (Array.isArray(causes)) {
    details.causes = causes
      .slice(0, maxCauses)
      .filter(isObject)
      .map((cause): StatusCause => strings(cause, ['reason', 'message', 'field']));
  }
  return details;
}

function strings<K extends string>(from: Record<string, unknown>, keys: readonly K[]): { [key in K]?: string } {
  const out: { [key in K]?: string } = {};
  for (const key of keys) {
    const value = from[key];
    // Webhooks and proxies sometimes put what they were sent into their answers; a credential must not get into logs that way.
    if (typeof value === 'string') out[key] = key === 'message' ? scrub(value) : value;
  }
  return out;
}

function statusForCode(response: ErrorResponse): Status {
  const status: Status = { status: 'Failure', code: response.status, message: describeBody(response) };
  const reason = reasonFor(response.status, response.request?.verb);
  if (reason !== undefined) status.reason = reason;
  return status;
}

/** The reason an API server would have given with this code; the same choice client-go makes for answers without a Status. */
function reasonFor(code: number, verb: string | undefined): string | undefined {
  switch (code) {
    case 400:
      return 'BadRequest';
    case 401:
      return 'Unauthorized';
    case 403:
      return 'Forbidden';
    case 404:
      return 'NotFound';
    case 405:
      return 'MethodNotAllowed';
    case 406:
      return 'NotAcceptable';
    case 409:
      return verb === 'create' ? 'AlreadyExists' : 'Conflict';
    case 410:
      return 'Gone';
    case 413:
      return 'RequestEntityTooLarge';
    case 415:
      return 'UnsupportedMediaType';
    case 422:
      return 'Invalid';
    case 429:
      return 'TooManyRequests';
    case 500:
      return 'InternalError';
    case 503:
      return 'ServiceUnavailable';
    case 504:
      return 'Timeout';
    default:
      return undefined;
  }
}

function describeBody(response: ErrorResponse): string {
  const { body } = response;
  if (body.length === 0) return 'the answer has no body';
  const text = typeof body === 'string' ? body.slice(0, 8192) : new TextDecoder().decode(body.subarray(0, 8192));
  const type = (one(response.headers?.['content-type']) ?? '').toLowerCase();
  if (type.includes('html') || /^\s*<(?:!doctype|html)/i.test(text)) {
    const title = excerpt(/<title[^>]{0,100}>([^<]{1,500})/i.exec(text)?.[1] ?? '');
    const named = title === '' ? '' : ` titled "${title}"`;
    if (/sent to HTTPS port/i.test(title))
      return `the answer is an HTML page${named}: this looks like a TLS port. Begin the address of the server with https://`;
    return `the answer is an HTML page${named}, not one of an API server: check the address, and any proxy on the way`;
  }
  // The body may be anything a proxy or a webhook chose to send; only what is meant for people is shown.
  if (/^\s*[[{]/.test(text) || /json|yaml|protobuf|octet-stream/.test(type) || text.includes('\uFFFD')) {
    return `the answer is no Status (${body.length} bytes${type === '' ? '' : ` of ${excerpt(type, 60)}`})`;
  }
  const said = excerpt(text);
  // What Go's servers answer.
  if (/HTTP request to an HTTPS server/i.test(said)) {
    return `${said} This looks like a TLS port: begin the address of the server with https:// instead of http://.`;
  }
  return said === '' ? 'the answer has no body' : said;
}

/** `Retry-After` in milliseconds: seconds, or a date when `now` is known. Nothing for anything else. */
function parseRetryAfter(value: string | undefined, now: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1000;
  if (now === undefined) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value[0];
}
