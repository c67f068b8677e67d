import { Lease } from '../../../generated/coordination.k8s.io/v1.js';
import { Node, Pod, type PodCondition } from '../../../generated/core/v1.js';
import type { Informer } from '../../cache/index.js';
import { mergePatch, strategicMergePatch } from '../../client/index.js';
import { EventRecorder } from '../../controller/index.js';
import { isConflict, isNotFound } from '../../errors/index.js';
import { deepEqual, formatKey, formatTime } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { Clock } from '../../util/clock.js';
import type { Random } from '../../util/random.js';
import { Limiter } from '../limiter.js';
import type { NodeObject, PodObject } from '../objects.js';
import { type GracePeriods, NodeHealth, readyOf, unknownConditions } from './node-health.js';
import { evictingKey, notReadyKey, sameTaints, taintsFor, unreachableKey } from './node-taints.js';
import { TaintEviction } from './taint-eviction.js';
import { type EvictionRates, ZoneLimits, zoneOf } from './zone-limits.js';

/** Requests under way at a time. */
const concurrency = 30;

/** Options of a node lifecycle controller, complete. */
export interface NodeLifecycleSettings {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly periodMs: number;
  readonly grace: GracePeriods;
  readonly rates: EvictionRates;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * One run of a node lifecycle controller. Every few seconds it looks at all nodes; in between it follows changes of single nodes
 * and pods. Node objects that are wrong are patched, and the watch tells of the result as of any other change.
 */
export class NodeLifecycleRun {
  readonly #settings: NodeLifecycleSettings;
  readonly #nodes: Informer<Node, 'Cluster'>;
  readonly #leases: Informer<Lease, 'Namespaced'>;
  readonly #pods: Informer<Pod, 'Namespaced'>;
  readonly #health: NodeHealth;
  readonly #limits: ZoneLimits;
  readonly #eviction: TaintEviction;
  readonly #recorder: EventRecorder;
  readonly #limiter = new Limiter(concurrency);
  /** Nodes with a request under way. */
  readonly #busy = new Set<string>();

  constructor(settings: NodeLifecycleSettings) {
    const { cluster, clock, random, grace, rates } = settings;
    this.#settings = settings;
    this.#health = new NodeHealth(grace);
    this.#limits = new ZoneLimits(rates);
    this.#recorder = new EventRecorder(cluster, { controller: 'node-controller', clock, random });
    this.#eviction = new TaintEviction({
      clock,
      evict: (pod) => void this.#limiter.run(() => this.#evict(pod)).catch((error) => this.#report(error)),
      onCancelled: (pod) => this.#podEvent(pod, `Cancelling deletion of Pod ${keyOf(pod)}`),
    });
    this.#nodes = cluster.informer(Node);
    this.#leases = cluster.informer(Lease, { namespace: 'kube-node-lease' });
    this.#pods = cluster.informer(Pod, { indexes: { node: ({ spec }) => [spec?.nodeName ?? ''] } });
    this.#nodes.subscribe({
      added: (node) => {
        this.#recordNode(node, 'RegisteredNode', `Registered Node ${node.metadata.name} in Controller`);
        this.#nodeSet(node);
      },
      updated: (node, old) => {
        if (!deepEqual(node.spec?.taints, old.spec?.taints)) this.#considerPodsOn(node);
        this.#nodeSet(node);
      },
      deleted: (node) => {
        this.#health.delete(node.metadata.name);
        this.#recordNode(node, 'RemovingNode', `Removing Node ${node.metadata.name} from Controller`);
      },
    });
    this.#pods.subscribe({
      added: (pod) => this.#podSet(pod),
      updated: (pod, old) => {
        const isSame =
          pod.spec?.nodeName === old.spec?.nodeName && deepEqual(pod.spec?.tolerations, old.spec?.tolerations);
        if (!isSame) this.#podSet(pod);
      },
      deleted: ({ metadata }) => this.#eviction.delete(metadata.uid),
    });
  }

  /** Runs until the signal aborts. */
  async run(): Promise<void> {
    const { signal, clock, periodMs } = this.#settings;
    const informers = [this.#nodes, this.#leases, this.#pods];
    try {
      await Promise.all(informers.map((informer) => informer.start({ signal })));
      for (;;) {
        this.#monitor();
        await clock.sleep(periodMs, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#eviction.close();
      await this.#limiter.idle();
      await this.#recorder.close({ timeoutMs: 1000 });
      await Promise.all(informers.map((informer) => informer.stop()));
    }
  }

  #monitor(): void {
    const now = this.#settings.clock.now();
    const nodes = this.#nodes.lister.list();
    const hasRecovered = this.#limits.update(nodes, now);
    for (const node of nodes) {
      const { name } = node.metadata;
      const renewTime = this.#leases.lister.get(`kube-node-lease/${name}`)?.spec?.renewTime ?? '';
      // Nobody could report while the cluster was disrupted as a whole.
      if (hasRecovered) this.#health.renew(name, now);
      if (this.#health.isSilent(node, renewTime, now)) this.#silence(node);
      this.#nodeSet(node, true);
    }
  }

  /** Says in the conditions of a node that nothing is known about it. */
  #silence(node: NodeObject): void {
    const { clock } = this.#settings;
    const conditions = unknownConditions(node, formatTime(clock.now()));
    if (conditions.length === 0) return;
    const { name } = node.metadata;
    this.#patch(node, async () => {
      const status = this.#settings.cluster.resource(Node).subresource('status');
      await status.patch(name, strategicMergePatch({ status: { conditions } }));
      if (readyOf(node)?.status !== 'True') return;
      this.#recordNode(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      await Promise.all(this.#podsOn(name).map((pod) => this.#markNotReady(pod)));
    });
  }

  /** Brings the taints of a node in line with its conditions. A node begins to evict pods only if `mayEvict` is set. */
  #nodeSet(node: NodeObject, mayEvict = false): void {
    const { clock } = this.#settings;
    const key = this.#evictsBy(node, mayEvict);
    const taints = taintsFor(node, key, formatTime(clock.now()));
    if (sameTaints(taints, node.spec?.taints ?? [])) return;
    const { name, resourceVersion } = node.metadata;
    this.#patch(node, () =>
      this.#settings.cluster
        .resource(Node)
        .patch(name, mergePatch({ metadata: { resourceVersion }, spec: { taints } })),
    );
  }

  /** Returns the key of the taint with which a node is to evict pods, as far as the limit of its zone allows. */
  #evictsBy(node: NodeObject, mayEvict: boolean): string | undefined {
    const status = readyOf(node)?.status;
    if (status === undefined || status === 'True' || this.#limits.isFullyDisrupted) return undefined;
    const key = status === 'False' ? notReadyKey : unreachableKey;
    if (evictingKey(node) !== undefined) return key;
    if (!mayEvict || this.#busy.has(node.metadata.name)) return undefined;
    return this.#limits.take(zoneOf(node), this.#settings.clock.now()) ? key : undefined;
  }

  #patch(node: NodeObject, request: () => Promise<unknown>): void {
    const { name } = node.metadata;
    if (this.#busy.has(name)) return;
    this.#busy.add(name);
    this.#limiter
      .run(request)
      .catch((error: unknown) => {
        // The next state of the node, which is on its way, decides anew.
        if (!isConflict(error)) this.#report(error);
      })
      .finally(() => {
        this.#busy.delete(name);
        const current = this.#nodes.lister.get(name);
        if (current !== undefined && current.metadata.resourceVersion !== node.metadata.resourceVersion)
          this.#nodeSet(current);
      });
  }

  #podsOn(node: string): PodObject[] {
    return this.#pods.lister.by('node', node);
  }

  #considerPodsOn(node: NodeObject): void {
    for (const pod of this.#podsOn(node.metadata.name)) this.#consider(pod, node);
  }

  #podSet(pod: PodObject): void {
    const node = this.#nodes.lister.get(pod.spec?.nodeName ?? '');
    if (node !== undefined) this.#consider(pod, node);
  }

  #consider(pod: PodObject, { spec }: NodeObject): void {
    if (pod.metadata.deletionTimestamp === undefined) this.#eviction.consider(pod, spec?.taints ?? []);
  }

  async #evict(pod: PodObject): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const message = 'Taint manager: deleting due to NoExecute taint';
    try {
      await this.#setCondition(pod, {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByTaintManager',
        message,
      });
      this.#podEvent(pod, `Marking for deletion Pod ${keyOf(pod)}`);
      await this.#settings.cluster.resource(Pod).in(namespace).delete(name, { preconditions: { uid } });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  async #markNotReady(pod: PodObject): Promise<void> {
    const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') return;
    try {
      await this.#setCondition(pod, { type: 'Ready', status: 'False' });
      this.#recorder.warning(pod, { reason: 'NodeNotReady', action: 'NodeNotReady', note: 'Node is not ready' });
    } catch (error) {
      if (!isNotFound(error)) this.#report(error);
    }
  }

  async #setCondition({ metadata }: PodObject, condition: PodCondition): Promise<void> {
    const { namespace, name, uid, generation } = metadata;
    const lastTransitionTime = formatTime(this.#settings.clock.now());
    const conditions = [{ ...condition, lastTransitionTime, observedGeneration: generation }];
    const status = this.#settings.cluster.resource(Pod).in(namespace).subresource('status');
    await status.patch(name, strategicMergePatch({ metadata: { uid }, status: { conditions } }));
  }

  #podEvent(pod: PodObject, note: string): void {
    this.#recorder.normal(pod, { reason: 'TaintManagerEviction', action: 'TaintManagerEviction', note });
  }

  #recordNode(node: NodeObject, reason: string, what: string): void {
    const { name } = node.metadata;
    const note = reason === 'NodeNotReady' ? what : `Node ${name} event: ${what}`;
    this.#recorder.normal(node, { reason, action: reason, note });
  }

  #report(error: unknown): void {
    if (!this.#settings.signal.aborted) this.#settings.onError(error);
  }
}

function keyOf({ metadata }: PodObject): string {
  return formatKey(metadata.namespace, metadata.name);
}
