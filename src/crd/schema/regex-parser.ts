/** A regular expression of JavaScript, taken apart. */
export type RegexNode =
  | { readonly type: 'alternatives'; readonly options: readonly RegexNode[] }
  | { readonly type: 'sequence'; readonly parts: readonly RegexNode[] }
  | {
      readonly type: 'repeat';
      readonly of: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    }
  | { readonly type: 'look'; readonly ahead: boolean; readonly negative: boolean; readonly of: RegexNode }
  | { readonly type: 'assert'; readonly which: '^' | '$' | '\\b' | '\\B' }
  | { readonly type: 'char'; readonly code: number }
  | { readonly type: 'dot' }
  | { readonly type: 'set'; readonly negative: boolean; readonly items: readonly SetItem[] };

/** A part of a character class: a range, an escape such as `\d`, or a property such as `\p{L}`. */
export type SetItem =
  | { readonly type: 'range'; readonly from: number; readonly to: number }
  | { readonly type: 'escape'; readonly letter: 'd' | 'D' | 's' | 'S' | 'w' | 'W' }
  | { readonly type: 'property'; readonly name: string; readonly negative: boolean };

/** A regular expression uses something that this parser, or the other end, does not know. The message says what. */
export class RegexProblem extends Error {}

const controls: { readonly [letter: string]: number } = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Takes a regular expression apart, which JavaScript has found to be one. Throws a `RegexProblem`. */
export function parseRegex({ source, flags }: RegExp): RegexNode {
  if (flags.includes('v')) throw new RegexProblem('the flag v');
  const parser = new Parser(source, flags.includes('u'));
  return parser.alternatives();
}

class Parser {
  readonly #chars: readonly string[];
  #at = 0;

  constructor(
    source: string,
    private readonly unicode: boolean,
  ) {
    this.#chars = unicode ? [...source] : source.split('');
  }

  alternatives(): RegexNode {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { type: 'alternatives', options };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#chars.length && this.#peek() !== '|' && this.#peek() !== ')') parts.push(this.#term());
    return { type: 'sequence', parts };
  }

  #term(): RegexNode {
    const atom = this.#atom();
    const [min, max] = this.#bounds() ?? [1, 1];
    if (min === 1 && max === 1) return atom;
    const lazy = this.#take('?');
    return { type: 'repeat', of: atom, min, max, lazy };
  }

  #bounds(): [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const [all = '', min = '', comma = '', max = ''] = this.#match(/^\{(\d+)(,?)(\d*)\}/) ?? [];
    if (all === '') return undefined;
    this.#at += all.length;
    if (comma === '') return [Number(min), Number(min)];
    return [Number(min), max === '' ? Number.POSITIVE_INFINITY : Number(max)];
  }

  #atom(): RegexNode {
    const char = this.#next();
    switch (char) {
      case '^':
      case '$':
        return { type: 'assert', which: char };
      case '.':
        return { type: 'dot' };
      case '(':
        return this.#group();
      case '[':
        return this.#set();
      case '\\':
        return this.#escape();
      default:
        return { type: 'char', code: codeOf(char) };
    }
  }

  #group(): RegexNode {
    const [opening = ''] = this.#match(/^\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]*:)/) ?? [];
    this.#at += opening.length;
    if (/^\?[a-z-]+:/.test(opening)) throw new RegexProblem('a group with flags of its own');
    const of = this.alternatives();
    this.#take(')');
    if (/^\?<?[=!]$/.test(opening)) {
      return { type: 'look', ahead: !opening.includes('<'), negative: opening.endsWith('!'), of };
    }
    // What a group captures is of no use to a test.
    return of.type === 'alternatives' ? { type: 'sequence', parts: [of] } : of;
  }

  #escape(): RegexNode {
    const char = this.#peek();
    if (char === 'b' || char === 'B') {
      this.#at++;
      return { type: 'assert', which: char === 'b' ? '\\b' : '\\B' };
    }
    if (/[1-9]/.test(char) || (char === 'k' && this.#match(/^k<[^>]*>/) !== undefined)) {
      throw new RegexProblem(`the backreference \\${char}`);
    }
    const item = this.#classEscape();
    return item.type === 'range' ? { type: 'char', code: item.from } : { type: 'set', negative: false, items: [item] };
  }

  #set(): RegexNode {
    const negative = this.#take('^');
    const items: SetItem[] = [];
    while (this.#at < this.#chars.length && !this.#take(']')) {
      const from = this.#setAtom();
      const isRange = this.#peek() === '-' && this.#chars[this.#at + 1] !== ']';
      if (!isRange || from.type !== 'range') {
        items.push(from);
        continue;
      }
      this.#at++;
      const to = this.#setAtom();
      if (to.type === 'range') items.push({ type: 'range', from: from.from, to: to.from });
      else items.push(from, charItem(45), to);
    }
    return { type: 'set', negative, items };
  }

  #setAtom(): SetItem {
    const char = this.#next();
    if (char !== '\\') return charItem(codeOf(char));
    // In a class, \b is a backspace.
    return this.#take('b') ? charItem(8) : this.#classEscape();
  }

  #classEscape(): SetItem {
    const char = this.#next();
    if (/^[dDsSwW]$/.test(char)) return { type: 'escape', letter: char as 'd' };
    const property = this.unicode && /^[pP]$/.test(char) ? this.#match(/^\{([^}]*)\}/) : undefined;
    if (property !== undefined) {
      this.#at += property[0].length;
      return { type: 'property', name: property[1] ?? '', negative: char === 'P' };
    }
    const control = Object.hasOwn(controls, char) ? controls[char] : undefined;
    if (control !== undefined) return charItem(control);
    if (char === '0' && !/[0-9]/.test(this.#peek())) return charItem(0);
    if (/[0-7]/.test(char)) throw new RegexProblem(`the octal escape \\${char}`);
    const escapes: { readonly [letter: string]: RegExp } = {
      x: /^([0-9a-f]{2})/i,
      u: this.unicode ? /^(?:([0-9a-f]{4})|\{([0-9a-f]+)\})/i : /^([0-9a-f]{4})/i,
      c: /^([a-z])/i,
    };
    const form = Object.hasOwn(escapes, char) ? escapes[char] : undefined;
    const [all = '', digits = '', braced = ''] = (form === undefined ? undefined : this.#match(form)) ?? [];
    if (all === '') return charItem(codeOf(char));
    this.#at += all.length;
    return charItem(char === 'c' ? codeOf(digits) % 32 : Number.parseInt(digits || braced, 16));
  }

  #peek(): string {
    return this.#chars[this.#at] ?? '';
  }

  #next(): string {
    return this.#chars[this.#at++] ?? '';
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    return pattern.exec(this.#chars.slice(this.#at, this.#at + 100).join('')) ?? undefined;
  }
}

function charItem(code: number): SetItem {
  return { type: 'range', from: code, to: code };
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}
