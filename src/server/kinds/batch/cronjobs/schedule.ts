import { type FieldError, invalidValue } from '../../../object/field-error.js';

/** The five fields of a schedule: their bounds, and the words that stand for numbers in two of them. */
const fields = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { min: 0, max: 6, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;

const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

type Field = (typeof fields)[number];

/** Validates the schedule of a CronJob: five fields, or a descriptor such as `@daily`. */
export function scheduleProblems(schedule: string, path: string): FieldError[] {
  const why = problemOf(schedule);
  const errors = why === undefined ? [] : [invalidValue(path, schedule, why)];
  if (schedule.includes('TZ'))
    errors.push(invalidValue(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  return errors;
}

function problemOf(schedule: string): string | undefined {
  const text = schedule.replace(/^(CRON_)?TZ=\S*\s+/, '').trim();
  if (text.startsWith('@every ')) {
    const duration = text.slice('@every '.length);
    if (/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) return undefined;
    return `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`;
  }
  if (text.startsWith('@')) return descriptors.includes(text) ? undefined : `unrecognized descriptor: ${text}`;
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== fields.length)
    return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`;
  for (const [index, field] of fields.entries()) {
    for (const range of (parts[index] ?? '').split(',').filter((one) => one !== '')) {
      const why = rangeProblem(range, field);
      if (why !== undefined) return why;
    }
  }
  return undefined;
}

/** Returns the fault of one range: a star, or a number or two with a hyphen between them, with an optional step. */
function rangeProblem(range: string, field: Field): string | undefined {
  const [span = '', step, ...tooMany] = range.split('/');
  const [low = '', high, ...tooManyHyphens] = span.split('-');
  let start: number | string = field.min;
  let end: number | string = field.max;
  if (low !== '*' && low !== '?') {
    if (tooManyHyphens.length > 0) return `too many hyphens: ${range}`;
    start = numberIn(low, field);
    end = high === undefined ? (step === undefined ? start : field.max) : numberIn(high, field);
  }
  if (typeof start === 'string') return start;
  if (typeof end === 'string') return end;
  if (tooMany.length > 0) return `too many slashes: ${range}`;
  const every = step === undefined ? 1 : integer(step);
  if (typeof every === 'string') return every;
  if (start < field.min) return `beginning of range (${start}) below minimum (${field.min}): ${range}`;
  if (end > field.max) return `end of range (${end}) above maximum (${field.max}): ${range}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${range}`;
  return every === 0 ? `step of range should be a positive number: ${range}` : undefined;
}

/** A number or the word for one; the text of the complaint where it is neither. */
function numberIn(text: string, field: Field): number | string {
  const words: readonly string[] = 'words' in field ? field.words : [];
  const index = words.indexOf(text.toLowerCase());
  return index < 0 ? integer(text) : index + field.min;
}

function integer(text: string): number | string {
  if (/^\+?\d+$/.test(text)) return Number(text);
  if (/^-\d+$/.test(text)) return `negative number (${text}) not allowed: ${text}`;
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}

/** Validates the time zone of a CronJob: one of the IANA database. */
export function timeZoneProblems(zone: string, path: string): FieldError[] {
  if (zone === '') return [invalidValue(path, zone, 'timeZone must be nil or non-empty string')];
  const errors: FieldError[] = [];
  if (zone.toLowerCase() === 'local') {
    const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    errors.push(invalidValue(path, zone, why));
  }
  // The runtime also accepts offsets such as +01:00, which are not names.
  if (!/^[A-Za-z]/.test(zone) || !isZone(zone)) errors.push(invalidValue(path, zone, `unknown time zone ${zone}`));
  return errors;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
