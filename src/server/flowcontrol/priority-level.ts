import { fieldsOf, numberOf } from '../../util/json-fields.js';
import type { ServerObject } from '../object/server-object.js';

/** A PriorityLevelConfiguration, as the server uses it. */
export interface LevelSpec {
  readonly name: string;
  readonly uid: string;
  readonly exempt: boolean;
  readonly shares: number;
  /** The part of its seats that other levels may use while it does not, in percent. */
  readonly lendablePercent: number;
  /** The seats that it may use beyond its own, in percent of its own. Undefined for all seats of the server. */
  readonly borrowingLimitPercent: number | undefined;
  /** The queues of requests that wait. Undefined when requests beyond the limit are rejected. */
  readonly queuing: Queuing | undefined;
}

/** The queues of a priority level, and the number of them that one flow may use. */
export interface Queuing {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

/** The seats of a priority level: its own, those that it keeps, and those that it may use at most. */
export interface LevelLimits {
  readonly nominal: number;
  readonly lower: number;
  readonly upper: number;
}

/** Reads a PriorityLevelConfiguration from its stored object. */
export function levelSpecOf({ metadata, spec }: ServerObject): LevelSpec {
  const { type, limited, exempt } = fieldsOf(spec);
  const isExempt = type === 'Exempt';
  const { nominalConcurrencyShares, lendablePercent, borrowingLimitPercent, limitResponse } = fieldsOf(
    isExempt ? exempt : limited,
  );
  const response = fieldsOf(limitResponse);
  const { queues, handSize, queueLengthLimit } = fieldsOf(response.queuing);
  const queuing = {
    queues: numberOf(queues) ?? 64,
    handSize: numberOf(handSize) ?? 8,
    queueLengthLimit: numberOf(queueLengthLimit) ?? 50,
  };
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    exempt: isExempt,
    shares: numberOf(nominalConcurrencyShares) ?? (isExempt ? 0 : 30),
    lendablePercent: numberOf(lendablePercent) ?? 0,
    borrowingLimitPercent: numberOf(borrowingLimitPercent),
    queuing: response.type === 'Queue' && !isExempt ? queuing : undefined,
  };
}

/** Returns the limits of a level whose server has `total` seats, when all levels together have `shares` shares. */
export function levelLimits(spec: LevelSpec, total: number, shares: number): LevelLimits {
  const nominal = shares === 0 ? 0 : Math.ceil((total * spec.shares) / shares);
  const lendable = Math.round((nominal * spec.lendablePercent) / 100);
  const { borrowingLimitPercent: percent } = spec;
  const borrowing = percent === undefined ? total : Math.round((nominal * percent) / 100);
  return { nominal, lower: nominal - lendable, upper: nominal + borrowing };
}
