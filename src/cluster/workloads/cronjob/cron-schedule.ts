import { InvalidRequestError } from '../../../errors/index.js';
import { parseDuration } from '../../../meta/index.js';
import { ZonedClock } from './zoned-clock.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** The schedule of a date that never comes, such as 30 February, ends after this time. */
const FARTHEST_MS = 5 * 366 * DAY;

const FIELDS = [
  { min: 0, max: 59, words: [] },
  { min: 0, max: 23, words: [] },
  { min: 1, max: 31, words: [] },
  { min: 1, max: 12, words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { min: 0, max: 6, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;

const DESCRIPTORS: { readonly [name: string]: string | undefined } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** The numbers of one field of a schedule. */
interface FieldSet {
  readonly values: ReadonlySet<number>;
  /** Written with a star: does not restrict the other day field. */
  readonly isStar: boolean;
}

/** The times at which a CronJob runs. */
export interface CronSchedule {
  /** Returns the first time after `time`, both in milliseconds, or undefined when none comes within five years. */
  next(time: number): number | undefined;
}

/**
 * Reads a schedule of five fields, a descriptor such as `@daily`, or `@every 90m`. `zone` is a name of the IANA database; default: the
 * zone of this process. Throws an `InvalidRequestError` for another text, and a `RangeError` for another zone.
 */
export function parseSchedule(text: string, zone?: string): CronSchedule {
  const [, written, rest = text] = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(text) ?? [];
  const schedule = rest.trim();
  if (schedule.startsWith('@every ')) return everySchedule(schedule.slice('@every '.length));
  const expanded = DESCRIPTORS[schedule] ?? schedule;
  const parts = expanded.split(/\s+/);
  if (parts.length !== FIELDS.length) throw fault(text, `expected exactly 5 fields, found ${parts.length}`);
  const sets = FIELDS.map((field, i) => fieldSet(parts[i] ?? '', field, text));
  const [minutes, hours, days, months, weekdays] = sets;
  if (!minutes || !hours || !days || !months || !weekdays) throw fault(text, 'a field is missing');
  return new FieldSchedule({ minutes, hours, days, months, weekdays }, new ZonedClock(written ?? zone));
}

function everySchedule(text: string): CronSchedule {
  const delay = Math.max(1000, Number(parseDuration(text) / 1_000_000_000n) * 1000);
  return { next: (time) => Math.floor(time / 1000) * 1000 + delay };
}

interface Sets {
  readonly minutes: FieldSet;
  readonly hours: FieldSet;
  readonly days: FieldSet;
  readonly months: FieldSet;
  readonly weekdays: FieldSet;
}

class FieldSchedule implements CronSchedule {
  readonly #sets: Sets;
  readonly #clock: ZonedClock;

  constructor(sets: Sets, clock: ZonedClock) {
    this.#sets = sets;
    this.#clock = clock;
  }

  next(time: number): number | undefined {
    const { minutes, hours, months } = this.#sets;
    let at = Math.floor(time / MINUTE) * MINUTE + MINUTE;
    while (at - time < FARTHEST_MS) {
      const now = this.#clock.read(at);
      if (!months.values.has(now.month) || !this.#isDay(now.day, now.weekday)) at = this.#clock.nextDay(at);
      else if (!hours.values.has(now.hour)) at += (60 - now.minute) * MINUTE;
      else if (!minutes.values.has(now.minute)) at += MINUTE;
      else return at;
    }
    return undefined;
  }

  /** Days of the month and days of the week both count when both are written out. Otherwise both must match. */
  #isDay(day: number, weekday: number): boolean {
    const { days, weekdays } = this.#sets;
    const [isDay, isWeekday] = [days.values.has(day), weekdays.values.has(weekday)];
    return days.isStar || weekdays.isStar ? isDay && isWeekday : isDay || isWeekday;
  }
}

function fieldSet(text: string, field: (typeof FIELDS)[number], schedule: string): FieldSet {
  const values = new Set<number>();
  let isStar = false;
  for (const range of text.split(',')) {
    const [span = '', step = '1'] = range.split('/');
    const [low = '', high] = span.split('-');
    const isAll = low === '*' || low === '?';
    const every = Number(step);
    const from = isAll ? field.min : numberOf(low, field);
    const single = range.includes('/') ? field.max : from;
    const to = isAll ? field.max : high === undefined ? single : numberOf(high, field);
    const isValid = Number.isInteger(every) && every > 0 && from >= field.min && to <= field.max && from <= to;
    if (!isValid) throw fault(schedule, `${range} is not a range of ${field.min} to ${field.max}`);
    for (let value = from; value <= to; value += every) values.add(value);
    isStar ||= isAll && every === 1;
  }
  return { values, isStar };
}

function numberOf(text: string, { min, words }: (typeof FIELDS)[number]): number {
  const index = (words as readonly string[]).indexOf(text.toLowerCase());
  if (index >= 0) return index + min;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function fault(schedule: string, why: string): InvalidRequestError {
  return new InvalidRequestError(`cannot read the schedule ${JSON.stringify(schedule)}: ${why}`);
}
