/** The nouns that are written as text. */
export type TextNoun =
  | 'label selector'
  | 'field selector'
  | 'quantity'
  | 'time'
  | 'duration'
  | 'int-or-string'
  | 'resourceVersion'
  | 'object key'
  | 'apiVersion';

/**
 * A text is not what its noun's grammar promises. For labels and fields, quantities and durations the message is the one an API
 * server gives for the same text. Thrown by the pure helpers of this package; not a `KubeError`, as nothing was tried on a server.
 */
export class FormatError extends Error {
  static {
    FormatError.prototype.name = 'FormatError';
  }

  constructor(
    /** The noun that the text should be. */
    readonly noun: TextNoun,
    message: string,
  ) {
    super(message);
  }
}
