import type { Event as CoreEvent } from '../../../../../generated/core/v1.js';
import type { Event as NewEvent } from '../../../../../generated/events.k8s.io/v1.js';
import type { Column } from '../../../object/column.js';
import { columnsFor } from '../../../table/common-columns.js';
import { since } from '../../../table/format.js';

/** The two APIs of events are views of the same objects, with some fields under other names. */
type AnyEvent = Partial<Omit<CoreEvent, 'series'>> &
  Partial<Omit<NewEvent, 'series'>> & { series?: CoreEvent['series'] };

const { text, wide } = columnsFor<AnyEvent>();

const objectOf = (event: AnyEvent) => event.involvedObject ?? event.regarding ?? {};
const sourceOf = (event: AnyEvent) => event.source ?? event.deprecatedSource ?? {};

/** The columns of events, in either API. They begin with the time, as a log does. */
export const eventColumns: readonly Column[] = [
  text('Last Seen', 'How long ago it happened last.', lastSeen),
  text('Type', 'Normal or Warning.', ({ type }) => type ?? ''),
  text('Reason', 'Why it happened, in a word.', ({ reason }) => reason ?? ''),
  text('Object', 'What it happened to.', (event) => {
    const { kind = '', name } = objectOf(event);
    return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
  }),
  wide('Subobject', 'Which part of the object it happened to.', (event) => objectOf(event).fieldPath ?? ''),
  wide('Source', 'Who reported it.', (event) => {
    const { component, host } = sourceOf(event);
    const instance = host || event.reportingInstance;
    return `${component || event.reportingComponent || event.reportingController || ''}${instance ? `, ${instance}` : ''}`;
  }),
  text('Message', 'What happened, for people.', ({ message, note }) => (message ?? note ?? '').trim()),
  wide('First Seen', 'How long ago it happened first.', firstSeen),
  // An event that happened once says nothing of how often.
  wide('Count', 'How often it happened.', ({ series, count, deprecatedCount }) =>
    series ? (series.count ?? 0) : count || deprecatedCount || 1,
  ),
  { ...wide('Name', 'Name of the event.', ({ metadata }) => metadata.name ?? ''), format: 'name' },
];

function firstSeen({ firstTimestamp, deprecatedFirstTimestamp, eventTime }: AnyEvent, now: number): string {
  return since(firstTimestamp ?? deprecatedFirstTimestamp ?? eventTime, now);
}

function lastSeen(event: AnyEvent, now: number): string {
  if (event.series) return since(event.series.lastObservedTime, now);
  const last = event.lastTimestamp ?? event.deprecatedLastTimestamp;
  return last ? since(last, now) : firstSeen(event, now);
}
