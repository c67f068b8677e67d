/** The nouns with rules of their own, most of them written as text. */
export type TextNoun =
  | 'label selector'
  | 'field selector'
  | 'quantity'
  | 'time'
  | 'duration'
  | 'int-or-string'
  | 'resourceVersion'
  | 'object key'
  | 'apiVersion'
  | 'owner reference';

/**
 * A value does not follow the rules of its noun. For labels and fields, quantities and durations the message is the one an API
 * server gives for the same text. Thrown by the pure helpers of this package; not a `KubeError`, as nothing was tried on a server.
 */
export class FormatError extends Error {
  static {
    FormatError.prototype.name = 'FormatError';
  }

  /** Tells the error from others, as the `code` of a `KubeError` does. */
  readonly code = 'ERR_KUBE_FORMAT';

  constructor(
    /** The noun that the text should be. */
    readonly noun: TextNoun,
    message: string,
  ) {
    super(message);
  }
}
