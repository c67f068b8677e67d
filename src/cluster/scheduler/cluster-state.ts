import { deepEqual, type Labels } from '../../meta/index.js';
import type { NodeObject } from '../objects.js';
import { NodeInfo } from './node-info.js';
import { labelValue } from './node-selector.js';
import { PodCounts } from './pod-counts.js';
import type { PodInfo } from './pod-info.js';

const zoneLabel = 'topology.kubernetes.io/zone';
const regionLabel = 'topology.kubernetes.io/region';

/**
 * The nodes and the pods on them, kept up to date by single changes. Scheduling a pod takes no snapshot and looks at no node that
 * it does not have to: as decisions are made without waiting for anything, nothing changes under them.
 *
 * A pod counts on its node from the moment the scheduler assumes it there, before the API server has stored the binding.
 */
export class ClusterState {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #nodeOf = new Map<string, string>();
  readonly #assumed = new Set<string>();
  readonly #imageNodes = new Map<string, number>();
  readonly #withTerms = new Set<NodeInfo>();
  readonly #withAntiAffinity = new Set<NodeInfo>();
  #order: readonly NodeInfo[] | undefined;
  /** The pods on each node, by selector. */
  readonly counts: PodCounts;
  /** Returns the labels of a namespace. */
  readonly namespaceLabels: (namespace: string) => Labels | undefined;

  constructor(namespaceLabels: (namespace: string) => Labels | undefined = () => undefined) {
    this.namespaceLabels = namespaceLabels;
    this.counts = new PodCounts(
      () => this.#allPods(),
      (name) => this.node(name)?.labels,
    );
  }

  /** The nodes, one of each zone in turn, so that a search that stops early has looked into all zones. */
  get nodes(): readonly NodeInfo[] {
    this.#order ??= zonesInTurn([...this.#nodes.values()].filter(({ exists }) => exists));
    return this.#order;
  }

  /** The nodes that have pods with affinity or anti-affinity. */
  get nodesWithTerms(): Iterable<NodeInfo> {
    return this.#withTerms;
  }

  /** The nodes that have pods that require others to stay away. */
  get nodesWithAntiAffinity(): Iterable<NodeInfo> {
    return this.#withAntiAffinity;
  }

  /** The number of pods on nodes, assumed ones included. */
  get pods(): number {
    return this.#nodeOf.size;
  }

  /** The number of pods that were assumed and are not yet confirmed. */
  get assumedPods(): number {
    return this.#assumed.size;
  }

  /** Returns a node that exists. */
  node(name: string): NodeInfo | undefined {
    const node = this.#nodes.get(name);
    return node?.exists === true ? node : undefined;
  }

  /** Returns the number of nodes that have an image. */
  nodesWithImage(image: string): number {
    return this.#imageNodes.get(image) ?? 0;
  }

  /** Takes in a new node, or a new state of one. */
  setNode(object: NodeObject): void {
    const node = this.#nodeCalled(object.metadata.name);
    const [existed, zone, labels] = [node.exists, zoneOf(node), node.labels];
    this.#countImages(node, -1);
    node.setNode(object);
    this.#countImages(node, 1);
    if (!existed || zone !== zoneOf(node)) this.#order = undefined;
    if (!existed || !deepEqual(labels, node.labels)) this.counts.nodesChanged();
  }

  /** Removes a node. Its pods are remembered until they are deleted, in case the node comes back. */
  removeNode(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    this.#countImages(node, -1);
    node.images = new Map();
    node.exists = false;
    this.#order = undefined;
    this.counts.nodesChanged();
    if (node.pods.size === 0) this.#nodes.delete(name);
  }

  /** Puts a pod on a node before the binding is stored. */
  assume(pod: PodInfo, node: string): void {
    this.#put(pod, node);
    this.#assumed.add(pod.uid);
  }

  /** Takes an assumed pod back from its node. Returns false if it was confirmed, or deleted, in the meantime. */
  forget(uid: string): boolean {
    if (!this.#assumed.delete(uid)) return false;
    this.removePod(uid);
    return true;
  }

  /** Tells whether a pod is assumed on a node. */
  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  /** Takes in a pod that the API server shows on a node, or its new state. */
  setPod(pod: PodInfo): void {
    this.#assumed.delete(pod.uid);
    this.#put(pod, pod.nodeName);
  }

  /** Removes a pod. Does nothing if it is on no node. */
  removePod(uid: string): void {
    const name = this.#nodeOf.get(uid);
    const node = name === undefined ? undefined : this.#nodes.get(name);
    const pod = node?.pods.get(uid);
    this.#assumed.delete(uid);
    this.#nodeOf.delete(uid);
    if (node === undefined || pod === undefined) return;
    node.removePod(uid);
    this.counts.removed(node.name, pod);
    this.#note(node);
    if (!node.exists && node.pods.size === 0) this.#nodes.delete(node.name);
  }

  #put(pod: PodInfo, name: string): void {
    this.removePod(pod.uid);
    const node = this.#nodeCalled(name);
    node.addPod(pod);
    this.#nodeOf.set(pod.uid, name);
    this.counts.added(name, pod);
    this.#note(node);
  }

  #nodeCalled(name: string): NodeInfo {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = new NodeInfo(name);
      this.#nodes.set(name, node);
    }
    return node;
  }

  #note(node: NodeInfo): void {
    if (node.podsWithTerms.size > 0) this.#withTerms.add(node);
    else this.#withTerms.delete(node);
    if (node.podsWithAntiAffinity.size > 0) this.#withAntiAffinity.add(node);
    else this.#withAntiAffinity.delete(node);
  }

  #countImages(node: NodeInfo, by: 1 | -1): void {
    for (const image of node.images.keys()) {
      const next = this.nodesWithImage(image) + by;
      if (next === 0) this.#imageNodes.delete(image);
      else this.#imageNodes.set(image, next);
    }
  }

  *#allPods(): Generator<readonly [string, PodInfo]> {
    for (const node of this.#nodes.values()) for (const pod of node.pods.values()) yield [node.name, pod];
  }
}

function zoneOf({ labels }: NodeInfo): string {
  return `${labelValue(labels, regionLabel) ?? ''} ${labelValue(labels, zoneLabel) ?? ''}`;
}

function zonesInTurn(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const node of nodes) {
    const zone = zones.get(zoneOf(node));
    if (zone === undefined) zones.set(zoneOf(node), [node]);
    else zone.push(node);
  }
  if (zones.size < 2) return nodes;
  const ordered: NodeInfo[] = [];
  for (let turn = 0; ordered.length < nodes.length; turn++) {
    for (const zone of zones.values()) {
      const node = zone[turn];
      if (node !== undefined) ordered.push(node);
    }
  }
  return ordered;
}
