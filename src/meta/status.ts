import type { ListMeta } from './object-meta.js';

/** The server's answer to a request that returned no object, such as one that failed. */
export interface Status {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ListMeta | undefined;
  /** `Success` or `Failure`. */
  status?: string | undefined;
  message?: string | undefined;
  /** A word for machines, such as `NotFound` or `AlreadyExists`. */
  reason?: string | undefined;
  details?: StatusDetails | undefined;
  /** The HTTP status code. */
  code?: number | undefined;
}

/** Which object a Status is about, and why. */
export interface StatusDetails {
  name?: string | undefined;
  group?: string | undefined;
  /** The kind, or in most answers the plural resource name. */
  kind?: string | undefined;
  uid?: string | undefined;
  causes?: StatusCause[] | undefined;
  retryAfterSeconds?: number | undefined;
}

/** One of several reasons for a failure. */
export interface StatusCause {
  reason?: string | undefined;
  message?: string | undefined;
  /** The path of the field at fault, such as `spec.containers[0].name`. */
  field?: string | undefined;
}
