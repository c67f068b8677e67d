import type { ServerContext } from '../object/server-context.js';
import { storageRange } from '../scheme/storage-keys.js';

/** `/metrics` in Prometheus' text format: the names of kube-apiserver, for what there is of it here. */
export async function metricsText(server: ServerContext): Promise<string> {
  const objects: string[] = [];
  for (const resource of server.scheme.storedResources()) {
    const { start, end } = storageRange(resource, undefined);
    const { count } = await server.storage.range(start, end, { limit: 1 });
    const name = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
    if (count > 0) objects.push(`apiserver_storage_objects{resource="${name}"} ${count}`);
  }
  const families = [
    family('apiserver_request_total', 'counter', 'Requests by verb, resource and answer.', server.requests.lines()),
    family('apiserver_storage_objects', 'gauge', 'Objects kept, by resource.', objects),
    family('process_resident_memory_bytes', 'gauge', 'Memory of the process.', [
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    ]),
    ...(server.limits.metrics?.() ?? []).map(({ name, type, help, lines }) => family(name, type, help, lines)),
  ];
  return `${families.flat().join('\n')}\n`;
}

/** Returns `/metrics/slis`: the results of health checks. */
export function sliMetricsText({ healthResults }: ServerContext): string {
  const results = healthResults.last().map(([labels, value]) => `kubernetes_healthcheck{${labels}} ${value}`);
  const totals = healthResults.totals().map(([labels, count]) => `kubernetes_healthchecks_total{${labels}} ${count}`);
  const families = [
    ...(results.length === 0
      ? []
      : [family('kubernetes_healthcheck', 'gauge', 'The last result of a check.', results)]),
    ...(totals.length === 0
      ? []
      : [family('kubernetes_healthchecks_total', 'counter', 'Results of a check by status.', totals)]),
  ];
  return families.map((lines) => `${lines.join('\n')}\n`).join('');
}

function family(name: string, type: string, help: string, lines: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}
