import { InvalidRequestError } from '../../errors/index.js';
import { isObject } from '../../util/json-value.js';

/** A compiled query: returns the results for an input, none or many. */
export type JsonQuery = (input: unknown) => unknown[];

/**
 * Compiles a query in the part of jq's language that Stage files use: paths (`.a.b`, `.["a-b"]`, `.[0]`, `.[]`), pipes, `select`,
 * `not`, literals, comparisons, `and`, `or` and parentheses. Where jq fails, such as on a path into a number, the result is empty.
 * Throws an `InvalidRequestError` for anything else.
 */
export function compileJsonQuery(text: string): JsonQuery {
  return new QueryParser(text).parse();
}

const token =
  /\s*(\.\.|\.[A-Za-z_][A-Za-z0-9_]*|[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|==|!=|<=|>=|[.[\]|()<>])/y;

class QueryParser {
  readonly #text: string;
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    token.lastIndex = 0;
    while (token.lastIndex < text.trimEnd().length) {
      const found = token.exec(text);
      if (found?.[1] === undefined) throw this.#fault('it cannot be read');
      this.#tokens.push(found[1]);
    }
  }

  parse(): JsonQuery {
    const query = this.#pipe();
    if (this.#at < this.#tokens.length) throw this.#fault(`'${this.#tokens[this.#at]}' is not expected`);
    return query;
  }

  #pipe(): JsonQuery {
    let left = this.#or();
    while (this.#take('|')) {
      const [first, second] = [left, this.#or()];
      left = (input) => first(input).flatMap(second);
    }
    return left;
  }

  #or(): JsonQuery {
    let left = this.#and();
    while (this.#take('or')) {
      const [first, second] = [left, this.#and()];
      left = (input) => first(input).flatMap((a) => (isTrue(a) ? [true] : second(input).map(isTrue)));
    }
    return left;
  }

  #and(): JsonQuery {
    let left = this.#comparison();
    while (this.#take('and')) {
      const [first, second] = [left, this.#comparison()];
      left = (input) => first(input).flatMap((a) => (isTrue(a) ? second(input).map(isTrue) : [false]));
    }
    return left;
  }

  #comparison(): JsonQuery {
    const left = this.#postfix();
    const compare = comparisons[this.#tokens[this.#at] ?? ''];
    if (compare === undefined) return left;
    this.#at++;
    const right = this.#postfix();
    return (input) => right(input).flatMap((b) => left(input).map((a) => compare(a, b)));
  }

  #postfix(): JsonQuery {
    let query = this.#primary();
    for (;;) {
      const next = this.#tokens[this.#at];
      if (next === '[') query = chain(query, this.#index());
      else if (next?.startsWith('.') && next.length > 1) {
        this.#at++;
        query = chain(query, field(next.slice(1)));
      } else if (next === '.' && this.#tokens[this.#at + 1] === '[') this.#at++;
      else return query;
    }
  }

  #primary(): JsonQuery {
    const next = this.#tokens[this.#at++];
    if (next === undefined) throw this.#fault('it ends too early');
    if (next === '.') return (input) => [input];
    if (next.startsWith('.') && next !== '..') return field(next.slice(1));
    if (next.startsWith('"')) return this.#literal(JSON.parse(next));
    if (/^-?\d/.test(next)) return this.#literal(Number(next));
    if (next === 'true' || next === 'false' || next === 'null') return this.#literal(JSON.parse(next));
    if (next === 'not') return (input) => [!isTrue(input)];
    if (next === '(') return this.#closed(this.#pipe());
    if (next === 'select' && this.#take('(')) {
      const condition = this.#closed(this.#pipe());
      return (input) => condition(input).flatMap((one) => (isTrue(one) ? [input] : []));
    }
    throw this.#fault(`'${next}' is not supported`);
  }

  #index(): JsonQuery {
    this.#at++;
    if (this.#take(']')) return elements;
    const key: unknown = JSON.parse(this.#tokens[this.#at++] ?? 'null');
    if (!this.#take(']')) throw this.#fault("a ']' is missing");
    if (typeof key === 'string') return field(key);
    if (typeof key === 'number') return (input) => [Array.isArray(input) ? (input.at(key) ?? null) : null];
    throw this.#fault('an index must be a text or a number');
  }

  #literal(value: unknown): JsonQuery {
    return () => [value];
  }

  #closed(query: JsonQuery): JsonQuery {
    if (!this.#take(')')) throw this.#fault("a ')' is missing");
    return query;
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at] !== word) return false;
    this.#at++;
    return true;
  }

  #fault(problem: string): InvalidRequestError {
    return new InvalidRequestError(`cannot read the expression ${JSON.stringify(this.#text)}: ${problem}`);
  }
}

function chain(first: JsonQuery, second: JsonQuery): JsonQuery {
  return (input) => first(input).flatMap(second);
}

function field(name: string): JsonQuery {
  return (input) => {
    if (isObject(input)) return [Object.hasOwn(input, name) ? input[name] : null];
    return input === null || input === undefined ? [null] : [];
  };
}

function elements(input: unknown): unknown[] {
  if (Array.isArray(input)) return input;
  return isObject(input) ? Object.values(input) : [];
}

/** Everything but null and false is true. */
function isTrue(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

const comparisons: { readonly [operator: string]: ((a: unknown, b: unknown) => boolean) | undefined } = {
  '==': (a, b) => JSON.stringify(a) === JSON.stringify(b),
  '!=': (a, b) => JSON.stringify(a) !== JSON.stringify(b),
  '<': (a, b) => isLess(a, b),
  '>': (a, b) => isLess(b, a),
  '<=': (a, b) => !isLess(b, a),
  '>=': (a, b) => !isLess(a, b),
};

function isLess(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return typeof a === 'string' && typeof b === 'string' && a < b;
}
