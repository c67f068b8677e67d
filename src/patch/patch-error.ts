import type { StatusCause, StatusDetails } from '../meta/index.js';

/**
 * A patch that cannot be applied, in the words of the Status it becomes. `reason` is empty where kube-apiserver leaves it
 * out (errors it did not foresee, answered with 500).
 */
export class PatchError extends Error {
  override readonly name = 'PatchError';

  constructor(
    /** The HTTP status code. */
    readonly code: number,
    /** The Status's reason, such as `Invalid`, `BadRequest` or `Conflict`. */
    readonly reason: string,
    message: string,
    readonly causes: readonly StatusCause[] = [],
    /** The text of kube-apiserver's library, if the message does not contain it. */
    readonly detail: string | undefined = undefined,
  ) {
    super(message);
  }

  /**
   * The Status's details as kube-apiserver gives them: conflicts of server-side apply have causes and name no object, a JSON
   * patch that does not fit has empty ones, everything else none.
   */
  get details(): StatusDetails | undefined {
    if (this.causes.length > 0) return { causes: [...this.causes] };
    return this.code === 422 ? {} : undefined;
  }
}

/** A `test` of a JSON patch that the object does not pass. */
export class PatchTestFailed extends PatchError {
  constructor() {
    super(422, 'Invalid', 'the server rejected our request due to an error in our request');
  }
}

/** 400: the patch itself makes no sense. */
export function badRequest(message: string): PatchError {
  return new PatchError(400, 'BadRequest', message);
}

/** 422 with the general message: a JSON patch that does not fit the object. */
export function unprocessable(detail?: string): PatchError {
  return new PatchError(422, 'Invalid', 'the server rejected our request due to an error in our request', [], detail);
}

/** 500: what kube-apiserver answers to errors of its merge libraries. */
export function internal(message: string): PatchError {
  return new PatchError(500, '', message);
}

/** 413: more than the server is willing to work on. */
export function tooLarge(message: string): PatchError {
  return new PatchError(413, 'RequestEntityTooLarge', `Request entity is too large: ${message}`);
}
