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
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly MetricSample[];
  /** The rule that combines the values of several processes. */
  readonly aggregator: 'sum' | 'min';
}

type Labels = { readonly [name: string]: string };

/** So many label sets are told apart; what comes beyond counts as `other`, so that no server can fill the memory. */
const MOST_SERIES = 1000;

abstract class Base<S> implements Metric {
  readonly #series = new Map<string, { readonly labels: Labels; readonly state: S }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly type: MetricValues['type'],
  ) {}

  /** The series with these labels, to be kept by whoever changes it often: finding it costs more than changing it. */
  of(labels: Labels): S {
    const key = JSON.stringify(labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known.state;
    if (this.#series.size >= MOST_SERIES && !Object.values(labels).every((value) => value === 'other')) {
      return this.of(Object.fromEntries(Object.keys(labels).map((name) => [name, 'other'])));
    }
    const state = this.begin();
    this.#series.set(key, { labels, state });
    return state;
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
    for (const { state } of this.#series.values()) this.clear(state);
  }

  protected abstract begin(): S;
  protected abstract clear(state: S): void;
  protected abstract samples(labels: Labels, state: S): MetricSample[];
}

/** One count. */
export class Count {
  value = 0;

  /** Counts `by` more. Default 1. */
  add(by = 1): void {
    this.value += by;
  }
}

/** Counts. */
export class Counter extends Base<Count> {
  constructor(name: string, help: string) {
    super(name, help, 'counter');
  }

  add(labels: Labels, by = 1): void {
    this.of(labels).add(by);
  }

  protected override begin(): Count {
    return new Count();
  }

  protected override clear(count: Count): void {
    count.value = 0;
  }

  protected override samples(labels: Labels, { value }: Count): MetricSample[] {
    return [{ metricName: this.name, labels, value }];
  }
}

/** Numbers that go up and down; each is asked for when somebody reads it. */
export class Gauge implements Metric {
  readonly #sources = new Set<{ readonly labels: Labels; readonly read: () => number }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly aggregator: MetricValues['aggregator'] = 'sum',
  ) {}

  /** From now on `read` says what the value with these labels is; several of the same labels add up. Returns the way to stop that. */
  from(labels: Labels, read: () => number): () => void {
    const source = { labels, read };
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  read(): MetricValues {
    const sums = new Map<string, { readonly labels: Labels; value: number }>();
    for (const { labels, read } of this.#sources) {
      const key = JSON.stringify(labels);
      const sum = sums.get(key) ?? { labels, value: 0 };
      sum.value += read();
      sums.set(key, sum);
    }
    const values = [...sums.values()].map((sum) => ({ metricName: this.name, ...sum }));
    return { name: this.name, help: this.help, type: 'gauge', values, aggregator: this.aggregator };
  }

  async get(): Promise<MetricValues> {
    return this.read();
  }

  /** Gauges begin at nothing by themselves. */
  reset(): void {}
}

/** The values of one series of a histogram. */
export class Observations {
  /** The number of values in each bucket alone; the last bucket has no upper bound. */
  readonly counts: number[];
  sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** Takes one value in. */
  observe(value: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    this.sum += value;
  }
}

/** Counts values by size. */
export class Histogram extends Base<Observations> {
  readonly #bounds: readonly number[];

  /** `bounds` are the upper bounds of the buckets, rising. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    super(name, help, 'histogram');
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    this.of(labels).observe(value);
  }

  protected override begin(): Observations {
    return new Observations(this.#bounds);
  }

  protected override clear(observations: Observations): void {
    observations.counts.fill(0);
    observations.sum = 0;
  }

  protected override samples(labels: Labels, { counts, sum }: Observations): MetricSample[] {
    let upTo = 0;
    const buckets = counts.map((count, index) => {
      upTo += count;
      return {
        metricName: `${this.name}_bucket`,
        labels: { ...labels, le: this.#bounds[index] ?? '+Inf' },
        value: upTo,
      };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: upTo },
    ];
  }
}

/** A metric in Prometheus' text format. */
export function metricText(metric: Metric): string {
  const { name, help, type, values } = metric.read();
  const lines = values.map(({ metricName, labels, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(String(text))}"`);
    return `${metricName}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value) || Number.isFinite(value)) return `${value}`;
  return value > 0 ? '+Inf' : '-Inf';
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
