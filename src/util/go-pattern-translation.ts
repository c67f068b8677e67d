/** Character classes that JavaScript does not know, as the inside of a class. */
const posix: { readonly [name: string]: string } = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** What is not in one of them, in unicode mode. */
const notPosix: { readonly [name: string]: string } = {
  alnum: '\\x00-\\/:-@\\[-`\\{-\\u{10FFFF}',
  alpha: '\\x00-@\\[-`\\{-\\u{10FFFF}',
  ascii: '\\u{80}-\\u{10FFFF}',
  blank: '\\x00-\\x08\\n-\\x1F!-\\u{10FFFF}',
  cntrl: ' -~\\u{80}-\\u{10FFFF}',
  digit: '\\x00-\\/:-\\u{10FFFF}',
  graph: '\\x00- \\x7F-\\u{10FFFF}',
  lower: '\\x00-`\\{-\\u{10FFFF}',
  print: '\\x00-\\x1F\\x7F-\\u{10FFFF}',
  punct: '\\x00- 0-9A-Za-z\\x7F-\\u{10FFFF}',
  space: '\\x00-\\x08\\x0E-\\x1F!-\\u{10FFFF}',
  upper: '\\x00-@\\[-\\u{10FFFF}',
  word: '\\x00-\\/:-@\\[-\\^`\\{-\\u{10FFFF}',
  xdigit: '\\x00-\\/:-@G-`g-\\u{10FFFF}',
};

/** `\s` of Go is ASCII, and without the vertical tab; this is the inside of a class. */
const perl: { readonly [letter: string]: string } = {
  d: '0-9',
  D: '\\x00-\\/:-\\u{10FFFF}',
  s: '\\t\\n\\f\\r ',
  S: '\\x00-\\x08\\v\\x0E-\\x1F!-\\u{10FFFF}',
  w: '0-9A-Za-z_',
  W: '\\x00-\\/:-@\\[-\\^`\\{-\\u{10FFFF}',
};

const controls: { readonly [letter: string]: string } = {
  a: '\\x07',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
};

/** No more repetitions than this can be asked for. */
const maxRepeat = 1_000;

/** Patterns that are none of Go's regular expressions. */
class NoPattern extends Error {}

interface Flags {
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** A pattern of JavaScript in unicode mode. */
export interface TranslatedPattern {
  readonly source: string;
  readonly ignoreCase: boolean;
}

/**
 * A pattern of Go's regular expressions (https://pkg.go.dev/regexp/syntax) in the words of JavaScript's unicode mode. Undefined for one that
 * Go refuses (lookarounds, backreferences, unknown escapes, more than 1,000 repetitions), and for flags that begin or
 * end to ignore case inside of a pattern, which JavaScript cannot.
 */
export function translatePattern(pattern: string): TranslatedPattern | undefined {
  const [opening = '', flags = ''] = /^\(\?([imsU]+)\)/.exec(pattern) ?? [];
  try {
    const translation = new Translation(pattern.slice(opening.length));
    const source = translation.run({ multiline: flags.includes('m'), dotAll: flags.includes('s') });
    return { source, ignoreCase: flags.includes('i') };
  } catch (error) {
    if (error instanceof NoPattern) return undefined;
    throw error;
  }
}

class Translation {
  #rest: string;

  constructor(pattern: string) {
    this.#rest = pattern;
  }

  run(flags: Flags): string {
    const source = this.#alternatives(flags);
    if (this.#rest !== '') throw new NoPattern();
    return source;
  }

  #alternatives(outer: Flags): string {
    let flags = outer;
    let out = '';
    while (this.#rest !== '' && this.#rest[0] !== ')') {
      const setting = this.#take(/^\(\?([msU]*)(?:-([msU]+))?\)/);
      if (setting !== undefined) flags = changed(flags, setting[1], setting[2]);
      else out += this.#part(flags);
    }
    return out;
  }

  #part(flags: Flags): string {
    const quoted = this.#take(/^\\Q([\s\S]*?)(?:\\E|$)/);
    if (quoted !== undefined) return [...(quoted[1] ?? '')].map(literal).join('');
    if (this.#take(/^\|/) !== undefined) return '|';
    return `${this.#atom(flags)}${this.#repetition()}`;
  }

  #repetition(): string {
    const found = this.#take(/^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/);
    if (found === undefined) return '';
    const [, sign, min = '', comma = '', max = '', lazy = ''] = found;
    if (/^(?:[*+?]|\{\d+,?\d*\})/.test(this.#rest)) throw new NoPattern();
    if (sign !== undefined) return `${sign}${lazy}`;
    if (Number(min) > maxRepeat || Number(max) > maxRepeat || (max !== '' && Number(max) < Number(min)))
      throw new NoPattern();
    return `{${min}${comma}${max}}${lazy}`;
  }

  #atom(flags: Flags): string {
    const char = this.#next();
    switch (char) {
      case '^':
        return flags.multiline ? '(?:^|(?<=\\n))' : '^';
      case '$':
        return flags.multiline ? '(?=\\n|$)' : '$';
      case '.':
        return flags.dotAll ? '[\\s\\S]' : '[^\\n]';
      case '(':
        return this.#group(flags);
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new NoPattern();
      default:
        return literal(char);
    }
  }

  #group(outer: Flags): string {
    let flags = outer;
    if (this.#rest.startsWith('?')) {
      const setting = this.#take(/^\?([msU]*)(?:-([msU]+))?:/);
      if (setting !== undefined) flags = changed(flags, setting[1], setting[2]);
      else if (this.#take(/^\?P?<[A-Za-z_][A-Za-z0-9_]*>/) === undefined) throw new NoPattern();
    }
    const inner = this.#alternatives(flags);
    if (this.#take(/^\)/) === undefined) throw new NoPattern();
    return `(?:${inner})`;
  }

  #escape(): string {
    const char = this.#next();
    if (char === 'A') return '^';
    if (char === 'z') return '$';
    if (char === 'b' || char === 'B') return `\\${char}`;
    const set = Object.hasOwn(perl, char) ? perl[char] : undefined;
    return set === undefined ? this.#classEscape(char) : `[${set}]`;
  }

  /** An escape that stands for one character or a property, inside a class or not. */
  #classEscape(char: string): string {
    const control = Object.hasOwn(controls, char) ? controls[char] : undefined;
    if (control !== undefined) return control;
    if (char === 'x') {
      const [, digits = '', braced = digits] = this.#take(/^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/) ?? [];
      return codePoint(Number.parseInt(braced, 16));
    }
    if (/[0-7]/.test(char)) {
      const [more = ''] = this.#take(/^[0-7]{1,2}/) ?? [];
      // A digit alone would be a backreference.
      if (char !== '0' && more === '') throw new NoPattern();
      return codePoint(Number.parseInt(`${char}${more}`, 8));
    }
    if (char === 'p' || char === 'P') return this.#property(char);
    if (!/^[!-/:-@[-`{-~]$/.test(char)) throw new NoPattern();
    return literal(char);
  }

  #property(letter: 'p' | 'P'): string {
    const [, one = '', not = '', name = one] = this.#take(/^(?:([A-Z])|\{(\^?)([A-Za-z_]+)\})/) ?? [];
    if (name === '') throw new NoPattern();
    const negative = (letter === 'P') !== (not === '^');
    return `\\${negative ? 'P' : 'p'}{${name.length <= 2 ? name : `Script=${name}`}}`;
  }

  #class(): string {
    const negative = this.#take(/^\^/) !== undefined;
    let out = '';
    // A bracket that comes first is one of the characters.
    for (let first = true; first || this.#rest[0] !== ']'; first = false) {
      if (this.#rest === '') throw new NoPattern();
      const named = this.#take(/^\[:(\^?)([a-z]+):\]/);
      if (named !== undefined) {
        const table = named[1] === '^' ? notPosix : posix;
        const set = Object.hasOwn(table, named[2] ?? '') ? table[named[2] ?? ''] : undefined;
        if (set === undefined) throw new NoPattern();
        out += set;
        continue;
      }
      const escaped = this.#take(/^\\([dDsSwW])/);
      if (escaped !== undefined) out += perl[escaped[1] ?? ''] ?? '';
      else out += this.#classChar();
    }
    this.#next();
    return `[${negative ? '^' : ''}${out}]`;
  }

  #classChar(): string {
    const from = this.#one();
    if (!/^-[^\]]/.test(this.#rest)) return from;
    this.#next();
    return `${from}-${this.#one()}`;
  }

  #one(): string {
    const char = this.#next();
    return char === '\\' ? this.#classEscape(this.#next()) : literal(char);
  }

  #next(): string {
    const [char] = this.#rest;
    if (char === undefined) throw new NoPattern();
    this.#rest = this.#rest.slice(char.length);
    return char;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.#rest) ?? undefined;
    if (found !== undefined) this.#rest = this.#rest.slice(found[0].length);
    return found;
  }
}

function changed(flags: Flags, on = '', off = ''): Flags {
  const has = (letter: string, now: boolean): boolean => (now || on.includes(letter)) && !off.includes(letter);
  return { multiline: has('m', flags.multiline), dotAll: has('s', flags.dotAll) };
}

function literal(char: string): string {
  return /^[\^$\\.*+?()[\]{}|/-]$/.test(char) ? (char === '-' ? '\\x2D' : `\\${char}`) : char;
}

function codePoint(code: number): string {
  if (!(code <= 0x10ffff)) throw new NoPattern();
  return `\\u{${code.toString(16)}}`;
}
