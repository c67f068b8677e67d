import type { ServerContext } from '../registry/context.js';
import { storageRange } from '../scheme/resource.js';

/** Requests by what was asked and answered, for `/metrics`. */
export class RequestCounter {
  readonly #counts = new Map<string, number>();

  /** Counts one answer. */
  count(labels: RequestLabels): void {
    const key = labelText(labels);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  lines(): string[] {
    return [...this.#counts].sort().map(([labels, count]) => `apiserver_request_total{${labels}} ${count}`);
  }
}

/** What `apiserver_request_total` of kube-apiserver distinguishes. */
export interface RequestLabels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly code: number;
}

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
  ];
  return `${families.flat().join('\n')}\n`;
}

function family(name: string, type: string, help: string, lines: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

function labelText({ verb, group, version, resource, subresource, code }: RequestLabels): string {
  const labels = { code, group, resource, subresource, verb: verb.toUpperCase(), version };
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
}
