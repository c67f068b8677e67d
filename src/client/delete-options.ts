import { InvalidRequestError, type RequestContext } from '../errors/index.js';
import type { DeleteOptions } from '../meta/index.js';
import type { DeletionOptions } from './options.js';

const PROPAGATION: ReadonlyMap<unknown, string> = new Map([
  ['foreground', 'Foreground'],
  ['background', 'Background'],
  ['orphan', 'Orphan'],
]);

/**
 * The body of a deletion. Throws `InvalidRequestError` for a propagation that is none: left out, it would mean the default, which may be
 * the opposite of what was meant.
 */
export function deleteOptions(options: DeletionOptions, request: RequestContext): DeleteOptions {
  const { propagation, gracePeriodSeconds, preconditions, dryRun } = options;
  const propagationPolicy = PROPAGATION.get(propagation);
  if (propagation !== undefined && propagationPolicy === undefined) {
    throw new InvalidRequestError("propagation must be 'foreground', 'background' or 'orphan'", { request });
  }
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds,
    propagationPolicy,
    preconditions,
    dryRun: dryRun ? ['All'] : undefined,
  };
}
