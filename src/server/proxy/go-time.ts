const layout = '2006-01-02T15:04:05Z07:00';

/** Two digits of a time, with the word for values that are out of range. */
interface Field {
  readonly element: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** The text that follows in the layout. */
  readonly separator: string;
  /** One digit will do. */
  readonly short?: boolean;
}

const fields: readonly Field[] = [
  { element: '01', name: 'month', from: 1, to: 12, separator: '-' },
  { element: '02', name: 'day', from: 0, to: 99, separator: 'T' },
  { element: '15', name: 'hour', from: 0, to: 23, separator: ':', short: true },
  { element: '04', name: 'minute', from: 0, to: 59, separator: ':' },
  { element: '05', name: 'second', from: 0, to: 59, separator: '' },
];

/** Parses a time in RFC 3339, and returns it in UTC with whole seconds. Throws an `Error` in the words of Go's `time.Parse`. */
export function parseTime(text: string): string {
  const cannot = (rest: string, element: string): Error =>
    new Error(
      `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`,
    );
  const outOfRange = (name: string): Error => new Error(`parsing time ${JSON.stringify(text)}: ${name} out of range`);
  if (!/^\d{4}/.test(text)) throw cannot(text, '2006');
  let rest = text.slice(4);
  const skip = (prefix: string): void => {
    if (!rest.startsWith(prefix)) throw cannot(rest, prefix);
    rest = rest.slice(prefix.length);
  };
  skip('-');
  const numbers = fields.map(({ element, name, from, to, separator, short = false }) => {
    const digits = (short ? /^\d\d?/ : /^\d\d/).exec(rest)?.[0];
    if (digits === undefined) throw cannot(rest, element);
    const number = Number(digits);
    if (number < from || number > to) throw outOfRange(name);
    rest = rest.slice(digits.length);
    skip(separator);
    return number;
  });
  rest = rest.replace(/^[.,]\d+/, '');
  const zone = /^(?:Z|([+-])(\d\d):(\d\d))/.exec(rest);
  if (zone === null) throw cannot(rest, 'Z07:00');
  const [whole, sign, hours = '0', minutes = '0'] = zone;
  if (Number(hours) > 24) throw outOfRange('time zone offset hour');
  if (Number(minutes) > 60) throw outOfRange('time zone offset minute');
  rest = rest.slice(whole.length);
  if (rest !== '') throw new Error(`parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`);
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = numbers;
  const date = new Date(0);
  date.setUTCFullYear(Number(text.slice(0, 4)), month - 1, day);
  if (date.getUTCDate() !== day) throw outOfRange('day');
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  date.setUTCHours(hour, minute - offset, second);
  return `${date.toISOString().slice(0, -5)}Z`;
}
