import { Node, Pod } from '../../../generated/core/v1.js';
import type { Informer } from '../../cache/index.js';
import { EventRecorder } from '../../controller/index.js';
import { InvalidRequestError, isAlreadyExists, isNotFound } from '../../errors/index.js';
import type { Labels } from '../../meta/index.js';
import { callerOf } from '../../sdk/cluster.js';
import type { Cluster } from '../../sdk/index.js';
import type { Clock } from '../../util/clock.js';
import type { Random } from '../../util/random.js';
import { Limiter } from '../limiter.js';
import type { NodeGroup } from '../node-group.js';
import type { NodeObject, PodObject } from '../objects.js';
import type { QuantityList } from '../resources/amounts.js';
import { defaultStages } from './default-stages.js';
import { type CompiledStage, compileStage } from './lifecycle.js';
import { NodeAddresses } from './node-addresses.js';
import { NodeLeases } from './node-leases.js';
import { PodReadiness } from './pod-readiness.js';
import type { Stage, StageEvent } from './stage.js';
import { StageFunctions } from './stage-functions.js';
import { StagePlayer, type StageWrites } from './stage-player.js';

/** Requests under way at a time. */
const concurrency = 48;
const defaultCapacity: QuantityList = { cpu: '32', memory: '256Gi', 'ephemeral-storage': '1Ti', pods: '110' };

/** The nodes to simulate, and how. */
export interface SimulatedNodesOptions {
  /** The cluster that the nodes belong to. It is not closed with them. */
  readonly cluster: Cluster;
  /** The names of the nodes, or their number: they are then called `node-0`, `node-1` and so on. */
  readonly nodes: number | readonly string[];
  /** Labels of a node besides the usual ones. */
  readonly labels?: ((name: string, index: number) => Labels) | undefined;
  /** The capacity of each node. Default: 32 CPUs, 256 GiB of memory and 110 pods. */
  readonly capacity?: QuantityList | undefined;
  /**
   * Stages of kwok that nodes and pods go through, in place of the default ones for the same kind. By default nodes become ready
   * and pods run at once, pods of jobs succeed, and pods that are deleted go.
   */
  readonly stages?: readonly Stage[] | undefined;
  /** A node counts as silent when its Lease is this old, in seconds. Default 40, as the kubelet's. */
  readonly leaseDurationSeconds?: number | undefined;
  /** Hears of requests that failed. They are tried again. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Default: the cluster's clock. */
  readonly clock?: Clock | undefined;
  /** Default: the cluster's. */
  readonly random?: Random | undefined;
}

/**
 * Simulates nodes and what kubelets do there: registers the nodes, renews their Leases, and walks nodes and pods through stages.
 * Resolves when all nodes are registered. Throws `InvalidRequestError` for stages that cannot be used.
 */
export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  const { parse } = await import('yaml');
  const nodes = new SimulatedNodes(options, (text) => parse(text));
  try {
    await nodes.run();
    return nodes;
  } catch (error) {
    await nodes.close();
    throw error;
  }
}

/** Simulated nodes that run. Made by `startSimulatedNodes`. */
export class SimulatedNodes implements NodeGroup {
  /** The names of the nodes. */
  readonly names: readonly string[];
  readonly #options: SimulatedNodesOptions;
  readonly #cluster: Cluster;
  readonly #limiter = new Limiter(concurrency);
  readonly #addresses = new NodeAddresses();
  readonly #leases: NodeLeases;
  readonly #recorder: EventRecorder;
  readonly #nodePlayer: StagePlayer<NodeObject>;
  readonly #podPlayer: StagePlayer<PodObject>;
  readonly #nodes: Informer<Node, 'Cluster'>;
  readonly #pods: Informer<Pod, 'Namespaced'>;
  readonly #readiness: PodReadiness;
  readonly #running = new Set<string>();
  readonly #readyNodes = new Set<string>();
  /** The nodes with pods that are to become ready again once the node is. */
  readonly #outdated = new Set<string>();
  readonly #indexes = new Map<string, number>();

  /** @internal */
  constructor(options: SimulatedNodesOptions, parseYaml: (text: string) => unknown) {
    const { cluster, nodes, stages = [], onError = () => {}, leaseDurationSeconds = 40 } = options;
    const { shared } = callerOf(cluster);
    const { clock = shared.clock, random = shared.random } = options;
    this.names = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, index) => `node-${index}`) : nodes;
    this.#options = options;
    this.#cluster = cluster;
    this.#leases = new NodeLeases({ cluster, clock, limiter: this.#limiter, leaseDurationSeconds, onError });
    this.#readiness = new PodReadiness({ cluster, clock, limiter: this.#limiter, onError });
    this.#recorder = new EventRecorder(cluster, { controller: 'kubelet', clock, random });
    const functions = new StageFunctions(clock, this.#addresses);
    const shape = { parseYaml, patchType: 'strategic', limiter: this.#limiter, clock, random, onError } as const;
    const kinds = compiled(stages);
    this.#nodePlayer = new StagePlayer<NodeObject>({
      ...shape,
      stages: kinds.Node,
      writes: this.#nodeWrites(),
      functions: ({ metadata }) => functions.ofNode(metadata.name),
    });
    this.#podPlayer = new StagePlayer<PodObject>({
      ...shape,
      stages: kinds.Pod,
      writes: this.#podWrites(),
      functions: ({ metadata, spec }) => functions.ofPod(spec?.nodeName ?? '', metadata.uid),
    });
    this.#nodes = cluster.informer(Node);
    this.#nodes.subscribe({ added: (node) => this.#nodeSet(node), updated: (node) => this.#nodeSet(node) });
    this.#pods = cluster.informer(Pod);
    this.#pods.subscribe({
      added: (pod) => this.#podSet(pod),
      updated: (pod) => this.#podSet(pod),
      deleted: ({ metadata }) => {
        this.#podPlayer.delete(metadata.namespace, metadata.name);
        this.#addresses.release(metadata.uid);
      },
    });
    for (const [index, name] of this.names.entries()) this.#indexes.set(name, index);
  }

  /** @internal Starts the informers and registers the nodes. */
  async run(): Promise<void> {
    await Promise.all([this.#nodes.start(), this.#pods.start()]);
    await Promise.all(this.names.map((name) => this.start(name)));
  }

  /** Starts a node, or starts one again that was stopped. Resolves when it is registered. */
  async start(name: string): Promise<void> {
    if (!this.#indexes.has(name))
      throw new InvalidRequestError(`cannot start the node ${name}: it is not simulated here`);
    this.#running.add(name);
    const node = await this.#limiter.run(() => this.#register(name));
    await this.#leases.add(name, node.metadata.uid);
    this.#nodePlayer.set(node);
    for (const pod of this.#pods.lister.list()) if (pod.spec?.nodeName === name) this.#podPlayer.set(pod);
  }

  /** Stops a node as if its machine had failed: its Lease runs out, and its pods stay as they are. */
  async stop(name: string): Promise<void> {
    this.#running.delete(name);
    this.#readyNodes.delete(name);
    this.#leases.remove(name);
    this.#nodePlayer.delete(undefined, name);
    for (const { metadata, spec } of this.#pods.lister.list()) {
      if (spec?.nodeName === name) this.#podPlayer.delete(metadata.namespace, metadata.name);
    }
  }

  /** Stops all nodes. Resolves when the requests under way have ended. */
  async close(): Promise<void> {
    this.#running.clear();
    this.#leases.close();
    this.#nodePlayer.close();
    this.#podPlayer.close();
    await this.#limiter.idle();
    await this.#recorder.close({ timeoutMs: 1000 });
    await Promise.all([this.#nodes.stop(), this.#pods.stop()]);
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #register(name: string): Promise<NodeObject> {
    const { labels, capacity = defaultCapacity } = this.#options;
    const nodes = this.#cluster.resource(Node);
    const platform = { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux' };
    const own = labels?.(name, this.#indexes.get(name) ?? 0);
    const node = {
      metadata: {
        name,
        labels: { ...platform, 'kubernetes.io/hostname': name, type: 'kwok', ...own },
        annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
      },
      status: { capacity: { ...capacity }, allocatable: { ...capacity }, conditions: [starting], nodeInfo },
    };
    try {
      return await nodes.create(node);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return nodes.get(name);
    }
  }

  #nodeSet(node: NodeObject): void {
    const { name } = node.metadata;
    if (!this.#running.has(name)) return;
    this.#nodePlayer.set(node);
    if (node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True') this.#readyNodes.add(name);
    else this.#readyNodes.delete(name);
    if (!this.#readyNodes.has(name) || !this.#outdated.delete(name)) return;
    for (const pod of this.#pods.lister.list()) if (pod.spec?.nodeName === name) this.#restoreReady(pod);
  }

  /** Makes a pod ready again, or remembers to do so when its node is ready. */
  #restoreReady(pod: PodObject): void {
    const nodeName = pod.spec?.nodeName ?? '';
    if (!this.#readiness.isOutdated(pod)) return;
    if (this.#running.has(nodeName) && this.#readyNodes.has(nodeName)) void this.#readiness.restore(pod);
    else this.#outdated.add(nodeName);
  }

  #podSet(pod: PodObject): void {
    const { spec, status, metadata } = pod;
    if (spec?.nodeName === undefined || !this.#indexes.has(spec.nodeName)) return;
    if (status?.podIP !== undefined && spec.hostNetwork !== true) this.#addresses.keep(metadata.uid, status.podIP);
    this.#restoreReady(pod);
    if (this.#running.has(spec.nodeName)) this.#podPlayer.set(pod);
  }

  #nodeWrites(): StageWrites<NodeObject> {
    const nodes = this.#cluster.resource(Node);
    return {
      patch: ({ metadata }, patch, subresource) =>
        subresource === 'status'
          ? nodes.subresource('status').patch(metadata.name, patch)
          : nodes.patch(metadata.name, patch),
      delete: async ({ metadata: { name, uid } }) => {
        await nodes.delete(name, { preconditions: { uid } }).catch(ignoreGone);
      },
      record: (node, event) => this.#record(node, event),
    };
  }

  #podWrites(): StageWrites<PodObject> {
    const pods = this.#cluster.resource(Pod);
    return {
      patch: ({ metadata: { namespace, name } }, patch, subresource) =>
        subresource === 'status'
          ? pods.in(namespace).subresource('status').patch(name, patch)
          : pods.in(namespace).patch(name, patch),
      delete: async ({ metadata: { namespace, name, uid } }) => {
        await pods.in(namespace).delete(name, { gracePeriodSeconds: 0, preconditions: { uid } }).catch(ignoreGone);
      },
      record: (pod, event) => this.#record(pod, event),
    };
  }

  #record(object: NodeObject | PodObject, { type, reason = '', message = '' }: StageEvent) {
    this.#recorder.record(type === 'Warning' ? 'Warning' : 'Normal', object, { reason, note: message });
  }
}

const starting = {
  type: 'Ready',
  status: 'False',
  reason: 'KubeletNotReady',
  message: 'the simulation of the node has not begun',
};

const nodeInfo = {
  architecture: 'amd64',
  bootID: '',
  containerRuntimeVersion: 'kwok-keelson',
  kernelVersion: 'kwok-keelson',
  kubeProxyVersion: '',
  kubeletVersion: 'v1.36.0',
  machineID: '',
  operatingSystem: 'linux',
  osImage: '',
  systemUUID: '',
};

function compiled(stages: readonly Stage[]): {
  readonly Node: readonly CompiledStage[];
  readonly Pod: readonly CompiledStage[];
} {
  const of = (kind: string) => {
    const own = stages.filter(({ spec }) => spec.resourceRef.kind === kind);
    const chosen = own.length > 0 ? own : defaultStages.filter(({ spec }) => spec.resourceRef.kind === kind);
    return chosen.map(compileStage);
  };
  const other = stages.find(({ spec }) => spec.resourceRef.kind !== 'Node' && spec.resourceRef.kind !== 'Pod');
  if (other !== undefined) {
    const { kind } = other.spec.resourceRef;
    throw new InvalidRequestError(
      `cannot use the stage ${other.metadata.name}: objects of the kind ${kind} are not simulated`,
    );
  }
  return { Node: of('Node'), Pod: of('Pod') };
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
