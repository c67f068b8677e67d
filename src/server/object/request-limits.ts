import type { Attributes } from './authorization.js';

/** Limits the requests that run at a time. */
export interface RequestLimits {
  /** Admits a request, perhaps after a wait, or rejects it. `signal` aborts when the request's client goes. */
  begin(attributes: Attributes, signal: () => AbortSignal | undefined): Promise<Admission>;
  /** Resolves when the limits in force are those that are stored. */
  settled?(): Promise<void>;
  /** Returns what `/metrics` shows of the limits. */
  metrics?(): readonly MetricFamily[];
}

/** Metrics of one name, in Prometheus' text format. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** One line each: name, labels and value. */
  readonly lines: readonly string[];
}

/** A decision of `RequestLimits`, with headers for the response. */
export type Admission =
  | { readonly admitted: true; readonly headers: ResponseHeaders; readonly end: () => void }
  | { readonly admitted: false; readonly headers: ResponseHeaders };

interface ResponseHeaders {
  readonly [name: string]: string;
}
