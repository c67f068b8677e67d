export { WorkQueueMetrics } from './queue-metrics.js';
export * from './rate-limiter.js';
export * from './work-queue.js';
