import { isApiError, isDecodingError, isGone, isNetworkError, isTimeoutError } from '../errors/index.js';

/**
 * Why a list or watch did not go on:
 * - `gone` the history it asked for is gone (410); the state is fetched anew
 * - `ahead` the server's cache is behind the resourceVersion asked for; the state is fetched anew at whatever version it has
 * - `refused` nobody listens at the address; the same request is tried again
 * - `throttled` the server asks to come back later (429); the same request is tried again, not before it said
 * - `unsupported` the server does not know the request; another way is taken
 * - `quiet` no byte came for longer than was promised, so the connection is taken for dead
 * - `short` a watch ended at once without an event
 * - `torn` the stream ended or broke in the middle, or made no sense
 * - `replaced` the server was restored or replaced: its versions went back, or it is another one; the state is fetched anew
 * - `failed` any other answer
 */
export type InterruptionKind =
  | 'gone'
  | 'ahead'
  | 'refused'
  | 'throttled'
  | 'unsupported'
  | 'quiet'
  | 'short'
  | 'torn'
  | 'replaced'
  | 'failed';

/** A list or watch that did not go on. Never final: it is tried again after `retryInMs`. */
export interface Interruption {
  readonly kind: InterruptionKind;
  /** The error, or undefined if the watch only ended too soon. */
  readonly error: unknown;
  /** When it was, in milliseconds since the epoch. */
  readonly at: number;
  readonly retryInMs: number;
}

/** Codes by which servers say that they do not know this sort of request, as opposed to not granting it. */
const unsupportedCodes: ReadonlySet<number> = new Set([400, 405, 406, 415, 422, 501]);

/** Returns how the list-watch loop continues after an error. */
export function interruptionKind(error: unknown): InterruptionKind {
  if (isGone(error)) return 'gone';
  if (isApiError(error)) {
    if (error.isResourceVersionTooLarge) return 'ahead';
    if (error.isTooManyRequests) return 'throttled';
    return unsupportedCodes.has(error.httpStatus) ? 'unsupported' : 'failed';
  }
  if (isTimeoutError(error)) return error.deadline === 'idle' ? 'quiet' : 'failed';
  if (isDecodingError(error)) return 'torn';
  if (isNetworkError(error)) return causedBy(error, 'ECONNREFUSED') ? 'refused' : 'torn';
  return 'failed';
}

function causedBy(error: unknown, code: string): boolean {
  for (let depth = 0, at = error; depth < 8 && at instanceof Error; depth++, at = at.cause) {
    if ('code' in at && at.code === code) return true;
    // Several addresses of one host fail together.
    if (at instanceof AggregateError && at.errors.some((one) => causedBy(one, code))) return true;
  }
  return false;
}
