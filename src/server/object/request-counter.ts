/** Counts requests for `/metrics`, by kube-apiserver's labels. */
export class RequestCounter {
  readonly #counts = new Map<string, number>();

  /** Counts one response. */
  count(labels: RequestLabels): void {
    const key = labelText(labels);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  lines(): string[] {
    return [...this.#counts].sort().map(([labels, count]) => `apiserver_request_total{${labels}} ${count}`);
  }
}

/** The labels of kube-apiserver's `apiserver_request_total`. */
export interface RequestLabels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly code: number;
}

function labelText({ verb, group, version, resource, subresource, code }: RequestLabels): string {
  return `code="${code}",group="${group}",resource="${resource}",subresource="${subresource}",verb="${verb.toUpperCase()}",version="${version}"`;
}
