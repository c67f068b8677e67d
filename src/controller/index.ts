export type { ObjectView, StoreChange, ViewChange } from '../cache/index.js';
export {
  type AddOptions,
  type BucketRateLimiterOptions,
  bucketRateLimiter,
  defaultRateLimiter,
  type ExponentialRateLimiterOptions,
  exponentialRateLimiter,
  maxOfRateLimiters,
  type RateLimiter,
  WorkQueue,
  WorkQueueMetrics,
  type WorkQueueOptions,
} from '../queue/index.js';
export { Controller, done } from './controller.js';
export { ControllerMetrics } from './controller-metrics.js';
export type { ControllerOptions, ReconcileFailure, Requeue } from './controller-options.js';
export type { RunEnvironment } from './controller-run.js';
export * from './election/index.js';
export * from './events/index.js';
export type { HealthCheck, HealthServerOptions } from './health-server.js';
export * from './helpers/index.js';
export type { LeaderElection, Leadership } from './leadership.js';
export { type ManagedController, Manager, type ManagerOptions, type Runnable } from './manager.js';
export { ManagerError } from './manager-error.js';
export {
  allOf,
  annotationsChanged,
  anyOf,
  generationChanged,
  labelsChanged,
  type Predicate,
  resourceVersionChanged,
} from './predicates.js';
export {
  type ChangeReason,
  formatReason,
  type Reason,
  type RequestReason,
  type RequeueReason,
  type RetryReason,
} from './reason.js';
export type { KeyContext, ReconcileContext } from './reconcile-context.js';
export { type KeyMapper, type MapContext, owned, type Source, type SourceOptions, watched } from './source.js';
export { TerminalError } from './terminal-error.js';
export * from './webhook/index.js';
