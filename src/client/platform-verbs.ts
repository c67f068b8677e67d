import type { KubeObject, Stored } from '../meta/index.js';
import type { CallOptions, Selection, WaitOptions, WriteOptions } from './options.js';
import type { RolloutState } from './rollout-state.js';

/** Options of `drain`. */
export interface DrainOptions {
  /** True: also pods that no controller would replace. Default false: such a pod is an error. */
  readonly force?: boolean | undefined;
  /** The seconds that each pod may take to end. Default: the pod's own. */
  readonly gracePeriodSeconds?: number | undefined;
  /** True: the server checks the evictions and evicts nothing. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Hears of each pod that is gone. */
  readonly onEvicted?: ((pod: { readonly namespace: string; readonly name: string }) => void) | undefined;
  /** The deadline of the whole drain, in milliseconds. Default: none. */
  readonly timeoutMs?: number | undefined;
  /** Ends the drain; the node stays cordoned. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of a drain, pods as `namespace/name`. */
export interface DrainResult {
  readonly evicted: readonly string[];
  /** Pods of DaemonSets and static pods, which stay. */
  readonly skipped: readonly string[];
}

/** `cordon`, `uncordon` and `drain`, for nodes. */
export interface NodeVerbs<T extends KubeObject> {
  /** Keeps new pods off the node. */
  cordon(name: string, options?: WriteOptions): Promise<Stored<T, 'Cluster'>>;
  /** Lets new pods onto the node. */
  uncordon(name: string, options?: WriteOptions): Promise<Stored<T, 'Cluster'>>;
  /** Cordons the node, evicts its pods as disruption budgets allow, and waits until they are gone. */
  drain(name: string, options?: DrainOptions): Promise<DrainResult>;
}

/** `restart` and `rollout`, for Deployments, StatefulSets and DaemonSets. */
export interface RolloutVerbs<T extends KubeObject> {
  /** Replaces all pods by the kind's own strategy, as `kubectl rollout restart` does. */
  restart(name: string, options?: WriteOptions & CallOptions): Promise<Stored<T, 'Namespaced'>>;
  /**
   * Follows a rollout: gives each new state and ends when it is complete. Throws when the progress deadline has passed. `timeoutMs`
   * bounds the wait for each state.
   */
  rollout(name: string, options?: WaitOptions): AsyncIterable<RolloutState>;
}

/** Options of `cluster.topNodes`. */
export interface TopNodesOptions extends CallOptions, Pick<Selection, 'labels'> {
  /** Only this node. Default: all. */
  readonly name?: string | undefined;
}

/** Options of `cluster.topPods`. */
export interface TopPodsOptions extends CallOptions, Pick<Selection, 'labels'> {
  /** Default: the cluster handle's. */
  readonly namespace?: string | undefined;
  /** True: the pods of all namespaces. Default false. */
  readonly allNamespaces?: boolean | undefined;
  /** Only this pod. Default: all. */
  readonly name?: string | undefined;
}

/** The processor time and memory in use. */
export interface ResourceUsage {
  /** Processors in use: 0.25 is `250m`. */
  readonly cpuCores: number;
  /** The working set, in bytes. */
  readonly memoryBytes: number;
}

/** The usage of one node. */
export interface NodeUsage extends ResourceUsage {
  readonly name: string;
  /** The part of the allocatable processors in use, 1 for all. Absent when the node does not tell what it has. */
  readonly cpuFraction?: number | undefined;
  /** The part of the allocatable memory in use. */
  readonly memoryFraction?: number | undefined;
  /** The origin of the figures. */
  readonly source: UsageSource;
}

/** The usage of one pod, the sum of its containers. */
export interface PodUsage extends ResourceUsage {
  readonly namespace: string;
  readonly name: string;
  readonly containers: readonly (ResourceUsage & { readonly name: string })[];
  /** The origin of the figures. */
  readonly source: UsageSource;
}

/** `metrics.k8s.io`: a metrics server. `kubelet`: the `/stats/summary` of each node, without a metrics server. */
export type UsageSource = 'metrics.k8s.io' | 'kubelet';
