import { type LabelSelector, type Labels, parseTime, toLabelSelector } from '../../meta/index.js';
import type { Column } from '../object/column.js';
import { columnsFor } from './common-columns.js';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/**
 * A span as people read it, by the rules of `duration.HumanDuration`: two units while the larger one is small, then one. A clock up
 * to two seconds ahead counts as now, one further ahead as a mistake.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return two(seconds, minute, 'm', 1, 's');
  if (seconds < 3 * hour) return `${Math.floor(seconds / minute)}m`;
  if (seconds < 8 * hour) return two(seconds, hour, 'h', minute, 'm');
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)}h`;
  if (seconds < 8 * day) return two(seconds, day, 'd', hour, 'h');
  if (seconds < 2 * year) return `${Math.floor(seconds / day)}d`;
  if (seconds < 8 * year) return two(seconds, year, 'y', day, 'd');
  return `${Math.floor(seconds / year)}y`;
}

function two(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${largeUnit}${rest === 0 ? '' : `${rest}${smallUnit}`}`;
}

/** Returns the time since `time` as text. */
export function since(time: string | null | undefined, now: number): string {
  if (!time) return '<unknown>';
  return humanDuration(now - parseTime(time));
}

/** `text`, or `<none>` where there is none. */
export function orNone(text: string | null | undefined): string {
  return text ? text : '<none>';
}

/** At most `max` of `list`, and how many more there are. */
export function atMost(list: readonly string[], max: number, empty: string, separator = ','): string {
  if (list.length === 0) return empty;
  const shown = list.slice(0, max).join(separator);
  return list.length > max ? `${shown} + ${list.length - max} more...` : shown;
}

/** Labels as a selector would be written. */
export function labelsText(labels: Labels | undefined): string {
  return orNone(labels === undefined ? '' : String(toLabelSelector({ matchLabels: { ...labels } })));
}

/** A label selector as text; `<none>` for an absent or empty one. */
export function selectorText(selector: LabelSelector | undefined): string {
  return orNone(selector === undefined ? '' : String(toLabelSelector(selector)));
}

interface ContainerLike {
  readonly name: string;
  readonly image?: string | undefined;
}

interface Templated {
  readonly containers?: readonly ContainerLike[] | undefined;
}

/** The two columns that say which containers a workload runs. */
export function containerColumns<T>(podSpec: (object: T) => Templated | undefined): Column[] {
  const { wide } = columnsFor<T>();
  const list = (object: T) => podSpec(object)?.containers ?? [];
  return [
    wide('Containers', 'Names of the containers in the template.', (object) =>
      list(object)
        .map(({ name }) => name)
        .join(','),
    ),
    wide('Images', 'Images of the containers in the template.', (object) =>
      list(object)
        .map(({ image }) => image ?? '')
        .join(','),
    ),
  ];
}

/** The column for the age of an object. */
export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  format: '',
  description: 'How long ago the object was made.',
  priority: 0,
  cell: ({ metadata }, now) => since(metadata.creationTimestamp, now),
};

/** The name, marked where an annotation makes the object the default of its kind. */
export function withDefault(
  metadata: { name?: string | undefined; annotations?: { [key: string]: string } | undefined },
  key: string,
): string {
  return `${metadata.name ?? ''}${metadata.annotations?.[key] === 'true' ? ' (default)' : ''}`;
}
