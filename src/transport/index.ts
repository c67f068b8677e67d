export type { Metric, MetricSample, MetricValues } from '../util/metric.js';
export * from './authorizing-transport.js';
export * from './client-metrics.js';
export * from './create-transport.js';
export * from './deadlines.js';
export * from './events.js';
export * from './retrying-transport.js';
export * from './transport.js';
export * from './undici-transport.js';
