import { apiErrorFromStatus, NetworkError, type RequestContext } from '../errors/index.js';
import { isObject } from '../util/json-value.js';

/** The end of a command in a container. */
export interface ExitStatus {
  /** 0 for success; 128 plus the signal for a process that a signal ended. */
  readonly exitCode: number;
}

/**
 * Reads the Status on the error channel. A non-zero exit code is a result; any other failure is an error. An empty channel means
 * success, as the first protocols have it.
 */
export function exitStatusOf(text: string, request: RequestContext): ExitStatus {
  if (text === '') return { exitCode: 0 };
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    // Protocols before v4 send plain text.
    throw new NetworkError(text.trim().slice(0, 1000), { request });
  }
  if (!isObject(status)) throw new NetworkError('the server ended the command without a Status', { request });
  if (status.status === 'Success') return { exitCode: 0 };
  const causes = isObject(status.details) && Array.isArray(status.details.causes) ? status.details.causes : [];
  const cause: unknown = causes.find((one) => isObject(one) && one.reason === 'ExitCode');
  const exitCode = isObject(cause) ? Number(cause.message) : Number.NaN;
  if (status.reason === 'NonZeroExitCode' && Number.isInteger(exitCode)) return { exitCode };
  throw apiErrorFromStatus(status, request);
}
