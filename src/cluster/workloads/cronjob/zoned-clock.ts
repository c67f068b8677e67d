const MINUTE = 60_000;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A time as a clock on the wall shows it. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** A clock on the wall of one time zone. */
export class ZonedClock {
  readonly #format: Intl.DateTimeFormat;

  /** `zone` is a name of the IANA database. Default: the zone of this process. Throws a `RangeError` for another name. */
  constructor(zone?: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      weekday: 'short',
    });
  }

  /** Reads the clock at a time in milliseconds. */
  read(time: number): WallTime {
    const parts = Object.fromEntries(this.#format.formatToParts(time).map(({ type, value }) => [type, value]));
    const number = (name: string) => Number(parts[name]);
    return {
      year: number('year'),
      month: number('month'),
      day: number('day'),
      hour: number('hour'),
      minute: number('minute'),
      second: number('second'),
      weekday: WEEKDAYS.indexOf(parts.weekday ?? ''),
    };
  }

  /** Returns the first minute of the next day. Days with a change of the clock have 23 or 25 hours. */
  nextDay(time: number): number {
    const { day, hour, minute } = this.read(time);
    let at = time + (24 * 60 - hour * 60 - minute) * MINUTE;
    const now = this.read(at);
    if (now.day === day) return this.nextDay(at);
    // The clock went forward: the day began earlier.
    for (let left = now.hour * 60 + now.minute; left > 0 && this.read(at - MINUTE).day === now.day; left--)
      at -= MINUTE;
    return at;
  }

  /** Returns a time as RFC 3339 writes it in this zone, such as `2026-01-31T12:00:00+01:00`. */
  write(time: number): string {
    const { year, month, day, hour, minute, second } = this.read(time);
    const offset = Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - time) / MINUTE);
    const two = (value: number) => String(value).padStart(2, '0');
    const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
    if (offset === 0) return `${text}Z`;
    const size = Math.abs(offset);
    return `${text}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  }
}
