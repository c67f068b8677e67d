/** One number with its labels. */
export interface MetricSample {
  /** With the suffix of its part of a histogram. */
  readonly metricName: string;
  readonly labels: { readonly [name: string]: string | number };
  readonly value: number;
}

/** A metric as `prom-client` keeps them, so that its registries take it in as one of theirs. */
export interface Metric {
  readonly name: string;
  /** Its present state. */
  get(): Promise<MetricValues>;
  /** As `get`, at once. */
  read(): MetricValues;
  /** Begins at nothing again. */
  reset(): void;
}

/** A metric's present state. */
export interface MetricValues {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly values: readonly MetricSample[];
  /** How several processes' values are put together. */
  readonly aggregator: 'sum';
}

type Labels = { readonly [name: string]: string };

/** So many label sets are told apart; what comes beyond counts as `other`, so that no server can fill the memory. */
const MOST_SERIES = 1000;

abstract class Base<S> implements Metric {
  readonly #series = new Map<string, { readonly labels: Labels; state: S }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly type: 'counter' | 'histogram',
  ) {}

  protected change(labels: Labels, change: (state: S | undefined) => S): void {
    const key = JSON.stringify(labels);
    const series = this.#series.get(key);
    if (series !== undefined) series.state = change(series.state);
    else if (this.#series.size < MOST_SERIES || Object.values(labels).every((value) => value === 'other')) {
      this.#series.set(key, { labels, state: change(undefined) });
    } else this.change(Object.fromEntries(Object.keys(labels).map((name) => [name, 'other'])), change);
  }

  read(): MetricValues {
    const { name, help, type } = this;
    const values = [...this.#series.values()].flatMap(({ labels, state }) => this.samples(labels, state));
    return { name, help, type, values, aggregator: 'sum' };
  }

  async get(): Promise<MetricValues> {
    return this.read();
  }

  reset(): void {
    this.#series.clear();
  }

  protected abstract samples(labels: Labels, state: S): MetricSample[];
}

/** Counts. */
export class Counter extends Base<number> {
  constructor(name: string, help: string) {
    super(name, help, 'counter');
  }

  add(labels: Labels): void {
    this.change(labels, (count = 0) => count + 1);
  }

  protected override samples(labels: Labels, value: number): MetricSample[] {
    return [{ metricName: this.name, labels, value }];
  }
}

interface Observed {
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Counts values by size. */
export class Histogram extends Base<Observed> {
  readonly #bounds: readonly number[];

  constructor(name: string, help: string, bounds: readonly number[]) {
    super(name, help, 'histogram');
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    this.change(labels, (before = { counts: this.#bounds.map(() => 0), count: 0, sum: 0 }) => ({
      counts: before.counts.map((count, index) => (value <= (this.#bounds[index] ?? 0) ? count + 1 : count)),
      count: before.count + 1,
      sum: before.sum + value,
    }));
  }

  protected override samples(labels: Labels, { counts, count, sum }: Observed): MetricSample[] {
    const bucket = (le: number | string, value: number) => ({
      metricName: `${this.name}_bucket`,
      labels: { ...labels, le },
      value,
    });
    return [
      ...this.#bounds.map((le, index) => bucket(le, counts[index] ?? 0)),
      bucket('+Inf', count),
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}

/** A metric in Prometheus' text format. */
export function metricText(metric: Metric): string {
  const { name, help, type, values } = metric.read();
  const lines = values.map(({ metricName, labels, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(String(text))}"`);
    return `${metricName}{${pairs.join(',')}} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
