import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { CredentialEvent } from '../config/credential-events.js';
import { type Clock, systemClock } from '../util/clock.js';
import { Counter, Gauge, Histogram, type Metric, metricText } from '../util/metric.js';
import type { RequestEndEvent, RequestHeadersEvent } from './events.js';

/** The part of a `prom-client` registry that accepts a metric. */
export interface MetricRegistry {
  /** Takes a metric in. */
  registerMetric(metric: never): void;
  /** Takes one out. */
  removeSingleMetric?(name: string): void;
}

/** Options of `collectMetrics`. */
export interface MetricsOptions {
  /** A registry of `prom-client`: its `/metrics` then shows these too. */
  readonly register?: MetricRegistry | undefined;
  /** Tells how long certificates have yet to live. Default: the real time. */
  readonly clock?: Clock | undefined;
}

/** Counters and histograms of everything this package sends, named and labelled as client-go's. */
export interface ClientMetrics {
  /** All of them in Prometheus' text format (0.0.4). */
  text(): string;
  readonly metrics: readonly Metric[];
  /** Stops counting, and takes them out of the registry. */
  stop(): void;
}

/** client-go's buckets for latencies, in seconds. */
const SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
/** client-go's buckets for sizes, in bytes. */
const BYTES = [64, 256, 512, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

/**
 * Begins to count. Until then nothing is, and nothing of it is loaded. `code` is the HTTP status, or `<error>` where no answer came;
 * `host` is the server's `host:port`. Every try counts; `rest_client_request_retries_total` tells how many were not the first.
 */
export function collectMetrics(options: MetricsOptions = {}): ClientMetrics {
  const requests = new Counter(
    'rest_client_requests_total',
    'Requests that got an answer or failed, by status code, method and host.',
  );
  const retries = new Counter(
    'rest_client_request_retries_total',
    'Tries after the first of a request, by what came of them, verb and host.',
  );
  const duration = new Histogram(
    'rest_client_request_duration_seconds',
    'Seconds from sending a request to the head of its answer, by verb and host.',
    SECONDS,
  );
  const sent = new Histogram('rest_client_request_size_bytes', 'Bytes of request bodies, by verb and host.', BYTES);
  const received = new Histogram('rest_client_response_size_bytes', 'Bytes of answers, by verb and host.', BYTES);
  const plugins = new Counter(
    'rest_client_exec_plugin_call_total',
    'Runs of credential plugins, by exit code and by what went wrong, if anything did.',
  );
  const clock = options.clock ?? systemClock;
  /** When the certificate that each plugin gave last ends. */
  const certificates = new Map<string, number>();
  const ttl = new Gauge(
    'rest_client_exec_plugin_ttl_seconds',
    'Seconds until the first of the client certificates from credential plugins runs out, negative once it has; +Inf where there is none.',
    'min',
  );
  ttl.from({}, () => (Math.min(...certificates.values()) - clock.now()) / 1000);
  // As in client-go, a retry counts by what came of it.
  const answered = (code: string, method: string, host: string, attempt: number) => {
    requests.add({ code, method, host });
    if (attempt > 0) retries.add({ code, verb: method, host });
  };
  const metrics = [requests, retries, duration, sent, received, plugins, ttl];

  const listeners: readonly [string, (event: unknown) => void][] = [
    [
      'keelson:request:headers',
      listen<RequestHeadersEvent>(({ status, method, host, durationMs, attempt }) => {
        answered(String(status), method, host, attempt);
        duration.observe({ verb: method, host }, durationMs / 1000);
      }),
    ],
    [
      'keelson:request:end',
      listen<RequestEndEvent>(({ status, method, host, bytesSent, bytesReceived, durationMs, attempt }) => {
        sent.observe({ verb: method, host }, bytesSent);
        received.observe({ verb: method, host }, bytesReceived);
        if (status !== undefined) return;
        answered('<error>', method, host, attempt);
        duration.observe({ verb: method, host }, durationMs / 1000);
      }),
    ],
    [
      'keelson:credentials',
      listen<CredentialEvent>(({ source, name, outcome, callStatus = '', exitCode = 0, certificateExpiresAtMs }) => {
        if (source !== 'exec') return;
        plugins.add({ code: String(exitCode), call_status: callStatus });
        if (certificateExpiresAtMs !== undefined) certificates.set(name, certificateExpiresAtMs);
        else if (outcome === 'success') certificates.delete(name);
      }),
    ],
  ];
  for (const [name, listener] of listeners) subscribe(name, listener);
  for (const metric of metrics) options.register?.registerMetric(metric as never);
  return {
    metrics,
    text: () => metrics.map(metricText).join(''),
    stop: () => {
      for (const [name, listener] of listeners) unsubscribe(name, listener);
      for (const { name } of metrics) options.register?.removeSingleMetric?.(name);
    },
  };
}

/** The channels are this package's own: what comes on them has the type it was published with. */
function listen<E>(take: (event: E) => void): (event: unknown) => void {
  return (event) => take(event as E);
}
