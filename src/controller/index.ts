export {
  type BucketRateLimiterOptions,
  bucketRateLimiter,
  defaultRateLimiter,
  type ExponentialRateLimiterOptions,
  exponentialRateLimiter,
  maxOfRateLimiters,
  type RateLimiter,
} from '../queue/index.js';
export type { LeaderElection, Leadership } from './leadership.js';
