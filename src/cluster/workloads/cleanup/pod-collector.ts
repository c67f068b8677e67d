import { Node, Pod, type PodCondition } from '../../../../generated/core/v1.js';
import type { Cached, Lister } from '../../../cache/index.js';
import type { Runnable } from '../../../controller/index.js';
import { isNotFound } from '../../../errors/index.js';
import { findCondition, formatTime } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { compareText } from '../../../util/compare.js';
import type { ControllerSetup } from '../base/setup.js';
import { type CachedPod, isPodTerminal } from '../pods/pod-state.js';

const PERIOD_MS = 20_000;
/** A pod whose node is unknown is left alone for so long: the node may be on its way into the cache. */
const QUARANTINE_MS = 40_000;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** The number of ended pods that are kept by default, as `--terminated-pod-gc-threshold`. */
const TERMINATED_PODS = 12_500;

/** Returns the controller that deletes pods which no kubelet will ever finish, and ended pods beyond a number. */
export function podCollector({ clock, run }: ControllerSetup): Runnable {
  return {
    name: 'podgc',
    async run({ signal, cluster }) {
      const pods = cluster.informer(Pod);
      const nodes = cluster.informer(Node);
      const collector = new PodCollector(cluster, pods.lister, nodes.lister, signal);
      try {
        await Promise.all([pods.start({ signal }), nodes.start({ signal })]);
        while (!signal.aborted) {
          await collector.collect(clock.now()).catch((error: unknown) => {
            if (!signal.aborted) run.onError(error, { controller: 'podgc', key: '', failures: 1, retried: true });
          });
          await clock.sleep(PERIOD_MS, { signal });
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        await Promise.all([pods.stop(), nodes.stop()]);
      }
    },
  };
}

class PodCollector {
  readonly #cluster: Cluster;
  readonly #pods: Lister<Pod, 'Namespaced'>;
  readonly #nodes: Lister<Node, 'Cluster'>;
  readonly #signal: AbortSignal;
  /** The time at which each unknown node was first missed. */
  readonly #missing = new Map<string, number>();

  constructor(cluster: Cluster, pods: Lister<Pod, 'Namespaced'>, nodes: Lister<Node, 'Cluster'>, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#pods = pods;
    this.#nodes = nodes;
    this.#signal = signal;
  }

  async collect(now: number): Promise<void> {
    const pods = this.#pods.list();
    const ended = pods.filter(isPodTerminal).sort(byEvictionAndAge);
    const surplus = ended.slice(0, Math.max(0, ended.length - TERMINATED_PODS));
    const leaving = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    const stuck = leaving.filter((pod) => this.#isOutOfService(this.#nodes.get(pod.spec?.nodeName ?? '')));
    const unscheduled = leaving.filter(({ spec }) => (spec?.nodeName ?? '') === '');
    for (const pod of [...surplus, ...stuck, ...unscheduled]) await this.#delete(pod);
    for (const pod of await this.#orphans(pods, now)) {
      await this.#delete(pod, {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
        lastTransitionTime: formatTime(now),
      });
    }
  }

  #isOutOfService(node: Cached<Node, 'Cluster'> | undefined): boolean {
    if (node === undefined || findCondition(node.status?.conditions, 'Ready')?.status === 'True') return false;
    return node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true;
  }

  /** Returns the pods whose node has not existed for a while. */
  async #orphans(pods: readonly CachedPod[], now: number): Promise<CachedPod[]> {
    const unknown = pods.filter(({ spec }) => (spec?.nodeName ?? '') !== '' && !this.#nodes.has(spec?.nodeName ?? ''));
    const names = new Set(unknown.map(({ spec }) => spec?.nodeName ?? ''));
    for (const name of this.#missing.keys()) if (!names.has(name)) this.#missing.delete(name);
    const gone = new Set<string>();
    for (const name of names) {
      const since = this.#missing.get(name);
      if (since === undefined) this.#missing.set(name, now);
      else if (now - since >= QUARANTINE_MS) {
        const node = await this.#cluster.resource(Node).find(name, { signal: this.#signal });
        if (node === undefined) gone.add(name);
      }
    }
    return unknown.filter(({ spec }) => gone.has(spec?.nodeName ?? ''));
  }

  async #delete(pod: CachedPod, condition?: PodCondition): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    const pods = this.#cluster.resource(Pod).in(namespace);
    const signal = this.#signal;
    try {
      if (!isPodTerminal(pod)) {
        const conditions = condition === undefined ? {} : { conditions: [condition] };
        const status = { phase: 'Failed', ...conditions };
        await pods
          .subresource('status')
          .patch(name, { type: 'strategic', body: { metadata: { uid }, status } }, { signal });
      }
      await pods.delete(name, { gracePeriodSeconds: 0, preconditions: { uid }, signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function byEvictionAndAge(a: CachedPod, b: CachedPod): number {
  const isEvicted = ({ status }: CachedPod) => Number(status?.phase === 'Failed' && status.reason === 'Evicted');
  return (
    isEvicted(b) - isEvicted(a) ||
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}
