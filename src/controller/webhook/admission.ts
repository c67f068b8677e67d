import type { KubeObject, RawExtension, StatusCause } from '../../meta/index.js';

/** A kind or a resource, as reviews name them. */
export interface ReviewedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** As `ReviewedKind`, for the name in URLs. */
export interface ReviewedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** The user who sent the request. */
export interface ReviewedUser {
  readonly username?: string | undefined;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly extra?: { readonly [key: string]: readonly string[] } | undefined;
}

/** The part of a review that every operation has. */
export interface AdmissionFacts {
  readonly uid: string;
  /** The kind of the sent object, in the version that the webhook asked for. */
  readonly kind: ReviewedKind;
  readonly resource: ReviewedResource;
  /** Such as `status` or `scale`; empty for the object itself. */
  readonly subResource: string;
  /** The kind that the client sent, if the server converted it. */
  readonly requestKind: ReviewedKind | undefined;
  /** Empty when the server has yet to make one from `generateName`. */
  readonly name: string;
  /** Undefined for cluster-scoped kinds. */
  readonly namespace: string | undefined;
  readonly userInfo: ReviewedUser;
  /** True: nothing will be stored. A webhook must then have no effects elsewhere. */
  readonly dryRun: boolean;
  /** The options of the operation, such as `DeleteOptions`. */
  readonly options: RawExtension | undefined;
  /** Aborts when the server waits no longer. */
  readonly signal: AbortSignal;
  /** Tells the client something, whatever the answer. At most 120 characters are shown well. */
  warn(text: string): void;
  /** Adds to the audit log: the webhook's name is put before the key. */
  audit(key: string, value: string): void;
}

/** An operation on an object. `operation` decides which of the objects are present. */
export type Admission<T extends KubeObject> = AdmissionFacts &
  (
    | { readonly operation: 'CREATE'; readonly object: T; readonly oldObject: undefined }
    | { readonly operation: 'UPDATE'; readonly object: T; readonly oldObject: T }
    | { readonly operation: 'DELETE'; readonly object: undefined; readonly oldObject: T }
    | { readonly operation: 'CONNECT'; readonly object: RawExtension; readonly oldObject: undefined }
  );

/** The operations on objects. */
export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** A refusal, as the client gets to see it. */
export interface Denial {
  readonly allowed: false;
  /** Why, and what to do about it. */
  readonly message: string;
  /** The HTTP code. Default 403. */
  readonly code?: number | undefined;
  /** The word for machines. Default `Forbidden`. */
  readonly reason?: string | undefined;
  /** The fields at fault. */
  readonly causes?: readonly StatusCause[] | undefined;
}

/** Refuses, with these words: `return deny('replicas must be odd', { code: 422, reason: 'Invalid' })`. */
export function deny(message: string, options: Omit<Denial, 'allowed' | 'message'> = {}): Denial {
  return { allowed: false, message, ...options };
}
