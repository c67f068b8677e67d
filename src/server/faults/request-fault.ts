import { failure, type StatusError } from '../object/status-error.js';

/** The faults of a request. */
export type RequestFault =
  /** A Status instead of an answer; the server is not asked. With `retryAfterSeconds`, a Retry-After header says when to come again. */
  | {
      readonly kind: 'answer';
      /** Such as 429, 500 or 503. */
      readonly status: number;
      /** Default: the usual one of the status. */
      readonly reason?: string | undefined;
      /** Default: one that says where it comes from. */
      readonly message?: string | undefined;
      readonly retryAfterSeconds?: number | undefined;
    }
  /** The server is asked later, by the clock it runs on. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection breaks before the server has heard of the request: nothing is done. */
  | { readonly kind: 'lose-request' }
  /** The server does what is asked, and the connection breaks before its answer: the client cannot know. */
  | { readonly kind: 'lose-answer' }
  /** 410: the history the request needs is gone. A watch is told so in an event, as by a real server. */
  | { readonly kind: 'expired' }
  /** 504: this server has not come to the resourceVersion that is asked for, as one of several whose cache lags. */
  | { readonly kind: 'too-large-resource-version' };

/** The frequency of a fault. */
export interface FaultFrequency {
  /** So many matching requests, then no more. Default: 1. `Infinity`: until it is removed. */
  readonly times?: number | undefined;
  /** The chance of a matching request, from 0 to 1, drawn from the server's random source: seed it and the same ones are hit. Default: 1. */
  readonly probability?: number | undefined;
}

/** The reasons that API servers give with these statuses. */
const reasons: { readonly [status: number]: string } = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The Status that a fault answers with. */
export function statusOf(fault: Extract<RequestFault, { kind: 'answer' }>): StatusError {
  const { status, retryAfterSeconds } = fault;
  const message = fault.message ?? `${status} by a fault of the test server`;
  const wait = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return failure(status, fault.reason ?? reasons[status] ?? '', message, wait, headers);
}
