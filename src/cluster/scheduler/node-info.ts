import type { Taint } from '../../../generated/core/v1.js';
import type { DeepReadonly, Labels } from '../../meta/index.js';
import type { NodeObject } from '../objects.js';
import { type Amounts, amountsOf } from '../resources/amounts.js';
import type { HostPort } from './host-ports.js';
import { normalizedImage, type PodInfo } from './pod-info.js';

/** A node as the scheduler sees it: its properties, and the pods on it with the sums of what they take up. */
export class NodeInfo {
  readonly name: string;
  readonly pods = new Map<string, PodInfo>();
  /** The pods that have pod affinity or anti-affinity. */
  readonly podsWithTerms = new Map<string, PodInfo>();
  /** The pods that require other pods to stay away. */
  readonly podsWithAntiAffinity = new Map<string, PodInfo>();
  readonly requested: Amounts = {};
  assumedCpu = 0;
  assumedMemory = 0;
  /** The ports of the node that its pods use, with repetitions where an update was late. */
  hostPorts: readonly HostPort[] = [];
  labels: Labels = {};
  taints: readonly DeepReadonly<Taint>[] = [];
  allocatable: Amounts = {};
  unschedulable = false;
  /** Sizes of the images on the node, by normalized name. */
  images: ReadonlyMap<string, number> = new Map();
  /** True while the node object exists. Pods can be known before their node is, and outlive it. */
  exists = false;

  constructor(name: string) {
    this.name = name;
  }

  /** Takes over the properties of the node object. */
  setNode({ metadata, spec, status }: NodeObject): void {
    this.exists = true;
    this.labels = metadata.labels ?? {};
    this.taints = spec?.taints ?? [];
    this.unschedulable = spec?.unschedulable ?? false;
    this.allocatable = amountsOf(status?.allocatable);
    const images = new Map<string, number>();
    for (const { names = [], sizeBytes = 0 } of status?.images ?? []) {
      for (const name of names) images.set(normalizedImage(name), sizeBytes);
    }
    this.images = images;
  }

  /** Adds a pod. */
  addPod(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    if (pod.terms !== undefined) this.podsWithTerms.set(pod.uid, pod);
    if (pod.terms !== undefined && pod.terms.antiAffinity.length > 0) this.podsWithAntiAffinity.set(pod.uid, pod);
    if (pod.hostPorts.length > 0) this.hostPorts = [...this.hostPorts, ...pod.hostPorts];
    this.#count(pod, 1);
  }

  /** Removes a pod. Does nothing if the pod is not on the node. */
  removePod(uid: string): void {
    const pod = this.pods.get(uid);
    if (pod === undefined) return;
    this.pods.delete(uid);
    this.podsWithTerms.delete(uid);
    this.podsWithAntiAffinity.delete(uid);
    if (pod.hostPorts.length > 0) this.hostPorts = [...this.pods.values()].flatMap(({ hostPorts }) => hostPorts);
    this.#count(pod, -1);
  }

  /** Returns a copy on which to try what happens if pods come or go. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.name);
    const { exists, labels, taints, unschedulable, allocatable, images } = this;
    Object.assign(copy, { exists, labels, taints, unschedulable, allocatable, images });
    for (const pod of this.pods.values()) copy.addPod(pod);
    return copy;
  }

  #count(pod: PodInfo, sign: 1 | -1): void {
    for (const [resource, amount] of pod.requests) {
      this.requested[resource] = (this.requested[resource] ?? 0) + sign * amount;
    }
    this.assumedCpu += sign * pod.assumed.cpu;
    this.assumedMemory += sign * pod.assumed.memory;
  }
}
