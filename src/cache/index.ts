export type { IndexDefinition } from './index-definition.js';

export { cacheOf, Informer, subscribeViews, viewOf } from './informer.js';
export type { InformerMetrics, Summary } from './informer-metrics.js';
export type {
  CacheTuning,
  InformerHandlers,
  InformerOptions,
  InformerStatus,
  KeyChange,
} from './informer-options.js';
export type { Interruption, InterruptionKind } from './interruption.js';
export type { AtLeastOptions, Cached, CacheSelection, Lister } from './lister.js';
export type { ObjectView, ViewChange } from './object-view.js';
export { isAtLeast, type SharedCache } from './shared-cache.js';
export type { StoreChange } from './store.js';
export type { SubscribeOptions, Subscription } from './subscription.js';
export * from './sync-event.js';
export * from './watcher.js';
