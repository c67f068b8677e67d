import { accumulator, type Call, type Expr, type Fold } from './ast.js';
import { type CallEstimate, estimateCall } from './call-estimates.js';
import type { Checked } from './checker.js';
import type { CostNode, SizeEstimator } from './cost-node.js';
import { fixed, plus, type Range, times, union, unknownSize } from './cost-numbers.js';
import { type CelType, unwrapOptional } from './types.js';
import { type CelValue, lengthOf } from './values.js';

/** Returns the least and the greatest cost of an expression, in the units and by the rules of cel-go. */
export function estimateCost(checked: Checked, sizes: SizeEstimator): Range {
  return new Coster(checked, sizes).cost(checked.expr);
}

interface EntrySize {
  readonly kind: 'list' | 'map';
  readonly key: Range;
  readonly value: Range;
}

interface Local {
  readonly path: readonly string[] | undefined;
  readonly size: Range | undefined;
  readonly entry: EntrySize | undefined;
}

const scalar = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);

function isScalar(type: CelType): boolean {
  const inner = unwrapOptional(type);
  return inner === undefined ? scalar.has(type.kind) : isScalar(inner);
}

class Coster {
  readonly #paths = new Map<Expr, readonly string[]>();
  readonly #sizes = new Map<Expr, Range>();
  readonly #entries = new Map<Expr, EntrySize>();
  readonly #locals = new Map<string, Local[]>();

  constructor(
    private readonly checked: Checked,
    private readonly estimator: SizeEstimator,
  ) {}

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'literal':
        return fixed(0);
      case 'ident':
        return this.#costVariable(expr, this.checked.nameOf(expr) ?? expr.name);
      case 'select': {
        const name = expr.test ? undefined : this.checked.nameOf(expr);
        if (name !== undefined) return this.#costVariable(expr, name);
        const operand = this.cost(expr.operand);
        if (expr.test) return operand;
        const { kind } = this.checked.typeOf(expr.operand);
        this.#paths.set(expr, [...(this.#path(expr.operand) ?? []), expr.field]);
        return kind === 'map' || kind === 'struct' || kind === 'param' ? plus(operand, fixed(1)) : operand;
      }
      case 'call':
        return this.#costCall(expr);
      case 'list':
        return this.#costList(expr);
      case 'map':
        return this.#costMap(expr);
      case 'struct':
        return expr.fields.reduce((sum, field) => plus(sum, this.cost(field.value)), fixed(40));
      case 'fold':
        return this.#isBind(expr) ? this.#costBind(expr) : this.#costFold(expr);
    }
  }

  #costVariable(expr: Expr, name: string): Range {
    const local = this.#local(name);
    this.#paths.set(expr, local === undefined ? [name] : (local.path ?? []));
    return fixed(1);
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #push(name: string, local: Local): void {
    this.#locals.set(name, [...(this.#locals.get(name) ?? []), local]);
  }

  #pop(name: string): void {
    this.#locals.get(name)?.pop();
  }

  #path(expr: Expr): readonly string[] | undefined {
    if (expr.kind === 'ident') {
      const local = this.#local(expr.name);
      if (local !== undefined) return local.path;
    }
    return this.#paths.get(expr);
  }

  #node(expr: Expr): CostNode {
    const path = this.#path(expr);
    const root = path?.[0];
    const own = root === accumulator || root === '__result__' ? undefined : path;
    return { expr, path: own, type: this.checked.typeOf(expr), size: this.#size(expr) };
  }

  #size(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr) ?? literalSize(expr);
    if (known !== undefined) return known;
    const path = this.#path(expr);
    const estimated = path === undefined || path.length === 0 ? undefined : this.estimator(path);
    if (estimated !== undefined) {
      const size = { min: 0, max: estimated };
      this.#sizes.set(expr, size);
      return size;
    }
    if (isScalar(this.checked.typeOf(expr))) return fixed(1);
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined;
  }

  #entry(expr: Expr): EntrySize | undefined {
    return this.#entries.get(expr) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entry : undefined);
  }

  #costCall(call: Call): Range {
    const resolution = this.checked.resolution(call);
    const name = resolution?.name ?? call.name;
    const [first] = call.args;
    if (name === 'dyn' && first !== undefined) {
      const cost = plus(fixed(1), this.cost(first));
      this.#copySizes(call, first);
      return cost;
    }
    const costs = call.args.map((arg) => this.cost(arg));
    const args = call.args.map((arg) => this.#node(arg));
    const ids = (resolution?.overloads ?? []).map(({ id }) => id);
    if (ids.length === 0) return fixed(0);
    const target = resolution?.member === true ? call.target : undefined;
    const targetCost = target === undefined ? fixed(0) : this.cost(target);
    const on = target === undefined ? undefined : this.#node(target);
    const sum = costs.reduce(plus, fixed(0));
    let cost: Range | undefined;
    let size: Range | undefined;
    for (const id of ids) {
      const found = this.#estimate(call, { name, id, target: on, args }, costs, sum);
      cost = cost === undefined ? found.cost : union(cost, found.cost);
      if (found.size !== undefined) size = size === undefined ? found.size : union(size, found.size);
      if ((id === 'index_list' || id === 'index_map') && first !== undefined) {
        size = this.#entry(first)?.value;
        this.#paths.set(call, [...(this.#path(first) ?? []), id === 'index_list' ? '@items' : '@values']);
      }
      size ??= this.#size(call);
    }
    if (size !== undefined) this.#sizes.set(call, size);
    return plus(targetCost, cost ?? fixed(0));
  }

  #estimate(
    call: Call,
    of: { name: string; id: string; target: CostNode | undefined; args: readonly CostNode[] },
    costs: readonly Range[],
    sum: Range,
  ): CallEstimate {
    const [a = fixed(0), b = fixed(0), c = fixed(0)] = costs;
    const [x, y, z] = call.args;
    switch (of.id) {
      case 'logical_and':
      case 'logical_or':
        return { cost: { min: a.min, max: plus(a, b).max } };
      case 'conditional': {
        if (y === undefined || z === undefined) break;
        const entry = joined(this.#entry(y), this.#entry(z));
        if (entry !== undefined) this.#entries.set(call, entry);
        const size = union(this.#size(y) ?? unknownSize, this.#size(z) ?? unknownSize);
        return { cost: plus(a, union(b, c)), size };
      }
      case 'add_list':
      case 'add_string':
      case 'add_bytes': {
        if (x === undefined || y === undefined) break;
        const entry = joined(this.#entry(x), this.#entry(y));
        if (entry !== undefined) this.#entries.set(call, entry);
      }
    }
    const { cost, size } = estimateCall(of, this.estimator);
    return { cost: plus(cost, sum), size };
  }

  #copySizes(to: Expr, from: Expr): void {
    const [size, entry] = [this.#size(from), this.#entry(from)];
    if (size !== undefined) this.#sizes.set(to, size);
    if (entry !== undefined) this.#entries.set(to, entry);
  }

  #costList(expr: Expr & { kind: 'list' }): Range {
    let sum = fixed(10);
    for (const { value } of expr.items) sum = plus(sum, this.cost(value));
    const value = this.#together(expr.items.map((one) => one.value));
    this.#entries.set(expr, { kind: 'list', key: fixed(1), value });
    return sum;
  }

  #costMap(expr: Expr & { kind: 'map' }): Range {
    let sum = fixed(30);
    for (const { key, value } of expr.entries) sum = plus(sum, plus(this.cost(key), this.cost(value)));
    const key = this.#together(expr.entries.map((one) => one.key));
    const value = this.#together(expr.entries.map((one) => one.value));
    this.#entries.set(expr, { kind: 'map', key, value });
    return sum;
  }

  #together(exprs: readonly Expr[]): Range {
    const sizes = exprs.map((one) => this.#size(one) ?? unknownSize);
    return sizes.length === 0 ? fixed(0) : sizes.reduce(union);
  }

  #costFold(fold: Fold): Range {
    let sum = plus(this.cost(fold.range), this.cost(fold.init));
    this.#pushValue(fold.accuVar, fold.init);
    this.#pushTurns(fold);
    const turn = plus(this.cost(fold.condition), this.cost(fold.step));
    this.#pop(fold.iterVar);
    if (fold.iterVar2 !== undefined) this.#pop(fold.iterVar2);
    sum = plus(sum, this.cost(fold.result));
    this.#pop(fold.accuVar);
    const turns = this.#size(fold.range) ?? unknownSize;
    const { kind } = fold.init;
    if (kind === 'literal') {
      const size = this.#size(fold.init);
      if (size !== undefined) this.#sizes.set(fold, size);
    } else if (kind === 'list' || kind === 'map') {
      this.#sizes.set(fold, turns);
      const entry = this.#entry(fold.step);
      if (entry !== undefined) this.#entries.set(fold, entry);
    }
    return plus(sum, times(turns, turn));
  }

  #pushValue(name: string, expr: Expr): void {
    this.#push(name, { path: this.#path(expr), size: this.#size(expr), entry: this.#entry(expr) });
  }

  #pushTurns({ range, iterVar, iterVar2 }: Fold): void {
    const entry = this.#entry(range);
    const isList = (entry?.kind ?? this.checked.typeOf(range).kind) === 'list';
    const path = this.#path(range) ?? [];
    const values: Local = { path: [...path, isList ? '@items' : '@values'], size: entry?.value, entry: undefined };
    const keys: Local = { path: [...path, isList ? '@indices' : '@keys'], size: entry?.key, entry: undefined };
    if (iterVar2 === undefined) this.#push(iterVar, isList ? values : keys);
    else {
      this.#push(iterVar, keys);
      this.#push(iterVar2, values);
    }
  }

  #isBind({ range, condition, accuVar }: Fold): boolean {
    const empty = range.kind === 'list' && range.items.length === 0;
    return empty && condition.kind === 'literal' && condition.value === false && accuVar !== '__result__';
  }

  #costBind(fold: Fold): Range {
    let sum = plus(this.cost(fold.range), this.cost(fold.init));
    this.#pushValue(fold.accuVar, fold.init);
    sum = plus(sum, this.cost(fold.result));
    this.#copySizes(fold, fold.result);
    this.#pop(fold.accuVar);
    return sum;
  }
}

function joined(a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { kind: a.kind, key: union(a.key, b.key), value: union(a.value, b.value) };
}

function literalSize(expr: Expr): Range | undefined {
  if (expr.kind === 'list') return fixed(expr.items.length);
  if (expr.kind === 'map') return fixed(expr.entries.length);
  return expr.kind === 'literal' ? fixed(valueSize(expr.value)) : undefined;
}

function valueSize(value: CelValue): number {
  if (typeof value === 'string') return lengthOf(value);
  return value instanceof Uint8Array ? value.length : 1;
}
