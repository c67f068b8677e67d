export type { EventObject, EventReference, EventSeries, EventType } from './event.js';
export {
  type EventFacts,
  type EventMetrics,
  EventRecorder,
  type EventRecorderOptions,
  type EventSubject,
} from './event-recorder.js';
