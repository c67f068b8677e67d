import type { KubeObject, MicroTime, ObjectMeta, Resource } from '../../meta/index.js';

/** A reference to the object of an event. */
export interface EventReference {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  name?: string | undefined;
  namespace?: string | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  fieldPath?: string | undefined;
}

/** An Event of events.k8s.io/v1, as recorders write it. The generated `Event` fits. */
export interface EventObject extends KubeObject {
  metadata: ObjectMeta & { name: string; namespace: string };
  eventTime: MicroTime;
  type: EventType;
  reason: string;
  action: string;
  note: string;
  regarding: EventReference;
  related?: EventReference | undefined;
  reportingController: string;
  reportingInstance: string;
  series?: EventSeries | undefined;
}

/** The number of times that an event repeated, and the last time. */
export interface EventSeries {
  count: number;
  lastObservedTime: MicroTime;
}

/** The API knows no others. */
export type EventType = 'Normal' | 'Warning';

/** Where events live, so that nothing generated has to be loaded. */
export const eventResource: Resource<EventObject, 'Namespaced'> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};
