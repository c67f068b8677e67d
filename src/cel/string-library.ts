import type { GoPattern } from '../util/go-pattern.js';
import type { Functions } from './functions.js';
import type { Meter } from './meter.js';
import { patternOf, searchWork } from './standard-functions.js';
import { formatText } from './text-format.js';
import { CelError, type CelValue, hasSurrogates, lengthOf } from './values.js';

/** Declares the functions that Kubernetes adds for texts: cel-go's extension (version 2) and regular expressions. */
export function stringLibrary(functions: Functions): void {
  functions
    .add('charAt', 'string_char_at_int', 'string.(int): string', (text: string, index: bigint, meter: Meter) => {
      const chars = charactersOf(text, meter);
      if (index < 0n || index > BigInt(chars.length)) throw outOfRange(index);
      return chars[Number(index)] ?? '';
    })
    .add('indexOf', 'string_index_of_string', 'string.(string): int', (text: string, part: string, meter: Meter) =>
      indexOf(text, part, 0n, meter),
    )
    .add('indexOf', 'string_index_of_string_int', 'string.(string, int): int', indexOf)
    .add(
      'lastIndexOf',
      'string_last_index_of_string',
      'string.(string): int',
      (text: string, part: string, meter: Meter) =>
        part === ''
          ? BigInt(lengthOf(text))
          : text === ''
            ? -1n
            : lastIndexOf(text, part, BigInt(lengthOf(text) - 1), meter),
    )
    .add('lastIndexOf', 'string_last_index_of_string_int', 'string.(string, int): int', lastIndexOf)
    .add('lowerAscii', 'string_lower_ascii', 'string.(): string', (text: string) =>
      text.replace(/[A-Z]/g, (char) => char.toLowerCase()),
    )
    .add('upperAscii', 'string_upper_ascii', 'string.(): string', (text: string) =>
      text.replace(/[a-z]/g, (char) => char.toUpperCase()),
    )
    .add(
      'replace',
      'string_replace_string_string',
      'string.(string, string): string',
      (text: string, from: string, to: string, meter: Meter) => replace(text, from, to, -1n, meter),
    )
    .add('replace', 'string_replace_string_string_int', 'string.(string, string, int): string', replace)
    .add('split', 'string_split_string', 'string.(string): list(string)', (text: string, by: string, meter: Meter) =>
      split(text, by, -1n, meter),
    )
    .add('split', 'string_split_string_int', 'string.(string, int): list(string)', split)
    .add('substring', 'string_substring_int', 'string.(int): string', (text: string, start: bigint, meter: Meter) =>
      substring(text, start, BigInt(lengthOf(text)), meter, true),
    )
    .add('substring', 'string_substring_int_int', 'string.(int, int): string', substring)
    .add('trim', 'string_trim', 'string.(): string', trim)
    .add(
      'format',
      'string_format',
      'string.(list(dyn)): string',
      (text: string, args: readonly CelValue[], meter: Meter) => formatText(text, args, meter),
    )
    .add('strings.quote', 'strings_quote', '(string): string', quote)
    .add('join', 'list_join', 'list(string).(): string', (list: readonly CelValue[], meter: Meter) =>
      join(list, '', meter),
    )
    .add('join', 'list_join_string', 'list(string).(string): string', join);
  regularExpressions(functions);
}

/** Removes the white space of Unicode from both ends. */
function trim(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && white.test(text.charAt(start))) start++;
  while (end > start && white.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

const white = /[\t-\r\x85\u2028\u2029\p{Zs}]/u;

function outOfRange(index: bigint): CelError {
  return new CelError(`index out of range: ${index}`);
}

/** The characters of a text: the text itself where each is one unit of UTF-16, else a list. */
function charactersOf(text: string, meter: Meter): string | readonly string[] {
  if (!hasSurrogates(text)) return text;
  meter.grow(text.length);
  return [...text];
}

function textOf(characters: string | readonly string[]): string {
  return typeof characters === 'string' ? characters : characters.join('');
}

function indexOf(text: string, part: string, offset: bigint, meter: Meter): bigint {
  if (part === '') return offset;
  if (offset < 0n) throw outOfRange(offset);
  const chars = charactersOf(text, meter);
  if (offset >= BigInt(chars.length)) return -1n;
  const rest = textOf(chars.slice(Number(offset)));
  const found = rest.indexOf(part);
  return found < 0 ? -1n : offset + BigInt(lengthOf(rest.slice(0, found)));
}

function lastIndexOf(text: string, part: string, offset: bigint, meter: Meter): bigint {
  if (part === '') return offset;
  if (offset < 0n) throw outOfRange(offset);
  const chars = charactersOf(text, meter);
  if (offset >= BigInt(chars.length)) return -1n;
  const head = textOf(chars.slice(0, Number(offset) + lengthOf(part)));
  const found = head.lastIndexOf(part);
  return found < 0 ? -1n : BigInt(lengthOf(head.slice(0, found)));
}

function replace(text: string, from: string, to: string, count: bigint, meter: Meter): string {
  if (count === 0n) return text;
  const pieces = from === '' ? ['', ...text, ''] : text.split(from);
  const most = count < 0n ? pieces.length - 1 : Math.min(Number(count), pieces.length - 1);
  meter.write(text.length + most * to.length);
  return (
    pieces.slice(0, most + 1).join(to) +
    pieces
      .slice(most + 1)
      .map((piece) => from + piece)
      .join('')
  );
}

function split(text: string, by: string, count: bigint, meter: Meter): readonly CelValue[] {
  if (count === 0n) return [];
  const pieces = by === '' ? [...text] : text.split(by);
  meter.grow(pieces.length);
  if (count < 0n || count >= BigInt(pieces.length)) return pieces;
  const most = Number(count);
  return [...pieces.slice(0, most - 1), pieces.slice(most - 1).join(by)];
}

/** `toEnd` is true where the end is that of the text, which messages do not name. */
function substring(text: string, start: bigint, end: bigint, meter: Meter, toEnd = false): string {
  const chars = charactersOf(text, meter);
  if (start > end && !toEnd) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  for (const index of [start, end]) if (index < 0n || index > BigInt(chars.length)) throw outOfRange(index);
  return textOf(chars.slice(Number(start), Number(end)));
}

function join(list: readonly CelValue[], by: string, meter: Meter): string {
  const wrong = list.find((one) => typeof one !== 'string');
  if (wrong !== undefined) throw new CelError(`join: invalid input: ${String(wrong)}`);
  meter.write(list.reduce<number>((sum, one) => sum + String(one).length, list.length * by.length));
  return list.join(by);
}

const escapes: { readonly [char: string]: string } = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  return `"${[...text.replace(/\p{Surrogate}/gu, '\ufffd')].map((char) => escapes[char] ?? char).join('')}"`;
}

function regularExpressions(functions: Functions): void {
  const findAll = (text: string, pattern: string, count: bigint, meter: Meter): readonly CelValue[] => {
    const compiled = patternFor(pattern);
    searchWork(text, compiled, meter);
    const found = compiled.findAll(text, count < 0n ? undefined : Number(count));
    meter.grow(found.length);
    return found;
  };
  functions
    .add('find', 'string_find_string', 'string.(string): string', (text: string, pattern: string, meter: Meter) => {
      const compiled = patternFor(pattern);
      searchWork(text, compiled, meter);
      return compiled.find(text) ?? '';
    })
    .add(
      'findAll',
      'string_find_all_string',
      'string.(string): list(string)',
      (text: string, pattern: string, meter: Meter) => findAll(text, pattern, -1n, meter),
    )
    .add('findAll', 'string_find_all_string_int', 'string.(string, int): list(string)', findAll);
}

function patternFor(pattern: string): GoPattern {
  try {
    return patternOf(pattern);
  } catch (error) {
    throw error instanceof CelError ? new CelError(`Illegal regex: ${error.message}`) : error;
  }
}
