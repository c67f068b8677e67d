/** The layouts of times: whole seconds, or exactly six digits after them. */
const layouts = { seconds: '2006-01-02T15:04:05Z07:00', micros: '2006-01-02T15:04:05.000000Z07:00' } as const;

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

/**
 * Parses a time in RFC 3339, and returns it in UTC with whole seconds, or with microseconds. Throws an `Error` in the words of Go's
 * `time.Parse`.
 */
export function parseTime(text: string, precision: keyof typeof layouts = 'seconds'): string {
  const cannot = (rest: string, element: string): Error =>
    new Error(
      `parsing time ${quote(text)} as ${quote(layouts[precision])}: cannot parse ${quote(rest)} as ${quote(element)}`,
    );
  const problem = (why: string): Error => new Error(`parsing time ${quote(text)}: ${why}`);
  const outOfRange = (name: string): Error => problem(`${name} out of range`);
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
    rest = rest.slice(digits.length);
    if (number < from || number > to) throw outOfRange(name);
    skip(separator);
    return number;
  });
  const fraction = (precision === 'micros' ? /^[.,]\d{6}/ : /^[.,]\d+/).exec(rest)?.[0] ?? '';
  if (precision === 'micros' && fraction === '') throw cannot(rest, '.000000');
  rest = rest.slice(fraction.length);
  const zone = /^(?:Z|([+-])(\d\d):(\d\d))/.exec(rest);
  if (zone === null) throw cannot(rest, 'Z07:00');
  const [whole, sign, hours = '0', minutes = '0'] = zone;
  if (Number(hours) > 24) throw outOfRange('time zone offset hour');
  if (Number(minutes) > 60) throw outOfRange('time zone offset minute');
  rest = rest.slice(whole.length);
  if (rest !== '') throw problem(`extra text: ${quote(rest)}`);
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = numbers;
  const date = new Date(0);
  date.setUTCFullYear(Number(text.slice(0, 4)), month - 1, day);
  if (date.getUTCDate() !== day) throw outOfRange('day');
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  date.setUTCHours(hour, minute - offset, second);
  return `${date.toISOString().slice(0, -5)}${precision === 'micros' ? `.${fraction.slice(1)}` : ''}Z`;
}

/** Quotes a text as Go's `time` package does: bytes of control characters and of other than ASCII in hexadecimal. */
function quote(text: string): string {
  const inner = [...text].map((char) => {
    if (char < ' ' || char > '\u007f')
      return [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
    return char === '"' || char === '\\' ? `\\${char}` : char;
  });
  return `"${inner.join('')}"`;
}
