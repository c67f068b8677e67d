import type { GatewayFault } from '../browser/protocol.js';
import { ApiError, isApiError, isInvalidRequestError, isNetworkError, isTimeoutError } from '../errors/index.js';
import { FormatError } from '../meta/index.js';

const reasons: { readonly [status: number]: string } = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  500: 'InternalError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** Returns the error of a request that the gateway itself refuses, in the words of API servers. */
export function refusal(code: number, message: string): ApiError {
  const reason = reasons[code] ?? 'Unknown';
  return new ApiError({ status: { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message } });
}

/** Returns the error of an edit whose fields somebody else has changed meanwhile. */
export function fieldConflict(fields: readonly string[]): ApiError {
  const message = `somebody else has changed ${fields.join(', ')} meanwhile. Compare with the newest version.`;
  const causes = fields.map((field) => ({ field }));
  const kind = { apiVersion: 'v1', kind: 'Status', status: 'Failure' } as const;
  return new ApiError({ status: { ...kind, code: 409, reason: 'Conflict', message, details: { causes } } });
}

/**
 * Returns an error as browsers receive it: the words of the API server to the user, or of the gateway about the request. Anything else
 * is hidden, such as addresses in errors of the network.
 */
export function faultOf(error: unknown): GatewayFault {
  if (isApiError(error)) {
    const { httpStatus, status, causes } = error;
    const fields = causes.flatMap(({ field }) => field ?? []);
    return {
      ...(fields.length > 0 ? { fields } : {}),
      status: httpStatus,
      reason: error.reason || (reasons[httpStatus] ?? 'Unknown'),
      message: status.message ?? `the API server answered ${httpStatus}`,
    };
  }
  if (isInvalidRequestError(error) || error instanceof FormatError) return fault(400, error.message);
  if (isTimeoutError(error)) return fault(504, 'the cluster did not answer in time');
  if (isNetworkError(error)) return fault(502, 'the gateway cannot reach the cluster');
  return fault(500, 'the gateway failed');
}

/** Reports whether the platform should hear of an error: it is neither the user's nor the API server's answer to the user. */
export function isInternal(error: unknown): boolean {
  return !isApiError(error) && !isInvalidRequestError(error) && !(error instanceof FormatError);
}

function fault(status: number, message: string): GatewayFault {
  return { status, reason: reasons[status] ?? 'Unknown', message };
}
