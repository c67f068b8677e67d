import type { NodeCondition } from '../../../generated/core/v1.js';
import { type DeepReadonly, parseTime } from '../../meta/index.js';
import type { NodeObject } from '../objects.js';

/** The times after which a node counts as silent, in milliseconds. */
export interface GracePeriods {
  /** After the last sign of life. */
  readonly graceMs: number;
  /** After the node was created, if it never gave a sign of life. */
  readonly startupMs: number;
}

/** The last signs of life of a node, by the clock of this process. The clock of the node may be wrong. */
interface Signs {
  at: number;
  /** The Ready condition as it was then. */
  heartbeat: string;
  transition: string;
  renewTime: string;
}

/** The conditions that become unknown when a node is silent. */
const watched = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** Remembers the signs of life of nodes: heartbeats in their status and renewals of their Leases. */
export class NodeHealth {
  readonly #periods: GracePeriods;
  readonly #signs = new Map<string, Signs>();

  constructor(periods: GracePeriods) {
    this.#periods = periods;
  }

  /** Looks at a node and the renew time of its Lease. Returns true if the node has been silent for too long. */
  isSilent(node: NodeObject, renewTime: string, now: number): boolean {
    const { name, creationTimestamp } = node.metadata;
    const ready = readyOf(node);
    const heartbeat = ready?.lastHeartbeatTime ?? '';
    const transition = ready?.lastTransitionTime ?? '';
    const signs = this.#signs.get(name);
    if (signs === undefined) {
      const at = ready === undefined ? parseTime(creationTimestamp) : now;
      this.#signs.set(name, { at, heartbeat, transition, renewTime });
      return now > at + this.#grace(ready);
    }
    // A condition that this controller wrote has a new transition and an old heartbeat.
    if (heartbeat !== signs.heartbeat || renewTime !== signs.renewTime) signs.at = now;
    Object.assign(signs, { heartbeat, transition, renewTime });
    return now > signs.at + this.#grace(ready);
  }

  /** Gives a node its whole grace period again. */
  renew(name: string, now: number): void {
    const signs = this.#signs.get(name);
    if (signs !== undefined) signs.at = now;
  }

  /** Forgets a node. */
  delete(name: string): void {
    this.#signs.delete(name);
  }

  #grace(ready: DeepReadonly<NodeCondition> | undefined): number {
    return ready === undefined ? this.#periods.startupMs : this.#periods.graceMs;
  }
}

/** Returns the Ready condition of a node. */
export function readyOf({ status }: NodeObject): DeepReadonly<NodeCondition> | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/** Returns the conditions of a silent node that are to change: all that a kubelet reports become unknown. */
export function unknownConditions({ metadata, status }: NodeObject, now: string): NodeCondition[] {
  return watched.flatMap((type) => {
    const old = status?.conditions?.find((condition) => condition.type === type);
    if (old === undefined) {
      return {
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: metadata.creationTimestamp,
        lastTransitionTime: now,
      };
    }
    if (old.status === 'Unknown') return [];
    const message = 'Kubelet stopped posting node status.';
    return { ...old, status: 'Unknown', reason: 'NodeStatusUnknown', message, lastTransitionTime: now };
  });
}
