import {
  type Condition,
  type ConditionLike,
  deepEqual,
  type KubeObject,
  type NewCondition,
  type SetConditionOptions,
  setCondition,
} from '../../meta/index.js';

/** An object whose status has conditions, as a draft. */
export interface Conditioned<C extends ConditionLike = Condition> extends KubeObject {
  status?: { conditions?: C[] | null | undefined } | null | undefined;
}

/**
 * Sets a condition in the draft's status: `lastTransitionTime` changes only when `status` does, and `observedGeneration` is the
 * generation the draft was read with, unless given. Returns whether anything changed: if not, nothing has to be written. Others'
 * conditions are left alone.
 */
export function setStatusCondition(
  draft: Conditioned,
  condition: NewCondition,
  options: SetConditionOptions = {},
): boolean {
  const observedGeneration = condition.observedGeneration ?? draft.metadata?.generation;
  const complete = observedGeneration === undefined ? condition : { ...condition, observedGeneration };
  const before = draft.status?.conditions;
  const conditions = setCondition(before, complete, options);
  if (deepEqual(before, conditions)) return false;
  draft.status = { ...draft.status, conditions };
  return true;
}
