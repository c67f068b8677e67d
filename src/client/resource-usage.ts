import { isApiError } from '../errors/index.js';
import { type KubeObject, parseQuantity, type Resource, type Stored } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import type { ApiCaller } from './api-caller.js';
import { GenericClient } from './generic-client.js';
import type { CallOptions, Selection } from './options.js';
import type {
  NodeUsage,
  PodUsage,
  ResourceUsage,
  TopNodesOptions,
  TopPodsOptions,
  UsageSource,
} from './platform-verbs.js';
import type { PodLike } from './pod-like.js';
import { PODS } from './pod-target.js';
import { pathOf } from './target.js';

interface NodeLike extends KubeObject {
  status?: { allocatable?: { [resource: string]: string } | undefined };
}

interface NodeMetrics extends KubeObject {
  usage?: UsageList;
}

interface PodMetrics extends KubeObject {
  containers?: readonly { name: string; usage: UsageList }[];
}

interface UsageList {
  cpu?: string | undefined;
  memory?: string | undefined;
}

/** The kubelets that are asked at the same time. */
const KUBELETS_AT_ONCE = 16;

const NODES = described('', 'v1', 'Node', 'nodes', 'Cluster');
const NODE_METRICS = described('metrics.k8s.io', 'v1beta1', 'NodeMetrics', 'nodes', 'Cluster');
const POD_METRICS = described('metrics.k8s.io', 'v1beta1', 'PodMetrics', 'pods', 'Namespaced');

/** Returns the usage of nodes. A node without figures is left out. */
export async function topNodes(caller: ApiCaller, options: TopNodesOptions): Promise<NodeUsage[]> {
  const { name, labels, ...calls } = options;
  const nodes = await selected(new GenericClient<NodeLike>(caller, async () => NODES), name, labels, calls);
  const metrics = await orUndefined(
    selected(new GenericClient<NodeMetrics>(caller, async () => NODE_METRICS), name, labels, calls),
  );
  if (metrics === undefined) {
    const found = await mapAtOnce(nodes, async (node) => {
      const summary = await summaryOf(caller, node.metadata.name, calls);
      const usage = isObject(summary?.node) ? usageInSummary(summary.node) : undefined;
      return usage && nodeUsage(node, usage, 'kubelet');
    });
    return found.flatMap((usage) => usage ?? []);
  }
  const usages = new Map(metrics.map(({ metadata, usage }) => [metadata.name, usage]));
  return nodes.flatMap((node) => {
    const usage = usages.get(node.metadata.name);
    return usage === undefined ? [] : nodeUsage(node, usageInList(usage), 'metrics.k8s.io');
  });
}

/** Returns the usage of pods. A pod without figures, such as one that does not run, is left out. */
export async function topPods(
  caller: ApiCaller,
  options: TopPodsOptions & { readonly namespace: string },
): Promise<PodUsage[]> {
  const { name, labels, namespace: own, allNamespaces = false, ...calls } = options;
  const namespace = allNamespaces ? undefined : own;
  const metrics = await orUndefined(
    selected(new GenericClient<PodMetrics>(caller, async () => POD_METRICS, namespace), name, labels, calls),
  );
  if (metrics !== undefined) {
    return metrics.map(({ metadata, containers = [] }) =>
      podUsage(
        metadata.namespace ?? '',
        metadata.name,
        containers.map((one) => ({ name: one.name, ...usageInList(one.usage) })),
        'metrics.k8s.io',
      ),
    );
  }
  const pods = await selected(new GenericClient<PodLike>(caller, async () => PODS, namespace), name, labels, calls);
  const uids = new Set<unknown>(pods.map(({ metadata }) => metadata.uid));
  const nodes = [...new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? []))];
  const summaries = await mapAtOnce(nodes, (node) => summaryOf(caller, node, calls));
  return summaries
    .flatMap((summary) => podsInSummary(summary))
    .filter((pod) => uids.has(pod.uid))
    .map(({ usage }) => usage);
}

/** Lists objects by labels, or one by its name. */
async function selected<T extends KubeObject>(
  client: GenericClient<T>,
  name: string | undefined,
  labels: Selection['labels'],
  calls: CallOptions,
): Promise<Stored<T>[]> {
  const fields = name === undefined ? undefined : { 'metadata.name': name };
  const { items } = await client.list({ ...calls, labels, fields }).all();
  // Metrics servers may ignore fields.
  return name === undefined ? items : items.filter(({ metadata }) => metadata.name === name);
}

/** Returns undefined when the server has no metrics API, or cannot reach its metrics server. */
async function orUndefined<T>(metrics: Promise<T>): Promise<T | undefined> {
  try {
    return await metrics;
  } catch (error) {
    if (isApiError(error) && (error.isNotFound || error.httpStatus === 503)) return undefined;
    throw error;
  }
}

/** Returns the kubelet's summary, or undefined for a node that cannot be reached. */
async function summaryOf(
  caller: ApiCaller,
  node: string,
  options: CallOptions,
): Promise<Record<string, unknown> | undefined> {
  const path = `${pathOf({ resource: NODES, namespace: undefined }, node, 'proxy')}/stats/summary`;
  const context = { verb: 'get the usage of', kind: 'Node', name: node };
  try {
    const answer = await caller.call({ context, method: 'GET', path, accept: 'application/json', options });
    return isObject(answer) ? answer : undefined;
  } catch (error) {
    if (isApiError(error) && !error.isForbidden && !error.isUnauthorized) return undefined;
    throw error;
  }
}

function podsInSummary(summary: Record<string, unknown> | undefined): { uid: unknown; usage: PodUsage }[] {
  const pods = Array.isArray(summary?.pods) ? summary.pods.filter(isObject) : [];
  return pods.flatMap(({ podRef, containers }) => {
    if (!isObject(podRef) || !Array.isArray(containers)) return [];
    const used = containers.filter(isObject).flatMap((container) => {
      const usage = usageInSummary(container);
      return usage === undefined ? [] : { name: String(container.name), ...usage };
    });
    if (used.length === 0) return [];
    return { uid: podRef.uid, usage: podUsage(String(podRef.namespace), String(podRef.name), used, 'kubelet') };
  });
}

function usageInSummary({ cpu, memory }: Record<string, unknown>): ResourceUsage | undefined {
  if (!isObject(cpu) || !isObject(memory)) return undefined;
  const { usageNanoCores } = cpu;
  const { workingSetBytes } = memory;
  if (typeof usageNanoCores !== 'number' || typeof workingSetBytes !== 'number') return undefined;
  return { cpuCores: usageNanoCores / 1e9, memoryBytes: workingSetBytes };
}

function usageInList({ cpu = '0', memory = '0' }: UsageList): ResourceUsage {
  return { cpuCores: parseQuantity(cpu).toNumber(), memoryBytes: parseQuantity(memory).toNumber() };
}

function nodeUsage({ metadata, status }: Stored<NodeLike>, usage: ResourceUsage, source: UsageSource): NodeUsage {
  const fraction = (used: number, allocatable: string | undefined) =>
    allocatable === undefined ? undefined : used / parseQuantity(allocatable).toNumber();
  const { cpu, memory } = status?.allocatable ?? {};
  return {
    name: metadata.name,
    ...usage,
    cpuFraction: fraction(usage.cpuCores, cpu),
    memoryFraction: fraction(usage.memoryBytes, memory),
    source,
  };
}

function podUsage(namespace: string, name: string, containers: PodUsage['containers'], source: UsageSource): PodUsage {
  return {
    namespace,
    name,
    cpuCores: containers.reduce((sum, { cpuCores }) => sum + cpuCores, 0),
    memoryBytes: containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    containers,
    source,
  };
}

/** Maps items, so many at the same time at most. */
async function mapAtOnce<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  const work = async () => {
    for (const [index, item] of entries) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: KUBELETS_AT_ONCE }, work));
  return results;
}

function described(group: string, version: string, kind: string, plural: string, scope: Resource['scope']): Resource {
  const singular = kind.toLowerCase();
  return {
    group,
    version,
    kind,
    plural,
    singular,
    shortNames: [],
    categories: [],
    scope,
    verbs: ['list'],
    subresources: {},
  };
}
