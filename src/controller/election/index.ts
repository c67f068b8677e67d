export type { LeaderElectionOptions } from './election-options.js';
export { type ElectionMetrics, LeaderElector, type LeadOptions } from './leader-elector.js';
export type { LeaseObject, LeaseRecord } from './lease.js';
export type { LeaseStore, NewLease } from './lease-store.js';
export { LeadershipLostError, type LeaderTerm } from './term.js';
