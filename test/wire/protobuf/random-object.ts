import { type FieldFact, typeFact, wireTypeOfKind } from '../../../src/wire/protobuf/field-facts.js';
import { compareBytes } from '../../../src/wire/protobuf/text.js';

/** Gives numbers from 0 to 1, as `Math.random`. */
export type Chance = () => number;

type Data = Record<string, unknown>;

/** A random object of a kind, in exactly the form in which API servers write it as JSON. */
export function randomObject(apiVersion: string, kind: string, chance: Chance): Data {
  const type = wireTypeOfKind(apiVersion, kind);
  if (type === undefined) throw new Error(`no facts of ${apiVersion} ${kind}`);
  return { kind, apiVersion, ...new Maker(chance).struct(type, 0) };
}

const texts = [
  '',
  'a',
  'default',
  'app.kubernetes.io/name',
  '\u00fc',
  '\u{1f600}\u2028',
  '"\\\n',
  'x'.repeat(60),
  '__proto__',
];
const keys = [
  'a',
  'b',
  '10',
  '9',
  'kubernetes.io/arch',
  '\u00fc',
  '\uff5e',
  '\u{1f600}',
  '__proto__',
  'constructor',
  '',
];
const quantities = ['0', '1', '500m', '1Gi', '12e6', '-3', '1500u'];
const integers = [0, 1, -1, 127, 128, 2 ** 31 - 1, -(2 ** 31)];
const longs = [...integers, 2 ** 32, 2 ** 53 - 1, -(2 ** 53), 1_700_000_000_000];
const json = [{}, { a: [1, null, 'x', { b: 0.5 }] }, [], 'text', 7, false];

class Maker {
  constructor(private readonly chance: Chance) {}

  struct(type: string, depth: number): Data {
    const fact = typeFact(type);
    if (!Array.isArray(fact)) throw new Error(`${type} is no struct`);
    const out: Data = {};
    for (const field of fact as readonly FieldFact[]) {
      if (field[3]?.includes('i')) Object.assign(out, this.struct(field[1], depth));
      else if (field[2] > 0) this.#field(out, type, field, depth + 1);
    }
    return out;
  }

  #field(out: Data, owner: string, [name, type, , flags = '']: FieldFact, depth: number): void {
    const has = (flag: string) => flags.includes(flag);
    const left = this.chance() < 0.2 + depth * 0.1;
    const isNamedList = typeof typeFact(type) === 'string';
    if ((has('l') || has('m') || has('p') || isNamedList) && left) {
      if (name === 'items' && flags === 'l' && owner.endsWith('List')) out[name] = [];
      else if (!has('o')) out[name] = null;
    } else if (has('m')) out[name] = this.#map(type, depth);
    else if (has('l')) out[name] = this.#some(() => this.#value(type, depth));
    else {
      const value = this.#value(type, depth);
      const zero = value === '' || value === 0 || value === false;
      const isScalar = !type.includes('.');
      if (has('o') && !has('p') && isScalar && zero) return;
      if (has('z') && value === null) return;
      // JSON has one null for a pointer to nothing and a pointer to a zero time.
      if (has('p') && has('o') && value === null) return;
      out[name] = value;
    }
  }

  #map(type: string, depth: number): Data {
    const map: Data = {};
    const chosen = [...new Set(this.#some(() => this.#pick(keys)))].sort(compareBytes);
    for (const key of chosen) {
      const value = this.#value(type, depth);
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return map;
  }

  #value(type: string, depth: number): unknown {
    switch (type) {
      case 'string':
        return this.#pick(texts);
      case 'bool':
        return this.chance() < 0.5;
      case 'int32':
        return this.#pick(integers);
      case 'int64':
        return this.#pick(longs);
      case 'float64':
        return this.#pick([0, 1.5, -2e300, 0.1]);
      case 'bytes':
        return Buffer.from(this.#pick(texts)).toString('base64');
      case 'apis/meta/v1.Time':
        return this.#pick([null, '2026-01-31T12:00:00Z', '1969-12-31T23:59:59Z', '0500-02-03T04:05:06Z']);
      case 'apis/meta/v1.MicroTime':
        return this.#pick([null, '2026-01-31T12:00:00.000001Z', '1969-12-31T23:59:59.999999Z']);
      case 'api/resource.Quantity':
        return this.#pick(quantities);
      case 'util/intstr.IntOrString':
        return this.#pick([0, 80, -1, '25%', '', 'http']);
      case 'runtime.RawExtension':
      case 'apis/meta/v1.FieldsV1':
      case 'apiextensions/v1.JSON':
        return this.#pick([null, ...json]);
      case 'apiextensions/v1.JSONSchemaPropsOrBool':
        return this.chance() < 0.5 ? this.chance() < 0.5 : this.#schema(depth);
      case 'apiextensions/v1.JSONSchemaPropsOrArray':
        return this.chance() < 0.5 ? this.#some(() => this.#schema(depth)) : this.#schema(depth);
      case 'apiextensions/v1.JSONSchemaPropsOrStringArray':
        return this.chance() < 0.5 ? this.#some(() => this.#pick(texts)) : this.#schema(depth);
    }
    const fact = typeFact(type);
    return typeof fact === 'string' ? this.#some(() => this.#value(fact, depth)) : this.struct(type, depth);
  }

  #schema(depth: number): Data {
    return this.struct('apiextensions/v1.JSONSchemaProps', depth + 2);
  }

  #some<T>(make: () => T): T[] {
    return Array.from({ length: 1 + Math.floor(this.chance() * 2.5) }, make);
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.chance() * from.length)] as T;
  }
}
