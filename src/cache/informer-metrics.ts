/** A count, a sum and the latest of something measured now and then. */
export interface Summary {
  count: number;
  sum: number;
  last: number;
}

/**
 * The counters of an informer, as plain numbers under the names of client-go's reflector and informer metrics. You can pass them to any
 * metrics library.
 */
export interface InformerMetrics {
  /** Lists begun. */
  reflector_lists_total: number;
  reflector_list_duration_seconds: Summary;
  reflector_items_per_list: Summary;
  /** Watches begun. */
  reflector_watches_total: number;
  /** Watches that ended at once without an event. */
  reflector_short_watches_total: number;
  reflector_watch_duration_seconds: Summary;
  reflector_items_per_watch: Summary;
  /** The last resourceVersion seen, as a number where it is one. */
  reflector_last_resource_version: number;
  /** Objects or frames that could not be read, and were skipped. */
  reflector_undecodable_total: number;
  /** Bytes received. */
  reflector_bytes_total: number;
  /** Changes handed to handlers. */
  informer_processed_items_total: number;
  /** Changes that wait for a handler now, over all handlers. */
  informer_queued_items: number;
  /** Errors that handlers threw. */
  informer_handler_errors_total: number;
  /** Objects in the store now. */
  informer_store_objects: number;
  /** Bytes in the store now. */
  informer_store_bytes: number;
}

/** All at zero. */
export function newMetrics(): InformerMetrics {
  return {
    reflector_lists_total: 0,
    reflector_list_duration_seconds: newSummary(),
    reflector_items_per_list: newSummary(),
    reflector_watches_total: 0,
    reflector_short_watches_total: 0,
    reflector_watch_duration_seconds: newSummary(),
    reflector_items_per_watch: newSummary(),
    reflector_last_resource_version: 0,
    reflector_undecodable_total: 0,
    reflector_bytes_total: 0,
    informer_processed_items_total: 0,
    informer_queued_items: 0,
    informer_handler_errors_total: 0,
    informer_store_objects: 0,
    informer_store_bytes: 0,
  };
}

/** Adds one measurement. */
export function observe(summary: Summary, value: number): void {
  summary.count++;
  summary.sum += value;
  summary.last = value;
}

function newSummary(): Summary {
  return { count: 0, sum: 0, last: 0 };
}
