import type { JSONSchemaProps } from '../json-schema-props.js';
import { parseRegex, type RegexNode, RegexProblem, type SetItem } from './regex-parser.js';

/** RE2 refuses more repetitions than this, nested ones multiplied. */
const maxRepeat = 1_000;

/** Where the two languages mean different characters by the same escape, as the inside of a class of RE2. */
const spaces = '\\t-\\r \\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}';
const lineEnds = '\\n\\r\\x{2028}\\x{2029}';

/** The general categories by their short names, which RE2 knows too. */
const categories = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;

/**
 * A regular expression of JavaScript as value validations whose patterns RE2 reads, matching the same strings. RE2 has no lookaheads;
 * those at the very beginning of a pattern become patterns beside it (`allOf`) or against it (`not`). Throws a `RegexProblem` for what
 * RE2 cannot express: backreferences, lookbehinds, lookaheads elsewhere, properties it does not know, more than 1,000 repetitions.
 *
 * JavaScript counts UTF-16 units where RE2 counts characters, so that beyond the basic plane the two may differ.
 */
export function re2Of(regex: RegExp): JSONSchemaProps {
  for (const [flag, why] of [
    ['m', 'where lines end differs'],
    ['y', 'a pattern may match anywhere'],
  ] as const) {
    if (regex.flags.includes(flag)) throw new RegexProblem(`the flag ${flag}: ${why}`);
  }
  const printer = new Printer(regex.flags);
  const root = parseRegex(regex);
  if (root.type !== 'sequence') return { pattern: printer.print(root, 1) };
  const [start, ...rest] = root.parts;
  const looks: JSONSchemaProps[] = [];
  if (start?.type === 'assert' && start.which === '^') {
    while (rest[0]?.type === 'look' && rest[0].ahead) {
      const { of, negative } = rest[0];
      const pattern = `^(?:${printer.print(of, 1)})`;
      looks.push(negative ? { not: { pattern } } : { pattern });
      rest.shift();
    }
  }
  const pattern = printer.print({ type: 'sequence', parts: start === undefined ? [] : [start, ...rest] }, 1);
  return looks.length === 0 ? { pattern } : { pattern, allOf: looks };
}

/** Several validations that must all hold, as one. */
export function allOf(parts: readonly JSONSchemaProps[]): JSONSchemaProps {
  const [first = {}, ...rest] = parts;
  const more = rest.flatMap(({ allOf: inner = [], ...own }) => [own, ...inner]);
  const all = [...(first.allOf ?? []), ...more];
  return all.length === 0 ? first : { ...first, allOf: all };
}

/** A pattern that matches exactly these strings. */
export function patternOfWords(words: readonly string[]): string {
  return `^(?:${words.map((word) => [...word].map((char) => printChar(char.codePointAt(0) ?? 0)).join('')).join('|')})$`;
}

class Printer {
  readonly #ignoreCase: boolean;
  readonly #dotAll: boolean;

  constructor(private readonly flags: string) {
    this.#ignoreCase = flags.includes('i');
    this.#dotAll = flags.includes('s');
  }

  print(node: RegexNode, repeats: number): string {
    switch (node.type) {
      case 'alternatives':
        return node.options.map((option) => this.print(option, repeats)).join('|');
      case 'sequence':
        return node.parts.map((part) => this.#atom(part, repeats)).join('');
      default:
        return this.#atom(node, repeats);
    }
  }

  #atom(node: RegexNode, repeats: number): string {
    switch (node.type) {
      case 'alternatives':
        return `(?:${this.print(node, repeats)})`;
      case 'sequence':
        return node.parts.some(({ type }) => type === 'alternatives')
          ? this.print(node, repeats)
          : node.parts.map((part) => this.#atom(part, repeats)).join('');
      case 'repeat':
        return this.#repeat(node, repeats);
      case 'look':
        throw new RegexProblem(node.ahead ? 'a lookahead that is not at the very beginning' : 'a lookbehind');
      case 'assert':
        if (/[bB]/.test(node.which) && this.#ignoreCase && this.flags.includes('u')) {
          throw new RegexProblem('the flags i and u beside \\b, whose letters they change');
        }
        return node.which;
      case 'dot':
        return this.#dotAll ? '[\\x{0}-\\x{10FFFF}]' : `[^${lineEnds}]`;
      case 'char':
        return this.#ignoreCase
          ? this.#set(false, [{ type: 'range', from: node.code, to: node.code }])
          : printChar(node.code);
      case 'set':
        return this.#set(node.negative, node.items);
    }
  }

  #repeat({ of, min, max, lazy }: Extract<RegexNode, { type: 'repeat' }>, repeats: number): string {
    const most = max === Number.POSITIVE_INFINITY ? min : max;
    const counted = min > 1 || (max > 1 && max !== Number.POSITIVE_INFINITY);
    const total = counted ? repeats * Math.max(1, most) : repeats;
    if (total > maxRepeat) throw new RegexProblem(`more than ${maxRepeat} repetitions`);
    const inner = this.#atom(of, total);
    const single = of.type === 'char' || of.type === 'set' || of.type === 'dot';
    const atom = single ? inner : `(?:${inner})`;
    return `${atom}${bounds(min, max)}${lazy ? '?' : ''}`;
  }

  #set(negative: boolean, items: readonly SetItem[]): string {
    const all = this.#ignoreCase ? items.flatMap((item) => this.#bothCases(item)) : items;
    const [only] = all;
    if (only === undefined) return negative ? '[\\x{0}-\\x{10FFFF}]' : '[^\\x{0}-\\x{10FFFF}]';
    if (all.length === 1 && only.type === 'range' && only.from === only.to && !negative) return printChar(only.from);
    const inside = all.map((item) => printItem(item)).join('');
    if (all.length === 1 && !negative && /^\\[dDwW]$/.test(inside)) return inside;
    return `[${negative ? '^' : ''}${inside}]`;
  }

  /** Both cases spelled out: RE2 folds more characters than JavaScript does without the flag u. */
  #bothCases(item: SetItem): SetItem[] {
    if (item.type !== 'range') {
      if (item.type === 'property' || (this.flags.includes('u') && 'wW'.includes(item.letter))) {
        throw new RegexProblem('the flag i beside a class of characters that it changes');
      }
      return [item];
    }
    if (item.to > 127 && item.from < 0xffff && item.to !== 0xffff) {
      throw new RegexProblem('the flag i beside letters that are not of ASCII');
    }
    if (this.flags.includes('u') && overlap(item, 'K'.charCodeAt(0), 'z'.charCodeAt(0)).length > 0) {
      // With both flags, k is also the Kelvin sign, and s the long s.
      const extra: SetItem[] = [];
      if (holds(item, 'k') || holds(item, 'K')) extra.push({ type: 'range', from: 0x212a, to: 0x212a });
      if (holds(item, 's') || holds(item, 'S')) extra.push({ type: 'range', from: 0x17f, to: 0x17f });
      return [item, ...otherCase(item), ...extra];
    }
    return [item, ...otherCase(item)];
  }
}

type Range = Extract<SetItem, { type: 'range' }>;

function overlap({ from, to }: Range, least: number, most: number): Range[] {
  const [low, high] = [Math.max(from, least), Math.min(to, most)];
  return low > high ? [] : [{ type: 'range', from: low, to: high }];
}

function holds(range: Range, letter: string): boolean {
  const code = letter.charCodeAt(0);
  return range.from <= code && code <= range.to;
}

function otherCase(range: Range): Range[] {
  return [
    ...overlap(range, 65, 90).map(({ from, to }): Range => ({ type: 'range', from: from + 32, to: to + 32 })),
    ...overlap(range, 97, 122).map(({ from, to }): Range => ({ type: 'range', from: from - 32, to: to - 32 })),
  ];
}

function bounds(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function printItem(item: SetItem): string {
  switch (item.type) {
    case 'range':
      if (isSurrogate(item.from) || isSurrogate(item.to)) throw new RegexProblem('half a surrogate pair');
      return item.from === item.to ? printChar(item.from) : `${printChar(item.from)}-${printChar(item.to)}`;
    case 'escape':
      if (item.letter === 's') return spaces;
      if (item.letter === 'S') throw new RegexProblem('\\S in a class');
      return `\\${item.letter}`;
    case 'property':
      return `\\${item.negative ? 'P' : 'p'}{${propertyName(item.name)}}`;
  }
}

function propertyName(name: string): string {
  const [, key = '', value = ''] = /^(?:(General_Category|gc|Script|sc)=)?(.*)$/.exec(name) ?? [];
  if (key.startsWith('S') || key === 'sc') return value;
  if (categories.test(value)) return value;
  throw new RegexProblem(`the property \\p{${name}}`);
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function printChar(code: number): string {
  if (isSurrogate(code)) throw new RegexProblem('half a surrogate pair');
  const char = String.fromCodePoint(code);
  if (/[A-Za-z0-9 _:;,=!"#%&'/<>@`~]/.test(char)) return char;
  if (code > 32 && code < 127) return `\\${char}`;
  const short = ['\t', '\n', '\f', '\r'].indexOf(char);
  if (short >= 0) return ['\\t', '\\n', '\\f', '\\r'][short] ?? char;
  return /^[\p{L}\p{N}\p{S}]$/u.test(char) ? char : `\\x{${code.toString(16).toUpperCase()}}`;
}
