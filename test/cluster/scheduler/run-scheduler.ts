import { Node, type NodeSpec, type NodeStatus, Pod, type PodSpec } from '../../../generated/core/v1.js';
import { Scheduler, type SchedulerOptions } from '../../../src/cluster/index.js';
import { type Cluster, isNotFound } from '../../../src/index.js';
import { type LocalServer, startServer } from '../../../src/server/index.js';

/** A server in this process with a scheduler and nothing else. */
export interface SchedulerBench {
  readonly server: LocalServer;
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server without controllers and a scheduler. Pods that are being deleted go at once, as if kubelets had stopped them. */
export async function startSchedulerBench(options: SchedulerOptions = {}): Promise<SchedulerBench> {
  const server = await startServer({
    listen: false,
    controllers: ['-*', 'namespace'],
    disableAdmissionPlugins: ['ServiceAccount', 'TaintNodesByCondition'],
  });
  const cluster = await server.connect();
  const kubelet = cluster.informer(Pod);
  kubelet.subscribe({
    updated: async ({ metadata }) => {
      if (metadata.deletionTimestamp === undefined || metadata.finalizers !== undefined) return;
      const gone = cluster.resource(Pod).in(metadata.namespace).delete(metadata.name, { gracePeriodSeconds: 0 });
      await gone.catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    },
  });
  await kubelet.start();
  const scheduler = new Scheduler(options);
  const ending = new AbortController();
  const running = scheduler.run({ cluster, signal: ending.signal });
  return {
    server,
    cluster,
    scheduler,
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running;
      await server.close();
    },
  };
}

/** Creates a node with capacity. */
export async function createNode(
  cluster: Cluster,
  name: string,
  options: { labels?: Record<string, string>; spec?: NodeSpec; allocatable?: NodeStatus['allocatable'] } = {},
): Promise<void> {
  const allocatable = { cpu: '4', memory: '8Gi', pods: '10', ...options.allocatable };
  const labels = { 'kubernetes.io/hostname': name, ...options.labels };
  await cluster
    .resource(Node)
    .create({ metadata: { name, labels }, spec: options.spec, status: { capacity: allocatable, allocatable } });
}

/** Creates a pod in the namespace `default`. */
export async function createPod(
  cluster: Cluster,
  name: string,
  spec: Partial<PodSpec> = {},
  labels: Record<string, string> = {},
): Promise<void> {
  await cluster
    .resource(Pod)
    .in('default')
    .create({ metadata: { name, labels }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } });
}

/** Waits until a pod is on a node, and returns the node's name. */
export async function nodeOf(cluster: Cluster, name: string): Promise<string> {
  const pod = await cluster
    .resource(Pod)
    .in('default')
    .waitFor(name, (one) => (one?.spec?.nodeName ?? '') !== '', { timeoutMs: 10_000 });
  return pod?.spec?.nodeName ?? '';
}

/** Waits until the scheduler has said that a pod fits nowhere, and returns its words. */
export async function rejectionOf(cluster: Cluster, name: string, reason = 'Unschedulable'): Promise<string> {
  const condition = (one: Pod | undefined) => one?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const pod = await cluster
    .resource(Pod)
    .in('default')
    .waitFor(name, (one) => condition(one)?.reason === reason, { timeoutMs: 10_000 });
  return condition(pod)?.message ?? '';
}
