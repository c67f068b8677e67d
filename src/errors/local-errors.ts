import { isKubeError, KubeError, type KubeErrorOptions } from './kube-error.js';

/** No answer came: the address cannot be resolved or reached, TLS failed, or the connection broke. `cause` says which. */
export class NetworkError extends KubeError {
  static {
    NetworkError.prototype.name = 'NetworkError';
  }

  override readonly code = 'ERR_KUBE_NETWORK';
}

/**
 * Which deadline passed: `connect` (TCP and TLS), `headers` (the first byte of an answer), `body` (the whole answer), `idle`
 * (bytes of a stream), `wait` (a condition the caller waits for).
 */
export type Deadline = 'connect' | 'headers' | 'body' | 'idle' | 'wait';

/** The options of a `TimeoutError`. */
export interface TimeoutErrorOptions extends KubeErrorOptions {
  /** Which deadline it was. */
  readonly deadline: Deadline;
  /** The length of the deadline in milliseconds. */
  readonly timeoutMs: number;
}

/** A deadline of this side passed. What was asked for may or may not have happened on the server. */
export class TimeoutError extends KubeError {
  static {
    TimeoutError.prototype.name = 'TimeoutError';
  }

  override readonly code = 'ERR_KUBE_TIMEOUT';
  /** Which deadline it was. */
  readonly deadline: Deadline;
  /** The length of the deadline in milliseconds. */
  readonly timeoutMs: number;

  constructor(message: string, options: TimeoutErrorOptions) {
    super(message, options);
    this.deadline = options.deadline;
    this.timeoutMs = options.timeoutMs;
  }
}

/** Kubeconfig, service account, environment or options do not say how to reach a cluster. The message says what to mend, and where. */
export class ConfigError extends KubeError {
  static {
    ConfigError.prototype.name = 'ConfigError';
  }

  override readonly code = 'ERR_KUBE_CONFIG';
}

/** The options of a `DecodingError`. */
export interface DecodingErrorOptions extends KubeErrorOptions {
  /** Position of the first offending byte, counted from the start of the body or stream. */
  readonly offset: number;
}

/** The answer is not what its encoding promises: cut short, or not JSON. Never skipped, never repaired. */
export class DecodingError extends KubeError {
  static {
    DecodingError.prototype.name = 'DecodingError';
  }

  override readonly code = 'ERR_KUBE_DECODING';
  /** Position of the first offending byte, counted from the start of the body or stream. */
  readonly offset: number;

  constructor(message: string, options: DecodingErrorOptions) {
    super(`${message} (at byte ${options.offset})`, options);
    this.offset = options.offset;
  }
}

/** Bad input, refused before a byte was sent. The message says what to do instead. */
export class InvalidRequestError extends KubeError {
  static {
    InvalidRequestError.prototype.name = 'InvalidRequestError';
  }

  override readonly code = 'ERR_KUBE_INVALID_REQUEST';
}

/** Reports whether the answer did not arrive. Recognizes errors of other copies of the package too. */
export function isNetworkError(error: unknown): error is NetworkError {
  return isKubeError(error, 'ERR_KUBE_NETWORK');
}

/** Reports whether a client-side deadline passed. (The server's own timeouts are `ApiError`s that are `isTimeout`.) */
export function isTimeoutError(error: unknown): error is TimeoutError {
  return isKubeError(error, 'ERR_KUBE_TIMEOUT');
}

/** Reports whether the configuration is wrong. */
export function isConfigError(error: unknown): error is ConfigError {
  return isKubeError(error, 'ERR_KUBE_CONFIG');
}

/** Reports whether the answer could not be decoded. */
export function isDecodingError(error: unknown): error is DecodingError {
  return isKubeError(error, 'ERR_KUBE_DECODING');
}

/** Reports whether the input was refused before a byte was sent. */
export function isInvalidRequestError(error: unknown): error is InvalidRequestError {
  return isKubeError(error, 'ERR_KUBE_INVALID_REQUEST');
}
