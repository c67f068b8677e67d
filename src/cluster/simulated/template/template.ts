import { InvalidRequestError } from '../../../errors/index.js';
import { isObject } from '../../../util/json-value.js';
import { isTruthy, type TemplateFunctions, templateFunctions, templateText } from './template-functions.js';
import { type TemplatePiece, templatePieces } from './template-lexer.js';

/** The variables in view, the innermost scope first. */
interface Scope {
  readonly variables: Map<string, unknown>;
  readonly parent: Scope | undefined;
}

/** The state of one rendering. */
interface Frame {
  readonly dot: unknown;
  readonly scope: Scope;
  readonly functions: TemplateFunctions;
  readonly out: string[];
}

type Node = (frame: Frame) => void;
type Expression = (frame: Frame) => unknown;

/**
 * A template in the language of Go's `text/template`, as far as Stage files use it: fields, variables, pipelines, `if`, `range`,
 * `with` and functions. Throws an `InvalidRequestError` for one that cannot be read.
 */
export class Template {
  readonly #node: Node;

  constructor(text: string) {
    this.#node = new TemplateParser(templatePieces(text)).parse();
  }

  /** Renders the template for a value. `functions` are there in addition to the usual ones. */
  render(data: unknown, functions: TemplateFunctions = {}): string {
    const out: string[] = [];
    const scope: Scope = { variables: new Map([['$', data]]), parent: undefined };
    this.#node({ dot: data, scope, functions: { ...templateFunctions, ...functions }, out });
    return out.join('');
  }
}

const openers = ['if', 'range', 'with'];

class TemplateParser {
  readonly #pieces: readonly TemplatePiece[];
  #at = 0;

  constructor(pieces: readonly TemplatePiece[]) {
    this.#pieces = pieces;
  }

  parse(): Node {
    const { node, end } = this.#block();
    if (end.length > 0) throw fault(`{{ ${end.join(' ')} }} closes nothing`);
    return node;
  }

  /** Reads up to an `end` or `else`, which is returned, or the end of the template. */
  #block(): { readonly node: Node; readonly end: readonly string[] } {
    const nodes: Node[] = [];
    for (;;) {
      const piece = this.#pieces[this.#at++];
      if (piece === undefined) return { node: sequence(nodes), end: [] };
      if (piece.type === 'text') {
        const { text } = piece;
        nodes.push(({ out }) => void out.push(text));
        continue;
      }
      const [first = ''] = piece.words;
      if (first === 'end' || first === 'else') return { node: sequence(nodes), end: piece.words };
      nodes.push(openers.includes(first) ? this.#control(first, piece.words.slice(1)) : statement(piece.words));
    }
  }

  #control(kind: string, words: readonly string[]): Node {
    const body = this.#block();
    let otherwise: Node = () => {};
    if (body.end.length > 1) otherwise = this.#control(body.end[1] ?? '', body.end.slice(2));
    else if (body.end[0] === 'else') {
      const last = this.#block();
      if (last.end[0] !== 'end') throw fault(`{{ ${kind} }} is not closed`);
      otherwise = last.node;
    } else if (body.end.length === 0) throw fault(`{{ ${kind} }} is not closed`);
    if (kind === 'range') return rangeNode(words, body.node, otherwise);
    const { names, expression } = declaration(words);
    return (frame) => {
      const value = expression(frame);
      const inner = declared(frame, names, [value]);
      if (!isTruthy(value)) otherwise(inner);
      else body.node(kind === 'with' ? { ...inner, dot: value } : inner);
    };
  }
}

function sequence(nodes: readonly Node[]): Node {
  return (frame) => {
    for (const node of nodes) node(frame);
  };
}

function rangeNode(words: readonly string[], body: Node, otherwise: Node): Node {
  const { names, expression } = declaration(words);
  return (frame) => {
    const value = expression(frame);
    const entries: (readonly [unknown, unknown])[] = Array.isArray(value)
      ? [...value.entries()]
      : isObject(value)
        ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
        : [];
    if (entries.length === 0) otherwise(frame);
    for (const [key, one] of entries) {
      body({ ...declared(frame, names, names.length > 1 ? [key, one] : [one]), dot: one });
    }
  };
}

/** Reads `$a, $b := pipeline`, of which the names may be missing. */
function declaration(words: readonly string[]): { readonly names: readonly string[]; readonly expression: Expression } {
  const operator = words.indexOf(':=');
  const names = operator < 0 ? [] : words.slice(0, operator).filter((word) => word !== ',');
  return { names, expression: pipeline(words.slice(operator + 1)) };
}

function declared(frame: Frame, names: readonly string[], values: readonly unknown[]): Frame {
  const variables = new Map(names.map((name, index): [string, unknown] => [name, values[index]]));
  return { ...frame, scope: { variables, parent: frame.scope } };
}

/** Reads a declaration, an assignment or a value to be printed. */
function statement(words: readonly string[]): Node {
  const [name = '', operator = ''] = words;
  if (!name.startsWith('$') || (operator !== ':=' && operator !== '=')) {
    const expression = pipeline(words);
    return (frame) => void frame.out.push(templateText(expression(frame)));
  }
  const expression = pipeline(words.slice(2));
  return (frame) => {
    const value = expression(frame);
    const scope = operator === ':=' ? frame.scope : scopeOf(frame.scope, name);
    scope.variables.set(name, value);
  };
}

function scopeOf(scope: Scope, name: string): Scope {
  for (let one: Scope | undefined = scope; one !== undefined; one = one.parent) if (one.variables.has(name)) return one;
  throw fault(`there is no variable ${name}`);
}

/** Reads commands joined by `|`: each gets the value of the one before as its last argument. */
function pipeline(words: readonly string[]): Expression {
  const commands = splitTop(words, '|');
  if (commands.some((command) => command.length === 0)) throw fault('a value is missing');
  const [first, ...rest] = commands.map((command) => commandOf(command));
  return (frame) => rest.reduce((value, command) => command(frame, [value]), first?.(frame, []));
}

type Command = (frame: Frame, last: readonly unknown[]) => unknown;

function commandOf(words: readonly string[]): Command {
  const operands = operandsOf(words);
  const [head = ''] = words;
  if (/^[A-Za-z_]/.test(head) && !['true', 'false', 'nil'].includes(head)) {
    const values = operands.slice(1);
    return (frame, last) => {
      const fn = Object.hasOwn(frame.functions, head) ? frame.functions[head] : undefined;
      if (fn === undefined) throw fault(`there is no function ${head}`);
      return fn(...values.map((value) => value(frame)), ...last);
    };
  }
  const [value, ...others] = operands;
  if (value === undefined || others.length > 0) throw fault(`'${head}' is not a function`);
  return value;
}

/** Splits words at a separator outside parentheses. */
function splitTop(words: readonly string[], separator: string): string[][] {
  const parts: string[][] = [[]];
  let depth = 0;
  for (const word of words) {
    if (word === '(') depth++;
    if (word === ')') depth--;
    if (word === separator && depth === 0) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}

function operandsOf(words: readonly string[]): Expression[] {
  const operands: Expression[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word !== '(') {
      operands.push(operandOf(word));
      continue;
    }
    let depth = 1;
    let end = i + 1;
    for (; end < words.length && depth > 0; end++) depth += words[end] === '(' ? 1 : words[end] === ')' ? -1 : 0;
    if (depth > 0) throw fault("a ')' is missing");
    operands.push(pipeline(words.slice(i + 1, end - 1)));
    i = end - 1;
  }
  return operands;
}

function operandOf(word: string): Expression {
  if (word === '.') return ({ dot }) => dot;
  if (word.startsWith('.')) return fieldsOf(({ dot }) => dot, word.slice(1).split('.'));
  if (word.startsWith('$')) {
    const [name = '', ...fields] = word.split('.');
    return fieldsOf(({ scope }) => scopeOf(scope, name).variables.get(name), fields);
  }
  const constant = constantOf(word);
  return () => constant;
}

function constantOf(word: string): unknown {
  if (word.startsWith('`')) return word.slice(1, -1);
  if (word === 'nil') return undefined;
  if (word.startsWith('"') || /^-?\d/.test(word) || word === 'true' || word === 'false') return JSON.parse(word);
  return word;
}

function fieldsOf(start: Expression, fields: readonly string[]): Expression {
  return (frame) => {
    let value = start(frame);
    for (const field of fields) value = isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined;
    return value;
  };
}

function fault(problem: string): InvalidRequestError {
  return new InvalidRequestError(`cannot use the template: ${problem}`);
}
