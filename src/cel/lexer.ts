import type { Issue, Source } from './cel-source.js';

type TokenKind = 'eof' | 'ident' | 'escaped' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'sign';

/** A word of an expression. Signs and the words `true`, `false`, `null` and `in` are of kind `sign`. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly offset: number;
}

const words = new Set(['true', 'false', 'null', 'in']);
const pairs = new Set(['==', '!=', '<=', '>=', '&&', '||']);
const singles = new Set('[]{}().,-!?:+*/%<>'.split(''));
const digit = /^[0-9]$/;
const hex = /^[0-9a-fA-F]$/;
const letter = /^[A-Za-z_]$/;

/** Splits an expression into tokens, the last of which is the end. Text that is not a token becomes an issue and is left out. */
export function tokensOf(source: Source): { tokens: Token[]; issues: Issue[] } {
  const lexer = new Lexer(source.chars);
  lexer.run();
  return lexer;
}

class Lexer {
  readonly tokens: Token[] = [];
  readonly issues: Issue[] = [];
  #at = 0;

  constructor(private readonly chars: readonly string[]) {}

  run(): void {
    while (this.#skip()) this.#token();
    this.tokens.push({ kind: 'eof', text: '<EOF>', offset: this.chars.length });
  }

  #char(ahead = 0): string {
    return this.chars[this.#at + ahead] ?? '';
  }

  /** Goes over white space and comments. Whether something is left. */
  #skip(): boolean {
    while (this.#at < this.chars.length) {
      const char = this.#char();
      if (char === '/' && this.#char(1) === '/')
        while (this.#at < this.chars.length && this.#char() !== '\n') this.#at++;
      else if (' \t\r\n\f'.includes(char)) this.#at++;
      else return true;
    }
    return false;
  }

  #token(): void {
    const char = this.#char();
    const prefixed = this.#stringAfterPrefix();
    if (prefixed !== undefined) this.#push(prefixed.kind, prefixed.end);
    else if (letter.test(char)) {
      const end = this.#while(this.#at, /^[A-Za-z0-9_]$/);
      this.#push(words.has(this.#text(end)) ? 'sign' : 'ident', end);
    } else if (digit.test(char) || (char === '.' && digit.test(this.#char(1)))) this.#number();
    else if (char === '`') this.#escaped();
    else if (char === '"' || char === "'") this.#fail(this.#stringEnd(this.#at, false).failed);
    else if (pairs.has(char + this.#char(1))) this.#push('sign', this.#at + 2);
    else if (singles.has(char)) this.#push('sign', this.#at + 1);
    else this.#fail('=&|'.includes(char) ? this.#at + 1 : this.#at);
  }

  #text(end: number): string {
    return this.chars.slice(this.#at, end).join('');
  }

  #push(kind: TokenKind, end: number): void {
    this.tokens.push({ kind, text: this.#text(end), offset: this.#at });
    this.#at = end;
  }

  #fail(at: number): void {
    const message = `Syntax error: token recognition error at: '${this.#text(at + 1)}'`;
    this.issues.push({ offset: this.#at, message });
    this.#at = at + 1;
  }

  #while(from: number, which: RegExp): number {
    let end = from;
    while (which.test(this.chars[end] ?? '')) end++;
    return end;
  }

  #number(): void {
    if (this.#char() === '0' && this.#char(1) === 'x' && hex.test(this.#char(2))) {
      this.#whole(this.#while(this.#at + 2, hex));
      return;
    }
    let end = this.#while(this.#at, digit);
    let fraction = false;
    if (this.chars[end] === '.' && digit.test(this.chars[end + 1] ?? '')) {
      end = this.#while(end + 1, digit);
      fraction = true;
    }
    const sign = /^[+-]$/.test(this.chars[end + 1] ?? '') ? 1 : 0;
    if (/^[eE]$/.test(this.chars[end] ?? '') && digit.test(this.chars[end + 1 + sign] ?? '')) {
      end = this.#while(end + 1 + sign, digit);
      fraction = true;
    }
    if (fraction) this.#push('double', end);
    else this.#whole(end);
  }

  #whole(end: number): void {
    if (/^[uU]$/.test(this.chars[end] ?? '')) this.#push('uint', end + 1);
    else this.#push('int', end);
  }

  #escaped(): void {
    const end = this.#while(this.#at + 1, /^[A-Za-z0-9_.\-/ ]$/);
    if (end > this.#at + 1 && this.chars[end] === '`') this.#push('escaped', end + 1);
    else this.#fail(end);
  }

  /** The string that begins here, with its prefixes; undefined where there is none that ends. */
  #stringAfterPrefix(): { kind: TokenKind; end: number } | undefined {
    let from = this.#at;
    let kind: TokenKind = 'string';
    if (/^[bB]$/.test(this.chars[from] ?? '')) {
      kind = 'bytes';
      from++;
    }
    const raw = /^[rR]$/.test(this.chars[from] ?? '');
    if (raw) from++;
    if (!/^["']$/.test(this.chars[from] ?? '')) return undefined;
    const { end } = this.#stringEnd(from, raw);
    return end === undefined ? undefined : { kind, end };
  }

  /** Where the string whose quote stands at `from` ends, or where it fails to. */
  #stringEnd(from: number, raw: boolean): { end: number | undefined; failed: number } {
    const quote = this.chars[from] ?? '';
    const triple = this.chars[from + 1] === quote && this.chars[from + 2] === quote;
    let at = from + (triple ? 3 : 1);
    while (at < this.chars.length) {
      const char = this.chars[at];
      if (char === quote && (!triple || (this.chars[at + 1] === quote && this.chars[at + 2] === quote)))
        return { end: at + (triple ? 3 : 1), failed: at };
      if (!triple && (char === '\n' || char === '\r')) break;
      if (char === '\\' && !raw) {
        const length = this.#escapeLength(at);
        if (length < 0) {
          at -= length;
          break;
        }
        at += length;
      } else at++;
    }
    // Two quotes are an empty string, where three of them begin none that ends.
    return triple ? { end: from + 2, failed: at } : { end: undefined, failed: at };
  }

  /** Returns the length of the escape at `at`. A negative result is the distance to its fault. */
  #escapeLength(at: number): number {
    const kind = this.chars[at + 1] ?? '';
    if ('abfnrtv"\'\\?`'.includes(kind) && kind !== '') return 2;
    const wanted = { x: 2, X: 2, u: 4, U: 8 }[kind];
    if (wanted !== undefined) return this.#digits(at, 2, wanted, hex);
    return /^[0-3]$/.test(kind) ? this.#digits(at, 2, 2, /^[0-7]$/) : -1;
  }

  #digits(at: number, from: number, count: number, which: RegExp): number {
    for (let i = from; i < from + count; i++) if (!which.test(this.chars[at + i] ?? '')) return -i;
    return from + count;
  }
}
