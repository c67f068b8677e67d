import {
  accumulator,
  type Call,
  type Expr,
  type Fold,
  type ListLiteral,
  type MapLiteral,
  type Select,
  type StructLiteral,
} from './ast.js';
import type { Checked } from './checker.js';
import { invoke, type Overload } from './functions.js';
import { constants, messages } from './messages.js';
import { Meter } from './meter.js';
import { callCost } from './runtime-cost.js';
import {
  CelError,
  type CelMap,
  CelOptional,
  CelTypeValue,
  CelUint,
  type CelValue,
  EntryMap,
  isList,
  isMap,
  noSuchOverload,
  StructValue,
} from './values.js';

/** One evaluation: the values of names, and the work done so far. */
export class Frame extends Meter {
  /** The variables of loops; an error where working one out went wrong. */
  readonly locals: (CelValue | CelError)[] = [];

  constructor(
    readonly variable: (name: string) => CelValue | undefined,
    limit: number,
  ) {
    super(limit);
  }
}

/** An expression, or a part of one, ready to run. */
export type Code = (frame: Frame) => CelValue;

/** Makes a checked expression ready to run. */
export function plan(checked: Checked): Code {
  return new Planner(checked).plan(checked.expr, new Map());
}

/** Where the variables of loops are kept. */
type Slots = ReadonlyMap<string, number>;

class Planner {
  #slots = 0;

  constructor(private readonly checked: Checked) {}

  plan(expr: Expr, slots: Slots): Code {
    switch (expr.kind) {
      case 'literal': {
        const { value } = expr;
        return () => value;
      }
      case 'ident':
        return this.#variable(this.checked.nameOf(expr) ?? expr.name, expr, slots);
      case 'select':
        return this.#select(expr, slots);
      case 'call':
        return this.#call(expr, slots);
      case 'list':
        return this.#list(expr, slots);
      case 'map':
        return this.#map(expr, slots);
      case 'struct':
        return this.#struct(expr, slots);
      case 'fold':
        return this.#fold(expr, slots);
    }
  }

  #variable(name: string, expr: Expr, slots: Slots): Code {
    const slot = slots.get(name);
    if (slot !== undefined) {
      return (frame) => {
        frame.spend(1);
        const value = frame.locals[slot] ?? null;
        if (value instanceof CelError) throw value;
        return value;
      };
    }
    const type = this.checked.typeOf(expr);
    const [named] = type.kind === 'type' ? type.params : [];
    if (named !== undefined) {
      const value = new CelTypeValue(named);
      return () => value;
    }
    const constant = constants.get(name);
    return (frame) => {
      frame.spend(1);
      const found = frame.variable(name);
      const value = found === undefined ? constant : found;
      if (value === undefined) throw new CelError(`no such attribute(s): ${name}`);
      return value;
    };
  }

  #select(expr: Select, slots: Slots): Code {
    const { field, test } = expr;
    const name = test ? undefined : this.checked.nameOf(expr);
    if (name !== undefined) return this.#variable(name, expr, slots);
    const operand = this.plan(expr.operand, slots);
    if (test) {
      return (frame) => {
        const value = operand(frame);
        if (value instanceof CelOptional) return value.value !== undefined && member(value.value, field) !== undefined;
        return member(value, field) !== undefined;
      };
    }
    return (frame) => {
      const value = operand(frame);
      frame.spend(1);
      if (value instanceof CelOptional) return optionalMember(value, field);
      return required(member(value, field), field);
    };
  }

  #call(call: Call, slots: Slots): Code {
    const resolution = this.checked.resolution(call);
    const { name, overloads } = resolution ?? { name: call.name, overloads: [] };
    const operands = resolution?.member === true && call.target !== undefined ? [call.target, ...call.args] : call.args;
    const codes = operands.map((one) => this.plan(one, slots));
    const [a = nothing, b = nothing, c = nothing] = codes;
    switch (name) {
      case '_&&_':
        return logic(a, b, false);
      case '_||_':
        return logic(a, b, true);
      case '_?_:_':
        return (frame) => {
          const value = a(frame);
          if (typeof value !== 'boolean') throw noSuchOverload();
          return value ? b(frame) : c(frame);
        };
      case '@not_strictly_false':
        return (frame) => {
          const value = attempt(a, frame);
          frame.spend(1);
          return value !== false;
        };
      case '_[_]':
        return index(a, b);
      case '_[?_]':
        return optionalIndex(a, b);
      case '_?._':
        return optionalIndex(a, b);
      case 'or':
      case 'orValue':
        if (resolution?.member === true && overloads[0]?.id.startsWith('optional_or'))
          return orElse(a, b, name === 'or');
    }
    const [list, added] = call.args;
    if (name === '_+_' && isAccumulator(list) && added?.kind === 'list') return appending(a, b);
    if (name === 'cel.@mapInsert' && isAccumulator(list)) return inserting(codes);
    return calling(name, overloads, codes);
  }

  #list({ items }: ListLiteral, slots: Slots): Code {
    const codes = items.map(({ value, optional }) => ({ code: this.plan(value, slots), optional }));
    const whole = codes.some(({ optional }) => optional);
    return (frame) => {
      const values = codes.map(({ code }) => code(frame));
      frame.spend(10);
      if (!whole) return values;
      return values.flatMap((value, i) => (codes[i]?.optional === true ? present(value) : [value]));
    };
  }

  #map({ entries }: MapLiteral, slots: Slots): Code {
    const codes = entries.map(
      ({ key, value, optional }) => [this.plan(key, slots), this.plan(value, slots), optional] as const,
    );
    return (frame) => {
      const made: [CelValue, CelValue][] = [];
      for (const [keyCode, valueCode, optional] of codes) {
        const key = keyCode(frame);
        const value = valueCode(frame);
        if (!['string', 'bigint', 'boolean'].includes(typeof key) && !(key instanceof CelUint))
          throw new CelError('unsupported key type');
        for (const one of optional ? present(value) : [value]) {
          made.push([key, one]);
        }
      }
      frame.spend(30);
      return new EntryMap(made);
    };
  }

  #struct(expr: StructLiteral, slots: Slots): Code {
    const message = messages.get(expr.name.replace(/^\./, ''));
    const { name } = this.checked.typeOf(expr);
    const codes = expr.fields.map((field) => [field.name, this.plan(field.value, slots), field.optional] as const);
    return (frame) => {
      const fields = new Map<string, CelValue>();
      for (const [field, code, optional] of codes) {
        const value = code(frame);
        for (const one of optional ? present(value) : [value]) fields.set(field, one);
      }
      frame.spend(40);
      if (message !== undefined) return message.make(fields);
      return new StructValue(name, fields);
    };
  }

  #fold(fold: Fold, slots: Slots): Code {
    const range = this.plan(fold.range, slots);
    const init = this.plan(fold.init, slots);
    const accu = this.#slots++;
    const outer = new Map([...slots, [fold.accuVar, accu]]);
    const [first, second] = [this.#slots++, this.#slots++];
    const inner = new Map(outer);
    inner.set(fold.iterVar, first);
    if (fold.iterVar2 !== undefined) inner.set(fold.iterVar2, second);
    const condition = this.plan(fold.condition, inner);
    const step = this.plan(fold.step, inner);
    const result = this.plan(fold.result, outer);
    const two = fold.iterVar2 !== undefined;
    return (frame) => {
      const turns = turnsOf(range(frame), two, frame);
      const { locals } = frame;
      locals[accu] = init(frame);
      for (const [key, value] of turns) {
        locals[first] = key;
        locals[second] = value;
        if (attempt(condition, frame) === false) break;
        // What went wrong in one turn is only an error until another turn decides.
        locals[accu] = attempt(step, frame);
      }
      return result(frame);
    };
  }
}

const nothing: Code = () => null;

/** Yields the keys and values a loop runs over. A single variable takes the key. */
function turnsOf(range: CelValue, two: boolean, meter: Meter): Iterable<readonly [CelValue, CelValue]> {
  if (isList(range)) return turnsOfList(range, two);
  if (typeof range !== 'object' || range === null || !isMap(range)) throw noSuchOverload();
  const keys = range.keys();
  meter.visit(keys.length);
  return turnsOfMap(range, keys, two);
}

function* turnsOfList(list: readonly CelValue[], two: boolean): Iterable<readonly [CelValue, CelValue]> {
  for (let i = 0; i < list.length; i++) {
    const item = list[i] ?? null;
    yield two ? [BigInt(i), item] : [item, null];
  }
}

function* turnsOfMap(map: CelMap, keys: readonly CelValue[], two: boolean): Iterable<readonly [CelValue, CelValue]> {
  for (const key of keys) yield [key, two ? (map.get(key) ?? null) : null];
}

/** The result of a macro so far. Only the macro can name it, so it may be changed in place. */
function isAccumulator(expr: Expr | undefined): boolean {
  return expr?.kind === 'ident' && expr.name === accumulator;
}

/** Appends to the list a macro makes. A copy for each item would take quadratic time. */
function appending(accu: Code, items: Code): Code {
  return (frame) => {
    const list = accu(frame);
    const added = items(frame);
    frame.spend(1);
    if (!Array.isArray(list) || !isList(added)) throw noSuchOverload();
    frame.grow(added.length);
    for (const item of added) list.push(item);
    return list;
  };
}

/** Inserts into the map a macro makes: a key and its value, or all entries of another map. */
function inserting([accu = nothing, ...codes]: readonly Code[]): Code {
  return (frame) => {
    const map = accu(frame);
    const [first = null, value] = codes.map((code) => code(frame));
    frame.spend(1);
    if (!(map instanceof EntryMap)) throw noSuchOverload();
    const other = typeof first === 'object' && first !== null && !isList(first) && isMap(first) ? first : undefined;
    const keys = other?.keys() ?? [first];
    frame.grow(keys.length);
    for (const key of keys) map.insert(key, value ?? other?.get(key) ?? null);
    return map;
  };
}

/** A value, or the error instead of it. */
function attempt(code: Code, frame: Frame): CelValue | CelError {
  try {
    return code(frame);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

/** `&&` and `||`: `decides` is the value that needs no other, not even where another is an error. */
function logic(a: Code, b: Code, decides: boolean): Code {
  return (frame) => {
    const left = attempt(a, frame);
    if (left === decides) return decides;
    const right = attempt(b, frame);
    if (right === decides) return decides;
    if (left instanceof CelError) throw left;
    if (right instanceof CelError) throw right;
    if (typeof left !== 'boolean' || typeof right !== 'boolean') throw noSuchOverload();
    return !decides;
  };
}

function calling(name: string, overloads: readonly Overload[], codes: readonly Code[]): Code {
  const id = overloads.length === 1 ? (overloads[0]?.id ?? '') : '';
  return (frame) => {
    const args = codes.map((code) => code(frame));
    frame.spend(callCost(name, id, args, frame));
    return invoke(name, overloads, args, frame);
  };
}

function present(value: CelValue): CelValue[] {
  if (!(value instanceof CelOptional)) throw new CelError(`cannot initialize optional entry from non-optional value`);
  return value.value === undefined ? [] : [value.value];
}

function orElse(a: Code, b: Code, whole: boolean): Code {
  return (frame) => {
    const value = a(frame);
    if (!(value instanceof CelOptional)) throw noSuchOverload();
    if (value.value !== undefined) return whole ? value : value.value;
    return b(frame);
  };
}

/** The field or key of a map; undefined where there is none. */
function member(value: CelValue, key: CelValue): CelValue | undefined {
  if (typeof value === 'object' && value !== null && !isList(value) && isMap(value)) return value.get(key);
  throw noSuchOverload();
}

function optionalMember(value: CelOptional, key: CelValue): CelOptional {
  return value.value === undefined ? CelOptional.none : new CelOptional(member(value.value, key));
}

function required(value: CelValue | undefined, key: CelValue): CelValue {
  if (value === undefined) throw new CelError(`no such key: ${key instanceof CelUint ? key.value : String(key)}`);
  return value;
}

/** The item at an index; undefined beyond the ends. */
function item(list: readonly CelValue[], at: CelValue): CelValue | undefined {
  const whole = typeof at === 'bigint' ? Number(at) : at instanceof CelUint ? Number(at.value) : at;
  if (typeof whole !== 'number' || !Number.isInteger(whole)) throw noSuchOverload();
  return whole < 0 ? undefined : list[whole];
}

function index(a: Code, b: Code): Code {
  return (frame) => {
    const value = a(frame);
    const key = b(frame);
    frame.spend(1);
    if (value instanceof CelOptional) {
      if (value.value === undefined) return CelOptional.none;
      return new CelOptional(isList(value.value) ? item(value.value, key) : member(value.value, key));
    }
    if (!isList(value)) return required(member(value, key), key);
    const found = item(value, key);
    if (found === undefined)
      throw new CelError(`index out of bounds: ${key instanceof CelUint ? key.value : String(key)}`);
    return found;
  };
}

function optionalIndex(a: Code, b: Code): Code {
  return (frame) => {
    const value = a(frame);
    const key = b(frame);
    frame.spend(1);
    const inner = value instanceof CelOptional ? value.value : value;
    if (inner === undefined) return CelOptional.none;
    const found = isList(inner) ? item(inner, key) : member(inner, key);
    return found === undefined ? CelOptional.none : new CelOptional(found);
  };
}
