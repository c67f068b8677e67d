import type { Meter } from './meter.js';
import { type CelType, paramsOf, readType, splitTypes, unwrapOptional } from './types.js';
import { CelError, CelOptional, type CelValue, isList, isMap, noSuchOverload, typeOf } from './values.js';

/** The implementation of a function, for values of the declared types. The meter of the evaluation comes after the values. */
export type Run = (...args: never[]) => CelValue;

/** One way to call a function. Members have the value they are called on as the first of their arguments. */
export interface Overload {
  readonly id: string;
  readonly member: boolean;
  readonly args: readonly CelType[];
  readonly result: CelType;
  readonly params: readonly string[];
  readonly run: Run;
}

/** Functions by name, each with the ways to call it. */
export class Functions {
  readonly #byName = new Map<string, Overload[]>();

  /** Begins with those of another set. */
  constructor(base?: Functions) {
    if (base !== undefined) for (const [name, overloads] of base.#byName) this.#byName.set(name, [...overloads]);
  }

  /** The ways to call a function; undefined where there is none of the name. */
  get(name: string): readonly Overload[] | undefined {
    return this.#byName.get(name);
  }

  /** Declares one: `signature` is `(int, int): int`, or `string.(int): string` for a member of strings. */
  add(name: string, id: string, signature: string, run: Run): this {
    const overloads = this.#byName.get(name) ?? [];
    overloads.push({ id, run, ...readSignature(signature) });
    this.#byName.set(name, overloads);
    return this;
  }
}

function readSignature(signature: string): Pick<Overload, 'member' | 'args' | 'result' | 'params'> {
  const end = signature.lastIndexOf('): ');
  const open = openingOf(signature, end);
  const target = signature.slice(0, open);
  const texts = [...(target === '' ? [] : [target.slice(0, -1)]), ...splitTypes(signature.slice(open + 1, end))];
  const args = texts.map(readType);
  const result = readType(signature.slice(end + 3));
  return { member: target !== '', args, result, params: [...new Set([...args, result].flatMap(paramsOf))] };
}

/** Where the parenthesis opens that closes at `end`. */
function openingOf(text: string, end: number): number {
  let depth = 0;
  for (let i = end; i >= 0; i--) {
    if (text[i] === ')') depth++;
    else if (text[i] === '(' && --depth === 0) return i;
  }
  return 0;
}

/** Runs the overload that takes these values. Throws a CelError where none does. */
export function invoke(
  name: string,
  overloads: readonly Overload[],
  args: readonly CelValue[],
  meter: Meter,
): CelValue {
  // Functions read their texts at least once. What takes more is counted where it is done.
  for (const arg of args) if (typeof arg === 'string' || arg instanceof Uint8Array) meter.work(arg.length);
  for (const overload of overloads) {
    if (overload.args.length !== args.length) continue;
    // What a function declares is checked here, value by value.
    if (!overload.args.every((type, i) => isOf(args[i] ?? null, type))) continue;
    const result = (overload.run as AnyRun)(...args, meter);
    if (typeof result === 'string' || result instanceof Uint8Array) meter.write(result.length);
    return result;
  }
  if (overloads.length === 1 || /^[^a-z]/i.test(name)) throw noSuchOverload();
  throw new CelError(`no such overload: ${name}(${args.map((arg) => typeOf(arg).name).join(', ')})`);
}

type AnyRun = (...args: (CelValue | Meter)[]) => CelValue;

function isItem(value: CelValue, type: CelType | undefined): boolean {
  return type === undefined || type.kind === 'list' || isOf(value, type);
}

function isOf(value: CelValue, type: CelType): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'param':
      return true;
    case 'list':
      // Lists are of one type, so that the first item tells.
      return isList(value) && (value.length === 0 || isItem(value[0] ?? null, type.params[0]));
    case 'map':
      return isMap(value);
    case 'opaque':
      if (unwrapOptional(type) !== undefined) return value instanceof CelOptional;
      return typeOf(value).name === type.name;
    case 'struct':
      return typeOf(value).name === type.name;
    default:
      return typeOf(value).kind === type.kind;
  }
}
