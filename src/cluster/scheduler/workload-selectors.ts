import { ReplicaSet, StatefulSet } from '../../../generated/apps/v1.js';
import { ReplicationController, Service } from '../../../generated/core/v1.js';
import type { Informer } from '../../cache/index.js';
import { formatKey, type ParsedLabelSelector, toLabelSelector } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import { selectorOf } from './affinity-term.js';
import type { PodInfo } from './pod-info.js';

/** Finds the selector of the services and the workload that a pod belongs to, by which it is spread. */
export class WorkloadSelectors {
  readonly #services: Informer<Service, 'Namespaced'>;
  readonly #replicationControllers: Informer<ReplicationController, 'Namespaced'>;
  readonly #replicaSets: Informer<ReplicaSet, 'Namespaced'>;
  readonly #statefulSets: Informer<StatefulSet, 'Namespaced'>;

  constructor(cluster: Cluster) {
    this.#services = cluster.informer(Service);
    this.#replicationControllers = cluster.informer(ReplicationController);
    this.#replicaSets = cluster.informer(ReplicaSet);
    this.#statefulSets = cluster.informer(StatefulSet);
  }

  /** Starts the informers. */
  async start(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#informers().map((informer) => informer.start({ signal })));
  }

  /** Stops the informers. */
  async stop(): Promise<void> {
    await Promise.all(this.#informers().map((informer) => informer.stop()));
  }

  /** Returns the selector for a pod. Undefined: the pod belongs to nothing. */
  of(pod: PodInfo): ParsedLabelSelector | undefined {
    const merged: Record<string, string> = {};
    for (const { spec } of this.#services.lister.list({ namespace: pod.namespace })) {
      const { selector } = spec ?? {};
      if (selector !== undefined && toLabelSelector(selector).matches(pod.labels)) Object.assign(merged, selector);
    }
    const owned = this.#ownerSelector(pod);
    const services = Object.keys(merged).length === 0 ? undefined : toLabelSelector(merged);
    const both = services === undefined || owned === undefined ? (services ?? owned) : services.and(owned);
    return both?.isEmpty === true ? undefined : both;
  }

  #ownerSelector({ namespace, owner }: PodInfo): ParsedLabelSelector | undefined {
    if (owner === undefined) return undefined;
    const key = formatKey(namespace, owner.name);
    switch (`${owner.apiVersion}/${owner.kind}`) {
      case 'v1/ReplicationController': {
        const selector = this.#replicationControllers.lister.get(key)?.spec?.selector;
        return selector && toLabelSelector(selector);
      }
      case 'apps/v1/ReplicaSet':
        return selectorOf(this.#replicaSets.lister.get(key)?.spec?.selector);
      case 'apps/v1/StatefulSet':
        return selectorOf(this.#statefulSets.lister.get(key)?.spec?.selector);
      default:
        return undefined;
    }
  }

  #informers() {
    return [this.#services, this.#replicationControllers, this.#replicaSets, this.#statefulSets];
  }
}
