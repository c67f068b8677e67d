import type { CelValue } from './values.js';

/** A part of an expression. `offset` is where it is told from: of an operator its sign, of a call its parenthesis. */
export type Expr = Literal | Ident | Select | Call | ListLiteral | MapLiteral | StructLiteral | Fold;

export interface Literal {
  readonly kind: 'literal';
  readonly offset: number;
  readonly value: CelValue;
}

interface Ident {
  readonly kind: 'ident';
  readonly offset: number;
  readonly name: string;
}

/** `operand.field`; with `test` the question whether it is there. */
export interface Select {
  readonly kind: 'select';
  readonly offset: number;
  readonly operand: Expr;
  readonly field: string;
  readonly test: boolean;
}

export interface Call {
  readonly kind: 'call';
  readonly offset: number;
  readonly name: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}

export interface Entry {
  readonly offset: number;
  readonly value: Expr;
  readonly optional: boolean;
}

export interface ListLiteral {
  readonly kind: 'list';
  readonly offset: number;
  readonly items: readonly { readonly value: Expr; readonly optional: boolean }[];
}

export interface MapLiteral {
  readonly kind: 'map';
  readonly offset: number;
  readonly entries: readonly (Entry & { readonly key: Expr })[];
}

export interface StructLiteral {
  readonly kind: 'struct';
  readonly offset: number;
  readonly name: string;
  readonly fields: readonly (Entry & { readonly name: string })[];
}

/** The result of expanding a macro over lists or maps: a loop that changes one value. */
export interface Fold {
  readonly kind: 'fold';
  readonly offset: number;
  readonly range: Expr;
  readonly iterVar: string;
  readonly iterVar2: string | undefined;
  readonly accuVar: string;
  readonly init: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** The name that a fold's value has, which no expression can write. */
export const accumulator = '@result';

/** A dotted name (`a.b.c`), where an expression is one. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.test) return undefined;
  const before = qualifiedName(expr.operand);
  return before === undefined ? undefined : `${before}.${expr.field}`;
}

/** The parts directly inside a part, in the order they were written. */
function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case 'list':
      return expr.items.map(({ value }) => value);
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return expr.fields.map(({ value }) => value);
    case 'fold':
      return [expr.range, expr.init, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}

/** All parts of an expression, itself first. */
export function descendants(expr: Expr): Expr[] {
  const out: Expr[] = [];
  const left: Expr[] = [expr];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    out.push(next);
    left.push(...[...childrenOf(next)].reverse());
  }
  return out;
}
