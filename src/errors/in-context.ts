import type { Destination } from './destination.js';
import { KubeError, type RequestContext } from './kube-error.js';
import { NetworkError, TimeoutError } from './local-errors.js';

/**
 * Returns an error of the transport with what was tried, and where. Other errors, such as a signal's reason and errors that already
 * say what was tried, are returned as they are.
 */
export function inContext(error: unknown, request: RequestContext, destination?: Destination): unknown {
  if (!(error instanceof KubeError) || error.request !== undefined) return error;
  if (error instanceof NetworkError) {
    return new NetworkError(error.message, { cause: error.cause ?? error, request, destination });
  }
  if (!(error instanceof TimeoutError)) return error;
  const { deadline, timeoutMs } = error;
  return new TimeoutError(error.message, { deadline, timeoutMs, cause: error.cause, request, destination });
}
