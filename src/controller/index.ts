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
export type { LeaderElection, Leadership } from './leadership.js';
