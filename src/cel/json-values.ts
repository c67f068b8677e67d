import { own } from '../util/json-value.js';
import type { DeclaredType } from './declared-type.js';
import { readDuration, readTime } from './time-values.js';
import { type CelType, mapType, types } from './types.js';
import { type CelMap, type CelValue, markList } from './values.js';

/** A JSON value as expressions see it, by its declared type; without one numbers are whole where they can be, and texts are texts. */
export function jsonValue(value: unknown, declared?: DeclaredType): CelValue {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return declared?.type.kind !== 'double' && Number.isInteger(value) ? BigInt(value) : value;
    case 'string':
      return declared === undefined ? value : textValue(value, declared);
    default:
      break;
  }
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return listValue(value, declared);
  return declared?.fields === undefined
    ? new JsonMap(value as { [key: string]: unknown }, declared?.element)
    : new JsonObject(value as { [key: string]: unknown }, declared);
}

function listValue(list: readonly unknown[], declared: DeclaredType | undefined): CelValue {
  const made = list.map((item) => jsonValue(item, declared?.element));
  const kind = declared?.schema['x-kubernetes-list-type'];
  if (kind === 'set') markList(made, []);
  else if (kind === 'map') markList(made, declared?.schema['x-kubernetes-list-map-keys'] ?? []);
  return made;
}

function textValue(text: string, { type, schema }: DeclaredType): CelValue {
  switch (type.kind) {
    case 'timestamp':
      return (
        readTime(
          schema.format === 'date' ? `${text}T00:00:00Z` : text.replace(/[tz]/g, (char) => char.toUpperCase()),
        ) ?? text
      );
    case 'duration':
      return readDuration(text) ?? text;
    case 'bytes':
      return Buffer.from(text, 'base64');
    default:
      return text;
  }
}

/** Fields or entries of JSON, each turned into a value when it is first asked for. */
abstract class LazyMap implements CelMap {
  readonly isMap = true;
  abstract readonly type: CelType;
  readonly #made = new Map<string, CelValue>();
  #keys: readonly string[] | undefined;

  constructor(protected readonly json: { readonly [key: string]: unknown }) {}

  get size(): number {
    return this.keys().length;
  }

  get(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const value = this.make(key);
    if (value !== undefined) this.#made.set(key, value);
    return value;
  }

  /** Listed once: the size of a map must not take time in proportion to it. */
  keys(): readonly string[] {
    this.#keys ??= this.list();
    return this.#keys;
  }

  protected abstract list(): readonly string[];

  protected abstract make(key: string): CelValue | undefined;
}

class JsonMap extends LazyMap {
  readonly type = mapType(types.dyn, types.dyn);

  constructor(
    json: { readonly [key: string]: unknown },
    private readonly element: DeclaredType | undefined,
  ) {
    super(json);
  }

  protected override list(): readonly string[] {
    return Object.keys(this.json);
  }

  protected override make(key: string): CelValue | undefined {
    return Object.hasOwn(this.json, key) ? jsonValue(this.json[key], this.element) : undefined;
  }
}

class JsonObject extends LazyMap {
  readonly type: CelType;

  constructor(
    json: { readonly [key: string]: unknown },
    private readonly declared: DeclaredType,
  ) {
    super(json);
    this.type = declared.type;
  }

  protected override list(): readonly string[] {
    const fields = [...(this.declared.fields ?? [])];
    return fields.filter(([, { name }]) => Object.hasOwn(this.json, name)).map(([escaped]) => escaped);
  }

  protected override make(key: string): CelValue | undefined {
    const { fields } = this.declared;
    const field = fields?.get(key) ?? fields?.get(`__${key}__`);
    if (field === undefined) return undefined;
    const value = own(this.json, field.name);
    return value === undefined ? undefined : jsonValue(value, field.declared);
  }
}
