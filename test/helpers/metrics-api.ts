import type { Cluster } from 'keelson';

interface Metrics {
  readonly nodes: readonly { readonly name: string; readonly usage: Usage }[];
  readonly pods: readonly {
    readonly name: string;
    readonly namespace: string;
    readonly containers: readonly { readonly name: string; readonly usage: Usage }[];
  }[];
}

interface Usage {
  readonly cpu: string;
  readonly memory: string;
}

/** Gives a cluster the metrics API with fixed figures: custom resources answer in the place of a metrics server. */
export async function metricsApi(cluster: Cluster, { nodes, pods }: Metrics): Promise<void> {
  const definition = (plural: string, kind: string, scope: string) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.metrics.k8s.io`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a stand-in' },
    },
    spec: {
      group: 'metrics.k8s.io',
      scope,
      names: { plural, kind },
      versions: [
        {
          name: 'v1beta1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  const measured = { timestamp: '2026-01-01T00:00:00Z', window: '15s' };
  await cluster.apply([
    definition('nodes', 'NodeMetrics', 'Cluster'),
    definition('pods', 'PodMetrics', 'Namespaced'),
    ...nodes.map(({ name, usage }) => ({
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind: 'NodeMetrics',
      metadata: { name },
      ...measured,
      usage,
    })),
    ...pods.map(({ name, namespace, containers }) => ({
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind: 'PodMetrics',
      metadata: { name, namespace },
      ...measured,
      containers,
    })),
  ]);
}
