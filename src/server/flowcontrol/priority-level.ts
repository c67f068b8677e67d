import { fieldsOf, numberOf } from '../../util/json-fields.js';
import type { ServerObject } from '../object/server-object.js';

/** The limits of a priority level, as its object gives them. */
export interface LevelSpec {
  readonly name: string;
  readonly uid: string;
  readonly exempt: boolean;
  readonly shares: number;
  /** The part of its seats that other levels may use while it does not, from 0 to 1. */
  readonly lendable: number;
  /** The seats it may use beyond its own, as a multiple of its own. */
  readonly borrowing: number;
  /** Requests that may wait: in all and of one flow. 0 when requests beyond the limit are rejected. */
  readonly queued: { readonly all: number; readonly flow: number };
}

/** Reads a PriorityLevelConfiguration from its stored object. */
export function levelSpecOf({ metadata, spec }: ServerObject): LevelSpec {
  const { type, limited, exempt } = fieldsOf(spec);
  const { nominalConcurrencyShares, lendablePercent, borrowingLimitPercent, limitResponse } = fieldsOf(
    type === 'Exempt' ? exempt : limited,
  );
  const response = fieldsOf(limitResponse);
  const { queues, handSize, queueLengthLimit } = fieldsOf(response.queuing);
  const length = numberOf(queueLengthLimit) ?? 50;
  const borrowing = numberOf(borrowingLimitPercent);
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    exempt: type === 'Exempt',
    shares: numberOf(nominalConcurrencyShares) ?? (type === 'Exempt' ? 0 : 30),
    lendable: (numberOf(lendablePercent) ?? 0) / 100,
    borrowing: borrowing === undefined ? Number.POSITIVE_INFINITY : borrowing / 100,
    queued:
      response.type === 'Queue'
        ? { all: (numberOf(queues) ?? 64) * length, flow: (numberOf(handSize) ?? 8) * length }
        : { all: 0, flow: 0 },
  };
}

/** A request that waits for a seat. */
export interface Waiter {
  readonly flow: string;
  /** Called once, when the request may run. */
  readonly run: () => void;
}

/** The requests of one priority level: those that run, and those that wait, flow by flow in turn. */
export class PriorityLevel {
  /** Seats of its own. */
  nominal = 0;
  running = 0;
  #waiting = 0;
  /** By flow, in the order of their turns. */
  readonly #flows = new Map<string, Waiter[]>();

  constructor(public spec: LevelSpec) {}

  /** Seats that other levels may use now. */
  get lends(): number {
    const lendable = Math.round(this.nominal * this.spec.lendable);
    return Math.max(0, Math.min(lendable, this.nominal - this.running));
  }

  /** Seats of other levels that it uses. */
  get borrowed(): number {
    return Math.max(0, this.running - this.nominal);
  }

  /** Seats it may use at most. */
  get most(): number {
    return this.nominal + this.nominal * this.spec.borrowing;
  }

  get hasWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** Adds a request that waits. Returns the way to give up, or undefined when too many wait already. */
  wait(waiter: Waiter): (() => void) | undefined {
    const queue = this.#flows.get(waiter.flow) ?? [];
    if (this.#waiting >= this.spec.queued.all || queue.length >= this.spec.queued.flow) return undefined;
    queue.push(waiter);
    this.#flows.set(waiter.flow, queue);
    this.#waiting++;
    return () => {
      const index = queue.indexOf(waiter);
      if (index < 0) return;
      queue.splice(index, 1);
      this.#waiting--;
      if (queue.length === 0) this.#flows.delete(waiter.flow);
    };
  }

  /** Takes the request whose flow's turn it is. */
  next(): Waiter | undefined {
    for (const [flow, queue] of this.#flows) {
      const waiter = queue.shift();
      this.#flows.delete(flow);
      if (queue.length > 0) this.#flows.set(flow, queue);
      if (waiter === undefined) continue;
      this.#waiting--;
      return waiter;
    }
    return undefined;
  }
}
