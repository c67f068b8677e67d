import { type Call, type Expr, type Fold, qualifiedName, type Select, type StructLiteral } from './ast.js';
import type { Issue } from './cel-source.js';
import type { Functions, Overload } from './functions.js';
import { messages } from './messages.js';
import {
  type CelType,
  formatType,
  listType,
  mapType,
  optionalType,
  sameType,
  types,
  typeType,
  unwrapOptional,
} from './types.js';
import { mostGeneral, substitute, Unifier } from './unifier.js';
import { typeOf } from './values.js';

/** The fields of a struct type by name. */
export interface StructFields {
  get(field: string): CelType | undefined;
}

/** The meaning of names at the place of an expression. */
export interface Declarations {
  readonly functions: Functions;
  /** Variables, and types that can be named. */
  ident(name: string): CelType | undefined;
  /** The fields of a struct type; undefined for one that is not known. */
  fields(name: string): StructFields | undefined;
}

/** The function that a call resolves to. */
interface Resolution {
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** True if the part before the dot is a value, not a part of the function's name. */
  readonly member: boolean;
}

/** An expression of which everything is known that can be without values. */
export interface Checked {
  readonly expr: Expr;
  typeOf(expr: Expr): CelType;
  /** Returns the variable or type that a dotted name stands for, or undefined for other expressions. */
  nameOf(expr: Expr): string | undefined;
  resolution(call: Call): Resolution | undefined;
}

/** Finds the types of an expression, and what is wrong with them, as cel-go's checker does. */
export function check(expr: Expr, declarations: Declarations): { checked: Checked; issues: Issue[] } {
  const checker = new Checker(declarations);
  checker.check(expr);
  return { checked: checker.result(expr), issues: checker.issues };
}

class Checker {
  readonly issues: Issue[] = [];
  readonly #types = new Map<Expr, CelType>();
  readonly #names = new Map<Expr, string>();
  readonly #resolutions = new Map<Call, Resolution>();
  readonly #unifier = new Unifier();
  readonly #scopes: Map<string, CelType>[] = [];

  constructor(private readonly declarations: Declarations) {}

  result(expr: Expr): Checked {
    const found = new Map([...this.#types].map(([one, type]) => [one, this.#unifier.substitute(type, true)] as const));
    return {
      expr,
      typeOf: (one) => found.get(one) ?? types.dyn,
      nameOf: (one) => this.#names.get(one),
      resolution: (call) => this.#resolutions.get(call),
    };
  }

  check(expr: Expr): void {
    switch (expr.kind) {
      case 'literal':
        this.#set(expr, typeOf(expr.value));
        break;
      case 'ident': {
        const name = expr.name.replace(/^\./, '');
        const type = this.#ident(name);
        if (type === undefined) {
          this.#undeclared(expr, expr.name);
          return;
        }
        this.#names.set(expr, name);
        this.#set(expr, type);
        return;
      }
      case 'select':
        this.#checkSelect(expr);
        break;
      case 'call':
        this.#checkCall(expr);
        break;
      case 'list':
        this.#checkList(expr);
        break;
      case 'map':
        this.#checkMap(expr);
        break;
      case 'struct':
        this.#checkStruct(expr);
        break;
      case 'fold':
        this.#checkFold(expr);
        break;
    }
  }

  #note({ offset }: { readonly offset: number }, message: string): void {
    this.issues.push({ offset, message });
  }

  #undeclared(expr: Expr, name: string): void {
    this.#note(expr, `undeclared reference to '${name}' (in container '')`);
    this.#set(expr, types.error);
  }

  #set(expr: Expr, type: CelType): void {
    this.#types.set(expr, type);
  }

  #type(expr: Expr): CelType {
    return this.#types.get(expr) ?? types.error;
  }

  #ident(name: string): CelType | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const found = this.#scopes[i]?.get(name);
      if (found !== undefined) return found;
    }
    return this.declarations.ident(name);
  }

  #mismatch(expr: Expr, wanted: CelType, found: CelType): void {
    this.#note(expr, `expected type '${formatType(wanted)}' but found '${formatType(found)}'`);
  }

  #checkSelect(expr: Select): void {
    const name = qualifiedName(expr);
    const type = name === undefined ? undefined : this.#ident(name.replace(/^\./, ''));
    if (name !== undefined && type !== undefined) {
      this.#names.set(expr, name.replace(/^\./, ''));
      this.#set(expr, type);
      return;
    }
    const found = this.#fieldType(expr, expr.operand, expr.field, false);
    this.#set(expr, expr.test ? types.bool : this.#unifier.substitute(found, false));
  }

  #fieldType(expr: Expr, operand: Expr, field: string, optional: boolean): CelType {
    this.check(operand);
    const type = this.#unifier.substitute(this.#type(operand), false);
    const inner = unwrapOptional(type);
    const result = this.#selected(expr, inner ?? type, field);
    return inner !== undefined || optional ? optionalType(result) : result;
  }

  #selected(expr: Expr, target: CelType, field: string): CelType {
    switch (target.kind) {
      case 'map':
        return target.params[1] ?? types.dyn;
      case 'struct':
        return this.#lookup(expr, target.name, field) ?? types.error;
      case 'param':
        this.#unifier.assignable(types.dyn, target);
        return types.dyn;
      default:
        if (target.kind !== 'dyn' && target.kind !== 'error')
          this.#note(expr, `type '${formatType(target)}' does not support field selection`);
        return types.dyn;
    }
  }

  #lookup(at: { readonly offset: number }, struct: string, field: string): CelType | undefined {
    const fields = this.declarations.fields(struct);
    if (fields === undefined) {
      this.#note(at, `unexpected failed resolution of '${struct}'`);
      return undefined;
    }
    const found = fields.get(field);
    if (found === undefined) this.#note(at, `undefined field '${field}'`);
    return found;
  }

  #checkCall(call: Call): void {
    const { name, target, args } = call;
    if (name === '_?._') {
      this.#checkOptionalSelect(call);
      return;
    }
    for (const arg of args) this.check(arg);
    const { functions } = this.declarations;
    if (target === undefined) {
      const plain = name.replace(/^\./, '');
      const overloads = functions.get(plain);
      if (overloads === undefined) {
        this.#undeclared(call, name);
        return;
      }
      this.#resolve(call, plain, overloads, undefined);
      return;
    }
    const prefix = qualifiedName(target)?.replace(/^\./, '');
    const namespaced = prefix === undefined ? undefined : functions.get(`${prefix}.${name}`);
    if (namespaced !== undefined) {
      this.#resolve(call, `${prefix}.${name}`, namespaced, undefined);
      return;
    }
    this.check(target);
    const overloads = functions.get(name);
    if (overloads === undefined) {
      this.#undeclared(call, name);
      return;
    }
    this.#resolve(call, name, overloads, target);
  }

  #checkOptionalSelect(call: Call): void {
    const [operand, field] = call.args;
    if (operand === undefined || field?.kind !== 'literal' || typeof field.value !== 'string') return;
    this.#set(field, types.string);
    const found = this.#fieldType(call, operand, field.value, true);
    this.#set(call, this.#unifier.substitute(found, false));
    this.#resolutions.set(call, {
      name: '_?._',
      overloads: this.declarations.functions.get('_?._') ?? [],
      member: false,
    });
  }

  #resolve(call: Call, name: string, overloads: readonly Overload[], target: Expr | undefined): void {
    const operands = target === undefined ? call.args : [target, ...call.args];
    const given = operands.map((one) => this.#type(one));
    if (name === '_&&_' || name === '_||_') {
      const wrong = operands.filter((_one, i) => !this.#unifier.assignable(given[i] ?? types.error, types.bool));
      for (const one of wrong) this.#mismatch(one, types.bool, this.#type(one));
      this.#resolutions.set(call, { name, overloads, member: false });
      this.#set(call, wrong.length > 0 ? types.error : types.bool);
      return;
    }
    const found: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of overloads) {
      if (overload.member !== (target !== undefined)) continue;
      const fresh = new Map(overload.params.map((param) => [param, this.#unifier.fresh()] as const));
      if (
        !this.#unifier.allAssignable(
          given,
          overload.args.map((arg) => substitute(fresh, arg, false)),
        )
      )
        continue;
      found.push(overload);
      const type = this.#unifier.substitute(substitute(fresh, overload.result, false), false);
      if (result === undefined) result = type;
      else if (result.kind !== 'dyn' && !sameType(result, type)) result = types.dyn;
    }
    if (result === undefined) {
      const shown = given.map((type) => formatType(this.#unifier.substitute(type, true)));
      const signature = target === undefined ? `(${shown.join(', ')})` : `${shown[0]}.(${shown.slice(1).join(', ')})`;
      this.#note(call, `found no matching overload for '${name}' applied to '${signature}'`);
    }
    this.#resolutions.set(call, { name, overloads: found, member: target !== undefined });
    this.#set(call, result ?? types.error);
  }

  /** The type of an item that may be left out. */
  #unwrapped(value: Expr, optional: boolean): CelType {
    const type = this.#type(value);
    if (!optional) return type;
    const inner = unwrapOptional(type);
    if (inner === undefined && type.kind !== 'dyn') this.#mismatch(value, optionalType(type), type);
    return inner ?? type;
  }

  #join(before: CelType | undefined, type: CelType): CelType {
    if (before === undefined) return type;
    if (this.#unifier.assignable(before, type)) return mostGeneral(before, type);
    return types.dyn;
  }

  #checkList(expr: Expr & { kind: 'list' }): void {
    let item: CelType | undefined;
    for (const { value, optional } of expr.items) {
      this.check(value);
      item = this.#join(item, this.#unwrapped(value, optional));
    }
    this.#set(expr, listType(item ?? this.#unifier.fresh()));
  }

  #checkMap(expr: Expr & { kind: 'map' }): void {
    let [keys, values]: (CelType | undefined)[] = [];
    for (const { key, value, optional } of expr.entries) {
      this.check(key);
      keys = this.#join(keys, this.#type(key));
      this.check(value);
      values = this.#join(values, this.#unwrapped(value, optional));
    }
    this.#set(expr, mapType(keys ?? this.#unifier.fresh(), values ?? this.#unifier.fresh()));
  }

  #checkStruct(expr: StructLiteral): void {
    const name = expr.name.replace(/^\./, '');
    const message = messages.get(name);
    if (message !== undefined) {
      this.#set(expr, message.type);
      this.#checkFields(expr, (field) => {
        const found = message.fields.get(field.name);
        if (found === undefined) this.#note(field, `undefined field '${field.name}'`);
        return found;
      });
      return;
    }
    const type = this.#ident(name);
    if (type === undefined) {
      this.#undeclared(expr, expr.name);
      return;
    }
    const made = type.kind === 'type' ? type.params[0] : undefined;
    if (type.kind !== 'type') this.#note(expr, `'${type.name}' is not a type`);
    else if (made?.kind !== 'struct')
      this.#note(expr, `'${made === undefined ? '' : formatType(made)}' is not a message type`);
    const struct = made?.kind === 'struct' ? made : undefined;
    this.#set(expr, struct ?? types.error);
    this.#checkFields(expr, (field) => this.#lookup(field, struct?.name ?? name, field.name));
  }

  #checkFields(
    expr: StructLiteral,
    typeOfField: (field: StructLiteral['fields'][number]) => CelType | undefined,
  ): void {
    for (const field of expr.fields) {
      this.check(field.value);
      const wanted = typeOfField(field) ?? types.error;
      const given = this.#unwrapped(field.value, field.optional);
      if (this.#unifier.assignable(wanted, given)) continue;
      const shown = `expected type of field '${field.name}' is '${formatType(wanted)}'`;
      this.#note(field, `${shown} but provided type is '${formatType(given)}'`);
    }
  }

  #checkFold(fold: Fold): void {
    this.check(fold.range);
    this.check(fold.init);
    const range = this.#unifier.substitute(this.#type(fold.range), false);
    const accu = this.#type(fold.init);
    this.#scopes.push(new Map([[fold.accuVar, accu]]));
    const [first, second] = this.#loopTypes(fold, range);
    const inner = new Map([[fold.iterVar, fold.iterVar2 === undefined ? second : first]]);
    if (fold.iterVar2 !== undefined) inner.set(fold.iterVar2, second);
    this.#scopes.push(inner);
    this.check(fold.condition);
    this.#assert(fold.condition, types.bool);
    this.check(fold.step);
    this.#assert(fold.step, accu);
    this.#scopes.pop();
    this.check(fold.result);
    this.#scopes.pop();
    this.#set(fold, this.#unifier.substitute(this.#type(fold.result), false));
  }

  #assert(expr: Expr, wanted: CelType): void {
    if (!this.#unifier.assignable(wanted, this.#type(expr))) this.#mismatch(expr, wanted, this.#type(expr));
  }

  /** Returns the types of two loop variables. A single variable takes the second type for lists, and the key type for maps. */
  #loopTypes(fold: Fold, range: CelType): [first: CelType, second: CelType] {
    const [one = types.dyn, two = types.dyn] = range.params;
    switch (range.kind) {
      case 'list':
        return [types.int, one];
      case 'map':
        return fold.iterVar2 === undefined ? [one, one] : [one, two];
      case 'dyn':
      case 'error':
      case 'param':
        this.#unifier.assignable(types.dyn, range);
        return [types.dyn, types.dyn];
      default: {
        const shown = formatType(range);
        const why = `expression of type '${shown}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        this.#note(fold.range, why);
        return [types.error, types.error];
      }
    }
  }
}

/** The types an expression can name, as identifiers. */
export const namedTypes: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ...(['bool', 'bytes', 'double', 'int', 'string', 'uint'] as const).map(
    (name) => [name, typeType(types[name])] as const,
  ),
  ['list', typeType(listType(types.dyn))],
  ['map', typeType(mapType(types.dyn, types.dyn))],
  ['null_type', typeType(types.null)],
  ['type', typeType(types.type)],
  ['optional_type', typeType(optionalType(types.dyn))],
  ...[types.duration, types.timestamp, types.ip, types.cidr].map((type) => [type.name, typeType(type)] as const),
]);
