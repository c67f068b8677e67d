import type { SuccessPolicyRule } from '../../../../generated/batch/v1.js';
import { IndexSet } from './index-intervals.js';

/** Returns the message of the first rule of a success policy that the succeeded indexes fulfil. */
export function successMessage(
  rules: readonly SuccessPolicyRule[] | undefined,
  completions: number,
  succeeded: IndexSet,
): string | undefined {
  if (succeeded.size === 0) return undefined;
  const index = (rules ?? []).findIndex((rule) => isFulfilled(rule, completions, succeeded));
  return index === -1 ? undefined : `Matched rules at index ${index}`;
}

function isFulfilled(
  { succeededCount, succeededIndexes }: SuccessPolicyRule,
  completions: number,
  succeeded: IndexSet,
): boolean {
  if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount;
  const required = IndexSet.parse(succeededIndexes, completions);
  if (required.size === 0) return false;
  const count = required.overlap(succeeded);
  return count === required.size || (succeededCount !== undefined && count >= succeededCount);
}
