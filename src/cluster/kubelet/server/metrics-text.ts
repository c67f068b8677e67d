/** A family of metrics in the text format of Prometheus. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly MetricValue[];
}

/** One value with its labels. */
interface MetricValue {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly value: number;
  /** The time of the measurement, in milliseconds since the epoch. */
  readonly at?: number | undefined;
}

/** The content type of the text format. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

/** Formats families of metrics. Those without a sample are left out. */
export function formatMetrics(families: readonly MetricFamily[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const lines = samples.map(
        ({ labels, value, at }) => `${name}${labelsText(labels)} ${value}${at === undefined ? '' : ` ${at}`}\n`,
      );
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
    })
    .join('');
}

function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return '';
  const escaped = (value: string) => value.replace(/["\\\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
  return `{${entries.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`;
}
