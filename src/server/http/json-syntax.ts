/**
 * Returns the error of Go's JSON decoder for invalid JSON, such as `invalid character 'o' in literal null (expecting 'u')`. Returns
 * undefined for valid JSON.
 */
export function jsonSyntaxProblem(text: string): string | undefined {
  try {
    new Scanner(text).document();
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxProblem) return error.message;
    throw error;
  }
}

class SyntaxProblem extends Error {}

/** Deeper nesting than this is refused, as Go's scanner does. */
const maxDepth = 10_000;

class Scanner {
  #at = 0;

  constructor(private readonly text: string) {}

  document(): void {
    this.#space();
    this.#value();
    this.#space();
    if (this.#at < this.text.length) this.#fail('after top-level value');
  }

  /** Without recursion, so that no depth of nesting reaches the bottom of the stack. */
  #value(): void {
    const open: ('{' | '[')[] = [];
    for (;;) {
      const start = this.#peek();
      if (start === '{' || start === '[') {
        this.#at++;
        this.#space();
        open.push(start);
        if (open.length > maxDepth) throw new SyntaxProblem('exceeded max depth');
        if (start === '{' && this.#peek() !== '}') this.#key();
        if (this.#peek() !== closing(start)) continue;
      } else this.#scalar(start);
      if (this.#closed(open)) return;
    }
  }

  /** Closes what ends here. True when the whole value has ended, false when another one follows. */
  #closed(open: ('{' | '[')[]): boolean {
    for (;;) {
      const inner = open.at(-1);
      if (inner === undefined) return true;
      this.#space();
      const next = this.#peek();
      if (next === closing(inner)) {
        this.#at++;
        open.pop();
        continue;
      }
      if (next !== ',') this.#fail(inner === '{' ? 'after object key:value pair' : 'after array element');
      this.#at++;
      this.#space();
      if (inner === '{') this.#key();
      return false;
    }
  }

  #key(): void {
    if (this.#peek() !== '"') this.#fail('looking for beginning of object key string');
    this.#string();
    this.#space();
    if (this.#peek() !== ':') this.#fail('after object key');
    this.#at++;
    this.#space();
  }

  #scalar(start: string): void {
    if (start === '"') this.#string();
    else if (start === '-' || isDigit(start)) this.#number();
    else if (start === 't') this.#literal('true');
    else if (start === 'f') this.#literal('false');
    else if (start === 'n') this.#literal('null');
    else this.#fail('looking for beginning of value');
  }

  #literal(word: string): void {
    for (const char of word) {
      if (this.#peek() !== char) this.#fail(`in literal ${word} (expecting ${quoted(char)})`);
      this.#at++;
    }
  }

  #string(): void {
    for (this.#at++; this.#peek() !== '"'; this.#at++) {
      if (this.#peek() < ' ') this.#fail('in string literal');
      if (this.#peek() !== '\\') continue;
      this.#at++;
      if (this.#peek() === 'u') {
        for (let digit = 0; digit < 4; digit++) {
          this.#at++;
          if (!/[0-9a-fA-F]/.test(this.#peek())) this.#fail('in \\u hexadecimal character escape');
        }
      } else if (!'bfnrt\\/"'.includes(this.#peek())) this.#fail('in string escape code');
    }
    this.#at++;
  }

  #number(): void {
    if (this.#peek() === '-') this.#at++;
    if (this.text[this.#at] === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.text[this.#at] === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (this.text[this.#at] === 'e' || this.text[this.#at] === 'E') {
      this.#at++;
      if (this.#peek() === '+' || this.#peek() === '-') this.#at++;
      this.#digits('in exponent of numeric literal');
    }
  }

  #digits(where: string): void {
    if (!isDigit(this.#peek())) this.#fail(where);
    while (isDigit(this.text[this.#at] ?? '')) this.#at++;
  }

  #space(): void {
    while (' \t\r\n'.includes(this.text[this.#at] ?? '.')) this.#at++;
  }

  #peek(): string {
    const char = this.text[this.#at];
    if (char === undefined) throw new SyntaxProblem('unexpected end of JSON input');
    return char;
  }

  #fail(where: string): never {
    throw new SyntaxProblem(
      `invalid character ${quoted(String.fromCodePoint(this.text.codePointAt(this.#at) ?? 0))} ${where}`,
    );
  }
}

function closing(open: '{' | '['): string {
  return open === '{' ? '}' : ']';
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9' && char.length === 1;
}

/** A character as Go quotes it. */
function quoted(char: string): string {
  if (char === "'") return "'\\''";
  return char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`;
}
