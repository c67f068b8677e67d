import { totalmem } from 'node:os';
import type { PodManager } from '../pods/pod-manager.js';
import type { MetricFamily } from './metrics-text.js';
import { sumOf } from './stats-summary.js';
import { machineCores, type UsageMeter } from './usage-report.js';

/** Returns the metrics of the kubelet itself, for `/metrics`. */
export function kubeletMetrics(nodeName: string, pods: PodManager, meter: UsageMeter): MetricFamily[] {
  const workers = [...pods.workers];
  const states = { running: 0, exited: 0, created: 0 };
  let started = 0;
  for (const { runners } of workers) {
    for (const { state, restartCount, everStarted } of runners) {
      if (state.running !== undefined) states.running++;
      else if (state.terminated !== undefined) states.exited++;
      else states.created++;
      if (everStarted) started += restartCount + 1;
    }
  }
  const running = workers.filter(({ runners }) => runners.some(({ instance }) => instance !== undefined)).length;
  return [
    {
      name: 'kubelet_node_name',
      help: "[ALPHA] The node's name. The count is always 1.",
      type: 'gauge',
      samples: [{ labels: { node: nodeName }, value: 1 }],
    },
    {
      name: 'kubelet_running_pods',
      help: '[ALPHA] Number of pods that have a running pod sandbox',
      type: 'gauge',
      samples: [{ value: running }],
    },
    {
      name: 'kubelet_running_containers',
      help: '[ALPHA] Number of containers currently running',
      type: 'gauge',
      samples: Object.entries(states).map(([state, value]) => ({ labels: { container_state: state }, value })),
    },
    {
      name: 'kubelet_active_pods',
      help: '[ALPHA] The number of pods the kubelet considers active and which are being considered when admitting new pods.',
      type: 'gauge',
      samples: [{ labels: { static: '' }, value: workers.filter(({ over }) => !over).length }],
    },
    {
      name: 'kubelet_started_containers_total',
      help: '[ALPHA] Cumulative number of containers started',
      type: 'counter',
      samples: [{ labels: { container_type: 'container' }, value: started }],
    },
    processStart(meter),
  ];
}

/** Returns the usage of the node, its pods and their containers, for `/metrics/resource`. */
export async function resourceMetrics(meter: UsageMeter): Promise<MetricFamily[]> {
  const { node, pods } = await meter.measure();
  const of = <T>(
    list: readonly T[],
    labels: (one: T) => Record<string, string>,
    value: (one: T) => number,
    at: (one: T) => number,
  ) => list.map((one) => ({ labels: labels(one), value: value(one), at: at(one) }));
  const containers = pods.flatMap(({ name, namespace, containers: list }) =>
    list.map((one) => ({ ...one, labels: { container: one.name, namespace, pod: name } })),
  );
  const totals = pods
    .filter((pod) => pod.containers.length > 0)
    .map(({ name, namespace, containers: list }) => ({
      labels: { namespace, pod: name },
      usage: sumOf(list.map(({ usage }) => usage)),
    }));
  const labels = (one: { readonly labels: Record<string, string> }) => one.labels;
  const seconds = (one: { readonly usage: { readonly cpuNanoseconds: number } }) => one.usage.cpuNanoseconds / 1e9;
  const memory = (one: { readonly usage: { readonly memoryBytes: number } }) => one.usage.memoryBytes;
  const at = (one: { readonly usage: { readonly at: number } }) => one.usage.at;
  const family = (name: string, help: string, type: MetricFamily['type'], samples: MetricFamily['samples']) => ({
    name,
    help: `[STABLE] ${help}`,
    type,
    samples,
  });
  return [
    family(
      'container_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the container in core-seconds',
      'counter',
      of(containers, labels, seconds, at),
    ),
    family(
      'container_memory_working_set_bytes',
      'Current working set of the container in bytes',
      'gauge',
      of(containers, labels, memory, at),
    ),
    family(
      'container_start_time_seconds',
      'Start time of the container since unix epoch in seconds',
      'gauge',
      of(containers, labels, ({ startedAt }) => startedAt / 1000, at),
    ),
    family('node_cpu_usage_seconds_total', 'Cumulative cpu time consumed by the node in core-seconds', 'counter', [
      { value: node.cpuNanoseconds / 1e9, at: node.at },
    ]),
    family('node_memory_working_set_bytes', 'Current working set of the node in bytes', 'gauge', [
      { value: node.memoryBytes, at: node.at },
    ]),
    family(
      'pod_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the pod in core-seconds',
      'counter',
      of(totals, labels, seconds, at),
    ),
    family(
      'pod_memory_working_set_bytes',
      'Current working set of the pod in bytes',
      'gauge',
      of(totals, labels, memory, at),
    ),
    family('resource_scrape_error', '1 if there was an error while getting container metrics, 0 otherwise', 'gauge', [
      { value: 0 },
    ]),
  ];
}

/** Returns the usage of containers under the names of cAdvisor, for `/metrics/cadvisor`. */
export async function cadvisorMetrics(meter: UsageMeter): Promise<MetricFamily[]> {
  const { pods } = await meter.measure();
  const containers = pods.flatMap(({ name, namespace, containers: list }) =>
    list.map((one) => ({ ...one, labels: { container: one.name, namespace, pod: name } })),
  );
  return [
    {
      name: 'container_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed in seconds.',
      type: 'counter',
      samples: containers.map(({ labels, usage }) => ({
        labels: { ...labels, cpu: 'total' },
        value: usage.cpuNanoseconds / 1e9,
        at: usage.at,
      })),
    },
    {
      name: 'container_memory_working_set_bytes',
      help: 'Current working set in bytes.',
      type: 'gauge',
      samples: containers.map(({ labels, usage }) => ({ labels, value: usage.memoryBytes, at: usage.at })),
    },
    {
      name: 'container_start_time_seconds',
      help: 'Start time of the container since unix epoch in seconds.',
      type: 'gauge',
      samples: containers.map(({ labels, startedAt, usage }) => ({ labels, value: startedAt / 1000, at: usage.at })),
    },
    {
      name: 'machine_cpu_cores',
      help: 'Number of logical CPU cores.',
      type: 'gauge',
      samples: [{ value: machineCores() }],
    },
    {
      name: 'machine_memory_bytes',
      help: 'Amount of memory installed on the machine.',
      type: 'gauge',
      samples: [{ value: totalmem() }],
    },
  ];
}

/** Returns the results of probes, for `/metrics/probes`. */
export function probeMetrics(pods: PodManager, meter: UsageMeter): MetricFamily[] {
  const samples = [...pods.workers].flatMap(({ pod, uid, runners }) =>
    runners.flatMap(({ spec, probes }) =>
      [...probes].map(([key, value]) => {
        const [type = '', result = ''] = key.split('/');
        const { name = '', namespace = '' } = pod.metadata ?? {};
        const labels = { container: spec.name, namespace, pod: name, pod_uid: uid, probe_type: type, result };
        return { labels, value };
      }),
    ),
  );
  return [
    {
      name: 'prober_probe_total',
      help: '[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.',
      type: 'counter',
      samples,
    },
    processStart(meter),
  ];
}

function processStart(meter: UsageMeter): MetricFamily {
  return {
    name: 'process_start_time_seconds',
    help: '[ALPHA] Start time of the process since unix epoch in seconds.',
    type: 'gauge',
    samples: [{ value: meter.startedAt / 1000 }],
  };
}
