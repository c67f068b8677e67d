import { DaemonSet, type DaemonSetStatus } from '../../../../generated/apps/v1.js';
import type { Node } from '../../../../generated/core/v1.js';
import type { Cached } from '../../../cache/index.js';
import { isNamespaceTerminating, settleAll } from '../base/api-faults.js';
import { slowStart } from '../base/slow-start.js';
import { createPod, deletePod, type PodControl } from '../pods/pod-control.js';
import { type CachedPod, isPodAvailable, isPodReady, isPodTerminal } from '../pods/pod-state.js';
import {
  byAge,
  type DaemonDraft,
  daemonPod,
  isUpdated,
  type NodeFit,
  nodeFit,
  targetNode,
  updateLimits,
} from './daemon-pods.js';
import type { FailedPods } from './failed-pods.js';

/** The most pods that one reconcile creates or deletes. */
const BURST = 250;

/** The surroundings of one reconcile of a DaemonSet. */
export interface DaemonControl extends PodControl {
  readonly nodes: readonly Cached<Node, 'Cluster'>[];
  readonly failedPods: FailedPods;
  readonly now: number;
}

/** One reconcile of a DaemonSet: a pod on every node that fits, and the next step of an update. */
export class DaemonSync {
  readonly #set: DaemonDraft;
  readonly #hash: string;
  readonly #control: DaemonControl;
  readonly #pods = new Map<string, CachedPod[]>();
  readonly #fits: ReadonlyMap<string, NodeFit>;
  readonly #create: string[] = [];
  readonly #remove = new Set<string>();
  /** The milliseconds until a failed pod may be replaced. */
  waitMs: number | undefined;

  constructor(set: DaemonDraft, pods: readonly CachedPod[], hash: string, control: DaemonControl) {
    this.#set = set;
    this.#hash = hash;
    this.#control = control;
    this.#fits = new Map(control.nodes.map((node) => [node.metadata.name, nodeFit(set, node)]));
    for (const pod of [...pods].sort(byAge)) {
      const node = targetNode(pod);
      if (node === undefined || (isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined)) continue;
      this.#pods.set(node, [...(this.#pods.get(node) ?? []), pod]);
    }
  }

  /** Creates and deletes pods. The update goes on only when no pod was created or deleted. */
  async run(): Promise<void> {
    for (const [node, fit] of this.#fits) this.#settleNode(node, fit);
    for (const [node, pods] of this.#pods) {
      if (this.#fits.has(node)) continue;
      for (const pod of pods) if ((pod.spec?.nodeName ?? '') === '') this.#remove.add(pod.metadata.name);
    }
    const isSettled = this.#create.length === 0 && this.#remove.size === 0;
    if (isSettled && this.#set.spec?.updateStrategy?.type !== 'OnDelete') this.#rollOut();
    await this.#write();
  }

  #settleNode(node: string, { run, stay }: NodeFit): void {
    const pods = this.#pods.get(node);
    if (pods === undefined) {
      if (run) this.#create.push(node);
      return;
    }
    const live = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (!stay) {
      for (const { metadata } of live) this.#remove.add(metadata.name);
      return;
    }
    const running = live.filter((pod) => !this.#replaceEnded(pod, node));
    const hasSurge = updateLimits(this.#set, 1).surge > 0;
    if (!hasSurge) {
      for (const { metadata } of running.slice(1)) this.#remove.add(metadata.name);
    } else if (running.length === 0 && run) this.#create.push(node);
    else if (running.length > 1) this.#thinOut(running);
  }

  /** Deletes a pod that failed or succeeded, so that a new one takes its place. Returns whether the pod has ended. */
  #replaceEnded(pod: CachedPod, node: string): boolean {
    const { events, failedPods, now } = this.#control;
    const { name, namespace } = pod.metadata;
    if (pod.status?.phase === 'Failed') {
      const key = `${this.#set.metadata.uid}/${this.#set.status?.observedGeneration ?? 0}/${node}`;
      const waitMs = failedPods.next(key, now);
      if (waitMs > 0) {
        this.waitMs = Math.min(this.waitMs ?? waitMs, waitMs);
        return true;
      }
      const message = `Found failed daemon pod ${namespace}/${name} on node ${node}, will try to kill it`;
      events.warning(this.#set, 'FailedDaemonPod', message);
      this.#remove.add(name);
      return true;
    }
    if (pod.status?.phase !== 'Succeeded') return false;
    const message = `Found succeeded daemon pod ${namespace}/${name} on node ${node}, will try to delete it`;
    events.normal(this.#set, 'SucceededDaemonPod', message);
    this.#remove.add(name);
    return true;
  }

  /** Keeps the oldest pod of the new template and the oldest of an old one, and the latter only until the former is available. */
  #thinOut(running: readonly CachedPod[]): void {
    const fresh = running.filter((pod) => isUpdated(pod, this.#set, this.#hash));
    const stale = running.filter((pod) => !isUpdated(pod, this.#set, this.#hash));
    for (const { metadata } of [...fresh.slice(1), ...stale.slice(1)]) this.#remove.add(metadata.name);
    const [next, old] = [fresh[0], stale[0]];
    if (next !== undefined && old !== undefined && (!isPodReady(old) || this.#isAvailable(next)))
      this.#remove.add(old.metadata.name);
  }

  #rollOut(): void {
    const wanted = [...this.#fits.values()].filter(({ run }) => run).length;
    const { surge, unavailable } = updateLimits(this.#set, wanted);
    const nodes = [...new Set([...this.#fits.keys(), ...this.#pods.keys()])]
      .filter((node) => this.#pods.has(node) || this.#fits.get(node)?.run === true)
      .map((node) => ({ node, ...this.#pairOn(node) }));
    if (surge > 0) this.#rollOutWithSurge(nodes, surge, wanted);
    else this.#rollOutInPlace(nodes, unavailable);
  }

  #rollOutInPlace(nodes: readonly NodePair[], mostMissing: number): void {
    let missing = 0;
    const spare: CachedPod[] = [];
    for (const { next, old, isClear } of nodes) {
      if (!isClear || (next === undefined) === (old === undefined)) missing++;
      else if (next !== undefined) missing += this.#isAvailable(next) ? 0 : 1;
      else if (old !== undefined && this.#isAvailable(old)) spare.push(old);
      else if (old !== undefined) {
        // It does not serve anyway.
        this.#remove.add(old.metadata.name);
        missing++;
      }
    }
    for (const { metadata } of spare.slice(0, Math.max(0, mostMissing - missing))) this.#remove.add(metadata.name);
  }

  #rollOutWithSurge(nodes: readonly NodePair[], mostExtra: number, wanted: number): void {
    let extra = 0;
    let available = 0;
    const candidates: string[] = [];
    const misplaced: CachedPod[] = [];
    for (const { node, next, old, isClear } of nodes) {
      if (!isClear) {
        extra++;
        continue;
      }
      const counted = old ?? next;
      if (counted !== undefined && this.#isAvailable(counted)) available++;
      if (old === undefined) continue;
      const shouldRun = this.#fits.get(node)?.run === true;
      if (next !== undefined) {
        if (this.#isAvailable(next)) this.#remove.add(old.metadata.name);
        else extra++;
      } else if (!this.#isAvailable(old)) {
        if (shouldRun) this.#create.push(node);
        else this.#remove.add(old.metadata.name);
      } else if (shouldRun) candidates.push(node);
      else misplaced.push(old);
    }
    for (const { metadata } of misplaced.slice(0, Math.max(0, available - wanted))) this.#remove.add(metadata.name);
    this.#create.push(...candidates.slice(0, Math.max(0, mostExtra - extra)));
  }

  /** Returns the pod of the new template and the pod of an old one on a node. It is not clear when there are several of either. */
  #pairOn(node: string): { next: CachedPod | undefined; old: CachedPod | undefined; isClear: boolean } {
    const live = (this.#pods.get(node) ?? []).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const fresh = live.filter((pod) => isUpdated(pod, this.#set, this.#hash));
    const stale = live.filter((pod) => !isUpdated(pod, this.#set, this.#hash));
    return { next: fresh[0], old: stale[0], isClear: fresh.length <= 1 && stale.length <= 1 };
  }

  #isAvailable(pod: CachedPod): boolean {
    return isPodAvailable(pod, this.#set.spec?.minReadySeconds ?? 0, this.#control.now);
  }

  async #write(): Promise<void> {
    const { signal } = this.#control;
    const { error } = await slowStart(Math.min(this.#create.length, BURST), async (i) => {
      signal.throwIfAborted();
      const pod = daemonPod(this.#set, this.#create[i] ?? '', this.#hash);
      await createPod(this.#control, this.#set, pod).catch((fault: unknown) => {
        if (!isNamespaceTerminating(fault)) throw fault;
      });
    });
    await settleAll([...this.#remove].slice(0, BURST).map((name) => deletePod(this.#control, this.#set, name)));
    if (error !== undefined) throw error;
  }

  /** Writes the counts of the status if they changed. */
  async writeStatus(): Promise<DaemonSetStatus> {
    const { cluster, signal } = this.#control;
    const next = this.#status();
    const { status: old, metadata } = this.#set;
    const isSame = FIELDS.every((field) => (old?.[field] ?? 0) === (next[field] ?? 0));
    if (isSame) return next;
    const status = cluster.resource(DaemonSet).in(metadata.namespace).subresource('status');
    await status.replace({ ...this.#set, status: next }, { signal });
    return next;
  }

  #status(): DaemonSetStatus {
    const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
    for (const [node, { run }] of this.#fits) {
      const [pod] = this.#pods.get(node) ?? [];
      if (run) counts.desired++;
      if (pod === undefined) continue;
      if (!run) {
        counts.misscheduled++;
        continue;
      }
      counts.current++;
      if (isPodReady(pod)) counts.ready++;
      if (this.#isAvailable(pod)) counts.available++;
      if (isUpdated(pod, this.#set, this.#hash)) counts.updated++;
    }
    return {
      ...this.#set.status,
      observedGeneration: this.#set.metadata.generation,
      desiredNumberScheduled: counts.desired,
      currentNumberScheduled: counts.current,
      numberMisscheduled: counts.misscheduled,
      numberReady: counts.ready,
      updatedNumberScheduled: counts.updated,
      numberAvailable: counts.available,
      numberUnavailable: counts.desired - counts.available,
    };
  }
}

interface NodePair {
  readonly node: string;
  readonly next: CachedPod | undefined;
  readonly old: CachedPod | undefined;
  readonly isClear: boolean;
}

const FIELDS = [
  'observedGeneration',
  'desiredNumberScheduled',
  'currentNumberScheduled',
  'numberMisscheduled',
  'numberReady',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
] as const;
