import { FormatError } from './format-error.js';
import { type LabelOperator, type LabelRequirement, labelRequirement, qualifiedName } from './label-requirement.js';

/** `word` is a key or value; `end` the end of the text; anything else is the token itself. */
type TokenType = 'word' | 'end' | ')' | '(' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'in' | 'notin';

interface Token {
  readonly type: TokenType;
  readonly text: string;
}

const operators: { readonly [type in TokenType]?: LabelOperator } = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

/**
 * Reads a label selector by the grammar of k8s.io/apimachinery's `labels.Parse`, in the order written. Throws a `FormatError` with
 * the message an API server gives.
 */
export function parseRequirements(text: string): LabelRequirement[] {
  return new Parser(scan(text)).selector();
}

/** Cuts the text into tokens. `in` and `notin` are words where a key or a value stands; the parser knows where. */
function scan(text: string): Token[] {
  const tokens: Token[] = [];
  // A NUL ends the text for upstream's scanner where a token would begin, and ends a word without being part of one.
  const pattern = /[ \t\r\n]*(?:(==|!=|[=!(),<>])|([^ \t\r\n=!(),<>\0]+)\0?|(\0|$))/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [, symbol, word] = match;
    if (symbol !== undefined) tokens.push({ type: symbol as TokenType, text: symbol });
    else if (word !== undefined) tokens.push({ type: word === 'in' || word === 'notin' ? word : 'word', text: word });
    else break;
  }
  return tokens;
}

const end: Token = { type: 'end', text: '' };

class Parser {
  #position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  selector(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const first = this.#peek();
      if (first.type === 'end') return requirements;
      if (!startsRequirement(first)) throw fault(`found '${first.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirement());
      const after = this.#take();
      if (after.type === 'end') return requirements;
      if (after.type !== ',') throw fault(`found '${after.text}', expected: ',' or 'end of string'`);
      const next = this.#peek();
      if (!startsRequirement(next)) throw fault(`found '${next.text}', expected: identifier after ','`);
    }
  }

  #requirement(): LabelRequirement {
    try {
      const absent = this.#peek().type === '!';
      if (absent) this.#take();
      const key = this.#take();
      if (!isWord(key)) throw fault(`found '${key.text}', expected: identifier`);
      const problems = qualifiedName('<nil>', key.text);
      if (problems.length > 0) throw fault(problems.join('; '));
      if (absent) return labelRequirement(key.text, '!', []);
      const next = this.#peek();
      if (next.type === 'end' || next.type === ',') return labelRequirement(key.text, 'exists', []);
      const operator = operators[this.#take().type];
      if (operator === undefined) throw fault(`found '${next.text}', expected: in, notin, =, ==, !=, gt, lt`);
      const set = operator === 'in' || operator === 'notin';
      return labelRequirement(key.text, operator, set ? this.#values() : [this.#value()]);
    } catch (error) {
      throw error instanceof FormatError ? fault(`unable to parse requirement: ${error.message}`) : error;
    }
  }

  /** One value; none at all is the empty one. */
  #value(): string {
    const next = this.#peek();
    if (next.type === 'end' || next.type === ',') return '';
    this.#take();
    if (!isWord(next)) throw fault(`found '${next.text}', expected: identifier`);
    return next.text;
  }

  /** Values in parentheses, each once and in order. A value may be empty: `(a,,b)`, `()`. */
  #values(): string[] {
    const open = this.#take();
    if (open.type !== '(') throw fault(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.type === ')') {
      this.#take();
      return [''];
    }
    if (!isWord(first) && first.type !== ',') {
      throw fault(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = new Set<string>();
    for (;;) {
      const token = this.#take();
      const next = this.#peek();
      if (isWord(token)) {
        values.add(token.text);
        if (next.type !== ',' && next.type !== ')') throw fault(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.type === ',') {
        if (values.size === 0 || next.type === ',' || next.type === ')') values.add('');
      } else {
        throw fault(`found '${token.text}', expected: ',', or identifier`);
      }
      if (next.type === ')') {
        this.#take();
        return [...values].sort();
      }
    }
  }

  #peek(): Token {
    return this.tokens[this.#position] ?? end;
  }

  #take(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }
}

function isWord(token: Token): boolean {
  return token.type === 'word' || token.type === 'in' || token.type === 'notin';
}

function startsRequirement(token: Token): boolean {
  return token.type === '!' || isWord(token);
}

function fault(message: string): FormatError {
  return new FormatError('label selector', message);
}
