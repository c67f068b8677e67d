import { decimalText } from './numbers.js';
import { CelDuration, CelError, CelTime } from './values.js';

const second = 1_000_000_000n;

const units: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3_600n * second,
};

const longestDuration = 1_000;

/** Reads a duration as Go writes them (`1h30m`, `-1.5s`); undefined for any other text. */
export function readDuration(text: string): CelDuration | undefined {
  // Longer texts do not fit in 64 bits, and reading their numbers takes more than linear time.
  if (text.length > longestDuration) return undefined;
  const match = /^([+-]?)(0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (match === null) return undefined;
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of (match[2] ?? '').matchAll(
    /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g,
  )) {
    const scale = units[unit] ?? 0n;
    nanos += BigInt(whole === '' ? 0 : whole) * scale;
    if (fraction !== '') nanos += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  if (nanos > 2n ** 63n - 1n) return undefined;
  return new CelDuration(match[1] === '-' ? -nanos : nanos);
}

/** A duration in seconds, as expressions turn it into a text. */
export function durationText({ nanos }: CelDuration): string {
  return `${decimalText(Number(nanos) / 1e9)}s`;
}

const moment = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** Reads a moment of RFC 3339; undefined for any other text. */
export function readTime(text: string): CelTime | undefined {
  const match = moment.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, seconds, fraction = '', sign, offsetHour, offsetMinute] = match;
  const date = Date.UTC(2000, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(seconds));
  const at = new Date(date);
  at.setUTCFullYear(Number(year));
  const local = `${year}-${month}-${day}T${hour}:${minute}:${seconds}`;
  if (!at.toISOString().startsWith(local)) return leapDay(text, local, fraction, [sign, offsetHour, offsetMinute]);
  return shifted(at.getTime(), fraction, [sign, offsetHour, offsetMinute]);
}

/** The 29th of February is only found in the year it belongs to. */
function leapDay(
  text: string,
  local: string,
  fraction: string,
  offset: readonly (string | undefined)[],
): CelTime | undefined {
  if (!text.includes('-02-29T')) return undefined;
  const at = Date.parse(`${local}Z`);
  return Number.isNaN(at) || !new Date(at).toISOString().startsWith(local) ? undefined : shifted(at, fraction, offset);
}

function shifted(
  millis: number,
  fraction: string,
  [sign, hours, minutes]: readonly (string | undefined)[],
): CelTime | undefined {
  if (sign !== undefined && (Number(hours) > 24 || Number(minutes) > 59)) return undefined;
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const nanos = BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return new CelTime(BigInt(millis) * 1_000_000n - BigInt(offset) * 60n * second + nanos, offset);
}

/** Formats a moment as RFC 3339, in the zone in which it was written. */
export function timeText({ nanos: instant, offset }: CelTime): string {
  const nanos = instant + BigInt(offset) * 60n * second;
  const rest = ((nanos % second) + second) % second;
  const text = new Date(Number((nanos - rest) / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`;
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${text}${fraction}${offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`}`;
}

/** A moment's date and clock where the zone is `zone`: a name, an offset (`+02:00`) or UTC. Throws a CelError for no zone. */
export function clockIn({ nanos }: CelTime, zone = 'UTC'): Date {
  const rest = ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const at = Number((nanos - rest) / 1_000_000n);
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(at + (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  if (zone === 'UTC' || zone === '') return new Date(at);
  let parts: Intl.DateTimeFormatPart[];
  try {
    const format = { era: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit' } as const;
    const clock = { ...format, minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone: zone } as const;
    parts = new Intl.DateTimeFormat('en-US', clock).formatToParts(at);
  } catch {
    throw new CelError(`unknown time zone ${zone}`);
  }
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const local = new Date(Date.UTC(2000, part('month') - 1, part('day'), part('hour'), part('minute'), part('second')));
  local.setUTCFullYear(part('year'), part('month') - 1, part('day'));
  local.setUTCMilliseconds(((at % 1000) + 1000) % 1000);
  return local;
}
