import { type Clock, systemClock } from '../util/clock.js';
import type { Condition } from './object-meta.js';
import type { Time } from './scalars.js';
import { formatTime } from './time.js';

/** The least that all conditions have, those of built-in kinds included. */
export interface ConditionLike {
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  lastTransitionTime?: Time | null | undefined;
}

/** The conditions of an object: `status.conditions`, absent at first. */
export type Conditions<C extends ConditionLike = Condition> = readonly C[] | null | undefined;

/** A condition to set. The time is filled in where it is absent. */
export type NewCondition<C extends ConditionLike = Condition> = Omit<C, 'lastTransitionTime'> & {
  lastTransitionTime?: Time | undefined;
};

/** Where the time of a transition comes from. */
export interface SetConditionOptions {
  /** Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** The condition of this type, if there is one. */
export function findCondition<C extends Readonly<ConditionLike>>(
  conditions: readonly C[] | null | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Reports whether the condition of this type has the status `True`. */
export function isConditionTrue(conditions: Conditions<ConditionLike>, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/** Reports whether the condition of this type has the status `False`. An absent condition is neither true nor false. */
export function isConditionFalse(conditions: Conditions<ConditionLike>, type: string): boolean {
  return findCondition(conditions, type)?.status === 'False';
}

/**
 * The conditions with this one set, by the API's convention: `lastTransitionTime` changes only when `status` does (to the time given
 * with the condition, or now), everything else is taken over. A new list; the one given is not changed. Setting what is
 * there already gives an equal list (`deepEqual`), so nothing has to be written.
 */
export function setCondition<C extends ConditionLike = Condition>(
  conditions: readonly C[] | null | undefined,
  condition: NewCondition<C>,
  options: SetConditionOptions = {},
): C[] {
  const list = conditions ?? [];
  const at = list.findIndex((other) => other.type === condition.type);
  const current = list[at];
  const { lastTransitionTime: given, ...rest } = condition;
  const now = () => given ?? formatTime((options.clock ?? systemClock).now());
  const kept = current !== undefined && current.status === condition.status ? current.lastTransitionTime : undefined;
  // TypeScript cannot see that a C taken apart and put together again is a C.
  const next = { ...current, ...rest, lastTransitionTime: kept ?? now() } as unknown as C;
  return current === undefined ? [...list, next] : list.with(at, next);
}

/** The conditions without the one of this type, as a new list. */
export function removeCondition<C extends ConditionLike>(
  conditions: readonly C[] | null | undefined,
  type: string,
): C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}
