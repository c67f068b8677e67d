import type { PodInfo } from './pod-info.js';

/** The pods that wait for room on a node that preemption makes for them. Other pods must not take that room. */
export class Nominator {
  readonly #byNode = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOf = new Map<string, string>();

  /** Returns the pods nominated to a node. */
  podsOn(node: string): readonly PodInfo[] {
    return [...(this.#byNode.get(node)?.values() ?? [])];
  }

  /** True if no pod is nominated. */
  get isEmpty(): boolean {
    return this.#nodeOf.size === 0;
  }

  /** Nominates a pod to a node in place of any other node. */
  set(pod: PodInfo, node: string): void {
    this.delete(pod.uid);
    if (node === '') return;
    this.#nodeOf.set(pod.uid, node);
    const pods = this.#byNode.get(node) ?? new Map<string, PodInfo>();
    pods.set(pod.uid, pod);
    this.#byNode.set(node, pods);
  }

  /** Takes in a new state of a pod. A nomination that was made here and not yet stored stays. */
  update(pod: PodInfo, old: PodInfo): void {
    const kept = pod.nominatedNodeName === '' && old.nominatedNodeName === '' ? this.#nodeOf.get(pod.uid) : undefined;
    this.set(pod, kept ?? pod.nominatedNodeName);
  }

  /** Withdraws a nomination. */
  delete(uid: string): void {
    const node = this.#nodeOf.get(uid);
    if (node === undefined) return;
    this.#nodeOf.delete(uid);
    const pods = this.#byNode.get(node);
    pods?.delete(uid);
    if (pods?.size === 0) this.#byNode.delete(node);
  }
}
