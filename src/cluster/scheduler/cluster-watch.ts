import { Namespace, Node, Pod } from '../../../generated/core/v1.js';
import { PodDisruptionBudget } from '../../../generated/policy/v1.js';
import type { Informer } from '../../cache/index.js';
import { deepEqual, type Labels, type ParsedLabelSelector } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { NodeObject, PodObject } from '../objects.js';
import { isNodeChange } from './cluster-event.js';
import type { ClusterState } from './cluster-state.js';
import type { Nominator } from './nominator.js';
import { PodInfo } from './pod-info.js';
import type { Budget } from './preemption.js';
import type { SchedulingQueue } from './scheduling-queue.js';
import { StorageWatch } from './storage-watch.js';
import { WorkloadSelectors } from './workload-selectors.js';

/** The parts of the scheduler that a watch feeds. */
export interface ClusterWatchOptions {
  readonly cluster: Cluster;
  readonly schedulerName: string;
  readonly state: ClusterState;
  readonly queue: SchedulingQueue;
  readonly nominator: Nominator;
}

/** Turns what informers tell into changes of the scheduler's state and events for its queue. */
export class ClusterWatch {
  readonly #options: ClusterWatchOptions;
  readonly #pods: Informer<Pod, 'Namespaced'>;
  readonly #nodes: Informer<Node, 'Cluster'>;
  readonly #namespaces: Informer<Namespace, 'Cluster'>;
  readonly #budgets: Informer<PodDisruptionBudget, 'Namespaced'>;
  readonly #workloads: WorkloadSelectors;
  /** The claims, volumes and storage classes. */
  readonly storage: StorageWatch;
  /** The pods without a node that this scheduler takes care of. */
  readonly #waiting = new Map<string, PodInfo>();
  readonly #assigned = new Map<string, PodInfo>();
  #synced = false;

  constructor(options: ClusterWatchOptions) {
    const { cluster } = options;
    this.#options = options;
    this.#pods = cluster.informer(Pod);
    this.#nodes = cluster.informer(Node);
    this.#namespaces = cluster.informer(Namespace);
    this.#budgets = cluster.informer(PodDisruptionBudget);
    this.#workloads = new WorkloadSelectors(cluster);
    this.storage = new StorageWatch(cluster, () => options.queue.notify({ type: 'VolumeChange' }));
    this.#nodes.subscribe({
      added: (node) => this.#nodeAdded(node),
      updated: (node, old) => this.#nodeUpdated(node, old),
      deleted: (node) => options.state.removeNode(node.metadata.name),
    });
    this.#pods.subscribe({
      added: (pod) => this.#podSet(pod),
      updated: (pod) => this.#podSet(pod),
      deleted: (pod) => this.#podDeleted(pod),
    });
    this.#namespaces.subscribe({
      updated: (namespace, old) => {
        if (!deepEqual(namespace.metadata.labels, old.metadata.labels))
          options.queue.notify({ type: 'NamespaceUpdate' });
      },
    });
  }

  /** True once the first state is complete. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Starts the informers. Resolves when all are synced. */
  async start(signal: AbortSignal): Promise<void> {
    await Promise.all([
      ...[this.#nodes, this.#namespaces, this.#budgets].map((informer) => informer.start({ signal })),
      this.#workloads.start(signal),
      this.storage.start(signal),
      this.#pods.start({ signal }),
    ]);
    this.#synced = true;
  }

  /** Stops the informers. */
  async stop(): Promise<void> {
    await Promise.all([
      ...[this.#nodes, this.#namespaces, this.#budgets].map((informer) => informer.stop()),
      this.#workloads.stop(),
      this.storage.stop(),
      this.#pods.stop(),
    ]);
  }

  /** Returns the newest state of a pod. */
  pod(key: string): PodObject | undefined {
    return this.#pods.lister.get(key);
  }

  /** Returns all disruption budgets. */
  budgets(): readonly Budget[] {
    return this.#budgets.lister.list();
  }

  /** Returns the labels of a namespace. */
  namespaceLabels(namespace: string): Labels | undefined {
    return this.#namespaces.lister.get(namespace)?.metadata.labels;
  }

  /** Returns the selector of the services and the workload that a pod belongs to. */
  workloadSelector(pod: PodInfo): ParsedLabelSelector | undefined {
    return this.#workloads.of(pod);
  }

  #nodeAdded(node: NodeObject): void {
    this.#options.state.setNode(node);
    this.#options.queue.notify({ type: 'NodeAdd', node });
  }

  #nodeUpdated(node: NodeObject, old: NodeObject): void {
    if (!isNodeChange(node, old)) return;
    this.#options.state.setNode(node);
    this.#options.queue.notify({ type: 'NodeUpdate', node, old });
  }

  #podSet(object: PodObject): void {
    const { uid } = object.metadata;
    const { phase } = object.status ?? {};
    // A pod that has ended takes up nothing, as if it were gone.
    if (phase === 'Succeeded' || phase === 'Failed') this.#podDeleted(object);
    else if (object.spec?.nodeName) this.#assignedSet(object, this.#assigned.get(uid));
    else if (object.spec?.schedulerName === this.#options.schedulerName) {
      const pod = new PodInfo(object);
      const old = this.#waiting.get(uid);
      this.#waiting.set(uid, pod);
      this.#waitingSet(pod, old);
    }
  }

  #waitingSet(pod: PodInfo, old: PodInfo | undefined): void {
    const { state, queue, nominator } = this.#options;
    // What was decided on is not decided on again.
    if (state.isAssumed(pod.uid)) return;
    if (old === undefined) {
      nominator.set(pod, pod.nominatedNodeName);
      queue.add(pod);
      return;
    }
    nominator.update(pod, old);
    queue.update(pod, isRelevantUpdate(pod, old));
  }

  #assignedSet(object: PodObject, old: PodInfo | undefined): void {
    const { state, queue, nominator } = this.#options;
    const { uid } = object.metadata;
    if (old !== undefined && isSameForOthers(object, old)) {
      old.startTime = object.status?.startTime ?? '';
      return;
    }
    const pod = new PodInfo(object);
    this.#assigned.set(uid, pod);
    state.setPod(pod);
    if (old !== undefined) {
      queue.notify({ type: 'AssignedPodUpdate', pod, old });
      return;
    }
    if (this.#waiting.delete(uid)) {
      queue.delete(uid);
      nominator.delete(uid);
    }
    queue.notify({ type: 'AssignedPodAdd', pod });
  }

  #podDeleted({ metadata }: PodObject): void {
    const { state, queue, nominator } = this.#options;
    const { uid } = metadata;
    const pod = this.#assigned.get(uid) ?? this.#waiting.get(uid);
    this.#assigned.delete(uid);
    this.#waiting.delete(uid);
    state.removePod(uid);
    queue.delete(uid);
    nominator.delete(uid);
    if (pod !== undefined) queue.notify({ type: 'AssignedPodDelete', pod });
  }
}

/** Tells whether an assigned pod still takes up the same and is matched by the same selectors. */
function isSameForOthers({ metadata, spec, status }: PodObject, old: PodInfo): boolean {
  if (old.isResizing || status?.conditions?.some(({ type }) => type.startsWith('PodResize'))) return false;
  const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return (
    old.nodeName === spec?.nodeName &&
    old.generation === metadata.generation &&
    old.isBeingDeleted === (metadata.deletionTimestamp !== undefined) &&
    old.disruption === (target?.status === 'True' ? (target.reason ?? '') : '') &&
    deepEqual(old.labels, metadata.labels ?? {})
  );
}

/** Tells whether a waiting pod changed in a way that can matter: not if it only got a condition. */
function isRelevantUpdate(pod: PodInfo, old: PodInfo): boolean {
  return (
    !deepEqual(pod.labels, old.labels) ||
    !deepEqual(pod.requests, old.requests) ||
    !deepEqual(pod.tolerations, old.tolerations) ||
    !deepEqual(pod.nodeAffinity, old.nodeAffinity) ||
    !deepEqual(pod.schedulingGates, old.schedulingGates)
  );
}
