import { isNotFound } from '../../../errors/index.js';
import { parseQuantity, parseTime } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { faultMessage } from '../base/api-faults.js';

/** The use of one resource by one pod, in thousandths of its unit. */
export interface PodMetric {
  readonly value: number;
  readonly time: number;
  readonly windowMs: number;
}

/** The question for the metrics of some pods. */
export interface MetricsQuery {
  readonly namespace: string;
  readonly selector: string;
  readonly resource: string;
  /** The container to measure. Default: all containers of each pod together. */
  readonly container?: string | undefined;
  readonly signal: AbortSignal;
}

/** Reads the use of a resource by pods from the metrics API (`metrics.k8s.io`), by the name of the pod. */
export async function readPodMetrics(cluster: Cluster, query: MetricsQuery): Promise<Map<string, PodMetric>> {
  const { namespace, selector, resource, container, signal } = query;
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`;
  let answer: unknown;
  try {
    const response = await cluster.raw({
      path,
      query: { labelSelector: selector },
      accept: 'application/json',
      signal,
    });
    answer = response.json();
  } catch (error) {
    const missing = 'the server could not find the requested resource (get pods.metrics.k8s.io)';
    const why = isNotFound(error) ? missing : faultMessage(error);
    throw new Error(`unable to fetch metrics from resource metrics API: ${why}`);
  }
  const metrics = new Map<string, PodMetric>();
  for (const item of itemsOf(answer)) {
    const containers = (item.containers ?? []).filter(({ name }) => container === undefined || name === container);
    const uses = containers.map(({ usage }) => usage?.[resource]);
    if (containers.length === 0 || uses.some((use) => use === undefined)) continue;
    const value = uses.reduce((sum, use) => sum + Number(parseQuantity(use ?? '0').milliValue()), 0);
    const window = /^([\d.]+)s$/.exec(item.window ?? '')?.[1];
    metrics.set(item.metadata?.name ?? '', {
      value,
      time: item.timestamp === undefined ? 0 : parseTime(item.timestamp),
      windowMs: Number(window ?? 60) * 1000,
    });
  }
  if (metrics.size === 0) throw new Error('no metrics returned from resource metrics API');
  return metrics;
}

interface Item {
  readonly metadata?: { readonly name?: string };
  readonly timestamp?: string;
  readonly window?: string;
  readonly containers?: readonly { readonly name: string; readonly usage?: { readonly [resource: string]: string } }[];
}

function itemsOf(answer: unknown): readonly Item[] {
  // The decode boundary: the list of the metrics API.
  const { items } = (answer ?? {}) as { items?: readonly Item[] };
  return Array.isArray(items) ? items : [];
}
