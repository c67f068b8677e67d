/** The results of health checks so far, for `/metrics/slis`. */
export class HealthResults {
  #last = new Map<string, 0 | 1>();
  #totals = new Map<string, number>();

  /** Notes the result of one check of an endpoint such as `livez`. */
  note(name: string, endpoint: string, passed: boolean): void {
    this.#last.set(`name="${name}",type="${endpoint}"`, passed ? 1 : 0);
    const key = `name="${name}",status="${passed ? 'success' : 'error'}",type="${endpoint}"`;
    this.#totals.set(key, (this.#totals.get(key) ?? 0) + 1);
  }

  /** Forgets all results. */
  reset(): void {
    this.#last = new Map();
    this.#totals = new Map();
  }

  /** The last result of each check: label text and value, sorted. */
  last(): [labels: string, value: number][] {
    return [...this.#last].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The number of results of each check and status: label text and count, sorted. */
  totals(): [labels: string, count: number][] {
    return [...this.#totals].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
