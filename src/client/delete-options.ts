import { InvalidRequestError, type RequestContext } from '../errors/index.js';
import type { DeleteOptions } from '../meta/index.js';
import type { DeleteAllOptions, DeletionOptions } from './options.js';
import type { Query } from './query.js';

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

/** Refuses to delete everything unless `all` says so: a selection that is missing or empty is more often a mistake. */
export function checkSelection({ all, labels, fields }: DeleteAllOptions, query: Query, request: RequestContext): void {
  const refuse = (problem: string): never => {
    throw new InvalidRequestError(`${problem}. Pass labels or fields, or { all: true } to delete everything.`, {
      request,
    });
  };
  if (labels !== undefined && query.labelSelector === '') refuse('labels selects everything');
  if (fields !== undefined && query.fieldSelector === '') refuse('fields selects everything');
  const selects = labels !== undefined || fields !== undefined;
  if (selects && all === true) refuse('all and a selection contradict each other');
  if (!selects && all !== true) refuse('nothing says which objects');
}
