import { Pod } from '../../../generated/core/v1.js';
import { strategicMergePatch } from '../../client/index.js';
import { isNotFound } from '../../errors/index.js';
import { type Condition, formatTime } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { Clock } from '../../util/clock.js';
import { Limiter } from '../limiter.js';
import type { PodObject } from '../objects.js';
import type { PodInfo } from './pod-info.js';

/** Requests under way at a time. */
const concurrency = 48;

/** A condition that the scheduler sets. */
export interface PodConditionChange {
  readonly type: 'PodScheduled' | 'DisruptionTarget';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Sends what the scheduler decides to the API server, a bounded number of requests at a time. */
export class PodWriter {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #limiter = new Limiter(concurrency);

  constructor(cluster: Cluster, clock: Clock, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** The number of requests under way or waiting. */
  get backlog(): number {
    return this.#limiter.size;
  }

  /** Resolves when all requests are done. */
  idle(): Promise<void> {
    return this.#limiter.idle();
  }

  /** Binds a pod to a node. Rejects if the pod was replaced, deleted or bound in the meantime. */
  bind({ namespace, name, uid }: PodInfo, node: string): Promise<unknown> {
    const binding = { metadata: { namespace, name, uid }, target: { kind: 'Node', name: node } };
    return this.#run(() =>
      this.#cluster.resource(Pod).in(namespace).subresource('binding').create(name, binding, { signal: this.#signal }),
    );
  }

  /** Sets a condition and the nominated node, where they differ from what the pod has. */
  async setStatus(
    pod: PodObject,
    condition: PodConditionChange | undefined,
    nominatedNodeName: string | undefined,
  ): Promise<void> {
    const change = condition && this.#changed(pod, condition);
    const nominated =
      nominatedNodeName !== undefined && nominatedNodeName !== (pod.status?.nominatedNodeName ?? '')
        ? { nominatedNodeName: nominatedNodeName || null }
        : {};
    if (change === undefined && Object.keys(nominated).length === 0) return;
    const { namespace, name, uid } = pod.metadata;
    const status = { ...(change && { conditions: [change] }), ...nominated };
    await this.#run(() =>
      this.#cluster
        .resource(Pod)
        .in(namespace)
        .subresource('status')
        .patch(name, strategicMergePatch({ metadata: { uid }, status }), { signal: this.#signal }),
    );
  }

  /** Evicts a pod to make room: tells why in a condition, then deletes the pod. A pod that is gone already is fine. */
  async evict(pod: PodObject, message: string): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    try {
      const reason = 'PreemptionByScheduler';
      await this.setStatus(pod, { type: 'DisruptionTarget', status: 'True', reason, message }, undefined);
      await this.#run(() =>
        this.#cluster.resource(Pod).in(namespace).delete(name, { preconditions: { uid }, signal: this.#signal }),
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #changed({ metadata, status }: PodObject, condition: PodConditionChange): Condition | undefined {
    const old = status?.conditions?.find(({ type }) => type === condition.type);
    const isSame =
      old?.status === condition.status && old.reason === condition.reason && old.message === condition.message;
    if (isSame) return undefined;
    const now = formatTime(this.#clock.now());
    const lastTransitionTime = old?.status === condition.status ? (old.lastTransitionTime ?? now) : now;
    return { ...condition, lastTransitionTime, observedGeneration: metadata.generation };
  }

  #run<T>(request: () => Promise<T>): Promise<T> {
    return this.#limiter.run(request);
  }
}
