import type { Entry, Expr, ListLiteral, MapLiteral } from './ast.js';
import type { Issue, Source } from './cel-source.js';
import { type Token, tokensOf } from './lexer.js';
import { literalOf } from './literals.js';
import { expandMacro } from './macros.js';

/** As long as an expression may be, in characters. */
const maxLength = 100_000;
/** As deep as it may nest. */
const maxNesting = 250;

const reserved = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(
    ' ',
  ),
);

/** The words that begin an expression, as messages list them. */
const openers = ["'['", "'{'", "'('", "'.'", "'-'", "'!'"];
const atoms = ["'true'", "'false'", "'null'", 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER'];
const anyExpression = [...openers, ...atoms];

/** Thrown where reading cannot go on; its issue has been noted. */
class Stop extends Error {}

/** Parses an expression and expands its macros. `expr` is absent if there are issues. */
export function parse(source: Source): { expr?: Expr; issues: Issue[] } {
  if (source.chars.length > maxLength) {
    const message = `expression code point size exceeds limit: size: ${source.chars.length}, limit ${maxLength}`;
    return { issues: [{ offset: undefined, message }] };
  }
  const { tokens, issues } = tokensOf(source);
  const parser = new Parser(tokens, issues, source);
  try {
    const expr = parser.start();
    return issues.length > 0 ? { issues } : { expr, issues };
  } catch (error) {
    if (error instanceof Stop) return { issues };
    throw error;
  }
}

class Parser {
  #at = 0;
  #depth = 0;
  /** The closing signs of the open brackets, the innermost last. */
  readonly #open: string[] = [];

  constructor(
    private readonly tokens: readonly Token[],
    private readonly issues: Issue[],
    private readonly source: Source,
  ) {}

  start(): Expr {
    const expr = this.#expr();
    const token = this.#peek();
    if (token.kind !== 'eof') {
      this.#note(
        token,
        `${this.#peek(1).kind === 'eof' ? 'extraneous' : 'mismatched'} input '${token.text}' expecting <EOF>`,
      );
    }
    return expr;
  }

  #peek(ahead = 0): Token {
    return this.tokens[Math.min(this.#at + ahead, this.tokens.length - 1)] ?? { kind: 'eof', text: '<EOF>', offset: 0 };
  }

  #is(text: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === 'sign' && token.text === text;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  /** Takes a sign if it stands here. */
  #take(text: string): Token | undefined {
    return this.#is(text) ? this.#next() : undefined;
  }

  #note({ offset }: { offset: number | undefined }, message: string): void {
    this.issues.push({ offset, message: `Syntax error: ${message}` });
  }

  #report(offset: number, message: string): void {
    this.issues.push({ offset, message });
  }

  /** Takes a sign that has to stand here, over one token that does not belong, or as if it stood here. */
  #expect(text: string, shown: readonly string[] = [`'${text}'`]): Token {
    const token = this.#peek();
    if (this.#is(text)) return this.#next();
    const wanted = shown.length === 1 ? (shown[0] ?? '') : `{${shown.join(', ')}}`;
    if (token.kind !== 'eof' && shown.some((one) => this.#is(one.slice(1, -1), 1))) {
      this.#note(token, `extraneous input '${token.text}' expecting ${wanted}`);
      this.#at++;
      if (this.#is(text)) return this.#next();
      throw new Stop();
    }
    if (shown.length === 1 && this.#mayFollow(text, token)) {
      this.#note(token, `missing '${text}' at '${token.text}'`);
      return token;
    }
    this.#note(token, `mismatched input '${token.text}' expecting ${wanted}`);
    throw new Stop();
  }

  /** Reports whether a token may directly follow a missing sign. */
  #mayFollow(text: string, token: Token): boolean {
    if (text === ':') return this.#begins(token);
    if (text !== ')' && text !== ']') return false;
    if (token.kind === 'eof') return this.#open.length === 1;
    const closer = this.#open.at(-2);
    return token.kind === 'sign' && (token.text === closer || /^(?:[.[?*/%+<>-]|[=!<>]=|&&|\|\||in)$/.test(token.text));
  }

  #begins({ kind, text }: Token): boolean {
    return kind === 'sign' ? /^(?:[[{(.!-]|true|false|null)$/.test(text) : kind !== 'eof' && kind !== 'escaped';
  }

  #expr(also: readonly string[] = []): Expr {
    if (++this.#depth > maxNesting) {
      this.#report2(`expression recursion limit exceeded: ${maxNesting}`);
    }
    const condition = this.#or(also);
    const question = this.#take('?');
    if (question === undefined) {
      this.#depth--;
      return condition;
    }
    const yes = this.#or();
    this.#expect(':');
    const no = this.#expr();
    this.#depth--;
    return this.#call(question, '_?_:_', [condition, yes, no]);
  }

  #report2(message: string): never {
    this.issues.push({ offset: undefined, message });
    throw new Stop();
  }

  #call(sign: Token, name: string, args: readonly Expr[]): Expr {
    return { kind: 'call', offset: sign.offset, name, target: undefined, args };
  }

  #or(also: readonly string[] = []): Expr {
    return this.#logic(
      '||',
      '_||_',
      () => this.#and(also),
      () => this.#and(),
    );
  }

  #and(also: readonly string[] = []): Expr {
    return this.#logic(
      '&&',
      '_&&_',
      () => this.#relation(also),
      () => this.#relation(),
    );
  }

  /** Parses terms between signs of one kind into a balanced tree, which keeps its depth small. */
  #logic(sign: string, name: string, first: () => Expr, more: () => Expr): Expr {
    const terms = [first()];
    const signs: Token[] = [];
    for (let token = this.#take(sign); token !== undefined; token = this.#take(sign)) {
      signs.push(token);
      terms.push(more());
    }
    const balance = (from: number, to: number): Expr | undefined => {
      if (from === to) return terms[from];
      const middle = Math.floor((from + to + 1) / 2);
      const [left, right, at] = [balance(from, middle - 1), balance(middle, to), signs[middle - 1]];
      return left === undefined || right === undefined || at === undefined ? left : this.#call(at, name, [left, right]);
    };
    return balance(0, terms.length - 1) ?? this.#report2('no expression');
  }

  #relation(also: readonly string[] = []): Expr {
    return this.#chain(
      ['<', '<=', '>=', '>', '==', '!=', 'in'],
      (first) => this.#sum(first ? also : []),
      (text) => (text === 'in' ? '@in' : `_${text}_`),
    );
  }

  #sum(also: readonly string[]): Expr {
    return this.#chain(
      ['+', '-'],
      (first) => this.#product(first ? also : []),
      (text) => `_${text}_`,
    );
  }

  #product(also: readonly string[]): Expr {
    return this.#chain(
      ['*', '/', '%'],
      (first) => this.#unary(first ? also : []),
      (text) => `_${text}_`,
    );
  }

  #chain(signs: readonly string[], operand: (first: boolean) => Expr, nameOf: (text: string) => string): Expr {
    let left = operand(true);
    for (let length = 1; signs.some((sign) => this.#is(sign)); length++) {
      if (length > maxNesting) this.#report2('max recursion depth exceeded');
      const sign = this.#next();
      left = this.#call(sign, nameOf(sign.text), [left, operand(false)]);
    }
    return left;
  }

  #unary(also: readonly string[]): Expr {
    const sign = this.#is('!') ? '!' : this.#is('-') ? '-' : undefined;
    if (sign === undefined) return this.#member(also);
    const number = (ahead: number): boolean => ['int', 'double'].includes(this.#peek(ahead).kind);
    if (sign === '-' && number(1)) return this.#member(also);
    const first = this.#next();
    let count = 1;
    while (this.#is(sign) && !(sign === '-' && number(1))) {
      this.#at++;
      count++;
    }
    this.#afterSign(sign);
    const operand = this.#member([]);
    return count % 2 === 0 ? operand : this.#call(first, sign === '!' ? '!_' : '-_', [operand]);
  }

  /** Reports a sign without a term after it, in cel-go's words. */
  #afterSign(sign: string): void {
    const token = this.#peek();
    if (token.kind !== 'eof') return;
    if (sign === '-') this.#note(token, "no viable alternative at input '-'");
    else {
      this.#note(token, `extraneous input '<EOF>' expecting {${anyExpression.join(', ')}}`);
      throw new Stop();
    }
  }

  #member(also: readonly string[]): Expr {
    let expr = this.#primary(also);
    for (let length = 1; ; length++) {
      if (length > maxNesting) this.#report2('max recursion depth exceeded');
      const open = this.#take('[');
      if (open !== undefined) expr = this.#index(expr, open);
      else if (this.#is('.')) expr = this.#select(expr);
      else return expr;
    }
  }

  #index(operand: Expr, open: Token): Expr {
    this.#open.push(']');
    const optional = this.#take('?');
    const index = this.#expr(optional === undefined ? ['?'] : []);
    this.#expect(']');
    this.#open.pop();
    return this.#call(open, optional === undefined ? '_[_]' : '_[?_]', [operand, index]);
  }

  #select(operand: Expr): Expr {
    const dot = this.#next();
    const optional = this.#take('?');
    const name = this.#peek();
    if (name.kind !== 'ident' && name.kind !== 'escaped') {
      const word = /^(?:true|false|null)$/.test(name.text) && name.kind === 'sign';
      const end = name.kind === 'eof' ? name.offset : name.offset + [...name.text].length;
      const input = this.source.chars.slice(dot.offset, end).join('');
      this.#note(
        name,
        word ? `mismatched input '${name.text}' expecting IDENTIFIER` : `no viable alternative at input '${input}'`,
      );
      throw new Stop();
    }
    this.#at++;
    if (name.kind === 'escaped') this.#report(name.offset, "unsupported syntax: '`'");
    if (optional !== undefined) {
      const field: Expr = { kind: 'literal', offset: name.offset, value: name.text };
      return this.#call(dot, '_?._', [operand, field]);
    }
    const open = name.kind === 'ident' ? this.#take('(') : undefined;
    if (open === undefined) return { kind: 'select', offset: dot.offset, operand, field: name.text, test: false };
    return this.#finish(open, name.text, operand, this.#args());
  }

  /** A call, or what the macro of its name makes of it. */
  #finish(open: Token, name: string, target: Expr | undefined, args: readonly Expr[]): Expr {
    const call: Expr = { kind: 'call', offset: open.offset, name, target, args };
    const expanded = expandMacro(call);
    if (expanded === undefined) return call;
    if ('kind' in expanded) return expanded;
    this.#report(expanded.offset ?? open.offset, expanded.message);
    return call;
  }

  #args(): Expr[] {
    this.#open.push(')');
    const args: Expr[] = [];
    if (!this.#is(')')) {
      args.push(this.#expr(["')'"]));
      while (this.#take(',') !== undefined) args.push(this.#expr());
    }
    this.#expect(')');
    this.#open.pop();
    return args;
  }

  #primary(also: readonly string[]): Expr {
    const token = this.#peek();
    if (token.kind === 'ident' || (this.#is('.') && this.#peek(1).kind === 'ident')) return this.#name();
    const literal = literalOf(token, this.#is('-') ? this.#peek(1) : undefined);
    if (literal !== undefined) {
      this.#at += this.#is('-') ? 2 : 1;
      if ('message' in literal) this.#report(token.offset, literal.message);
      return 'message' in literal ? { kind: 'literal', offset: token.offset, value: null } : literal;
    }
    if (this.#take('(') !== undefined) {
      this.#open.push(')');
      const expr = this.#expr();
      this.#expect(')');
      this.#open.pop();
      return expr;
    }
    if (this.#is('[')) return this.#list();
    if (this.#is('{')) return this.#map();
    return this.#unexpected(also);
  }

  /** A token that begins no expression: gone over, where the next one does. */
  #unexpected(also: readonly string[]): Expr {
    const token = this.#peek();
    const [first, rest] = [anyExpression.slice(0, 3), anyExpression.slice(3)];
    const wanted = also.includes('?')
      ? [...openers, "'?'", ...atoms]
      : also.includes("')'")
        ? [...first, "')'", ...rest]
        : anyExpression;
    const extraneous = token.kind !== 'eof' && this.#begins(this.#peek(1));
    this.#note(
      token,
      `${extraneous ? 'extraneous' : 'mismatched'} input '${token.text}' expecting {${wanted.join(', ')}}`,
    );
    if (!extraneous) throw new Stop();
    this.#at++;
    return this.#member(also);
  }

  #name(): Expr {
    const dot = this.#take('.');
    if (this.#isStruct()) return this.#struct(dot !== undefined);
    const name = this.#next();
    const start = dot ?? name;
    const text = dot === undefined ? name.text : `.${name.text}`;
    if (reserved.has(name.text)) this.#report(start.offset, `reserved identifier: ${name.text}`);
    const open = this.#take('(');
    if (open !== undefined) return this.#finish(open, text, undefined, this.#args());
    return { kind: 'ident', offset: name.offset, name: text };
  }

  /** Reports whether a dotted name with a brace after it stands here. */
  #isStruct(): boolean {
    let ahead = 1;
    while (this.#is('.', ahead) && this.#peek(ahead + 1).kind === 'ident') ahead += 2;
    return this.#is('{', ahead);
  }

  #struct(dotted: boolean): Expr {
    let name = dotted ? '.' : '';
    while (!this.#is('{')) name += this.#next().text;
    const open = this.#next();
    const fields: (Entry & { readonly name: string })[] = [];
    this.#open.push('}');
    while (!this.#is('}')) {
      if (fields.length > 0 || this.#is(',')) {
        const comma = this.#take(',');
        if (comma === undefined || this.#is('}')) break;
      }
      const optional = this.#take('?') !== undefined;
      const field = this.#peek();
      if (field.kind !== 'ident' && field.kind !== 'escaped') {
        const wanted = fields.length === 0 ? ["'}'", "','", "'?'", 'IDENTIFIER', 'ESC_IDENTIFIER'] : ["'}'"];
        const shown = wanted.length === 1 ? wanted[0] : `{${wanted.join(', ')}}`;
        this.#note(field, `mismatched input '${field.text}' expecting ${shown}`);
        throw new Stop();
      }
      this.#at++;
      if (field.kind === 'escaped') this.#report(field.offset, "unsupported syntax: '`'");
      const colon = this.#expect(':');
      fields.push({ offset: colon.offset, name: field.text, value: this.#expr(), optional });
    }
    this.#expect('}', this.#closers('}'));
    this.#open.pop();
    return { kind: 'struct', offset: open.offset, name, fields };
  }

  /** Returns the signs that may continue or end a list or map here, without a second comma. */
  #closers(closer: string): string[] {
    const before = this.tokens[this.#at - 1];
    return before?.text === ',' ? [`'${closer}'`] : [`'${closer}'`, "','"];
  }

  #list(): ListLiteral {
    const open = this.#next();
    const items: { value: Expr; optional: boolean }[] = [];
    this.#open.push(']');
    while (!this.#is(']')) {
      if (items.length > 0 || this.#is(',')) {
        if (this.#take(',') === undefined) break;
        if (!this.#is('?') && !this.#begins(this.#peek())) break;
      }
      const optional = this.#take('?') !== undefined;
      items.push({ value: this.#expr(), optional });
    }
    this.#expect(']', this.#closers(']'));
    this.#open.pop();
    return { kind: 'list', offset: open.offset, items };
  }

  #map(): MapLiteral {
    const open = this.#next();
    const entries: (Entry & { readonly key: Expr })[] = [];
    this.#open.push('}');
    while (!this.#is('}')) {
      if (entries.length > 0 || this.#is(',')) {
        if (this.#take(',') === undefined) break;
        if (!this.#is('?') && !this.#begins(this.#peek())) break;
      }
      const optional = this.#take('?') !== undefined;
      const key = this.#expr();
      const colon = this.#expect(':');
      entries.push({ offset: colon.offset, key, value: this.#expr(), optional });
    }
    this.#expect('}', this.#closers('}'));
    this.#open.pop();
    return { kind: 'map', offset: open.offset, entries };
  }
}
