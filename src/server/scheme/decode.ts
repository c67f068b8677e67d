import { isObject, type JsonObject, own, setOwn } from '../patch/json-value.js';
import { badRequest } from '../status-error.js';
import { customForm, DecodeProblem } from './custom-forms.js';
import { type WireField, wireType } from './wire-types.js';

/** What was in a body beyond what its kind has. */
export interface StrictProblems {
  /** Such as `unknown field "spec.bogus"`, in the order of the document. */
  readonly strict: string[];
  /**
   * Whether an empty list stays one where the JSON form shows it. Who writes one owns it; what is stored is null, since protobuf cannot
   * tell the two apart.
   */
  readonly keepEmpty?: boolean;
}

/** Stands before keys of maps in paths: Go's messages name fields only. */
const mapKey = '\u0000';

/** Nesting deeper than this is refused, as Go's decoder does at 10,000; no kind comes near. */
const maxDepth = 500;

/**
 * Brings a JSON object into the form the real server's types give it: unknown fields and nulls fall away, empty fields are left
 * out or written as the kind's JSON form has it, quantities and times are canonical. Throws the 400 of a wrong type.
 */
export function decodeWire(typeName: string, value: JsonObject, problems: StrictProblems = { strict: [] }): JsonObject {
  try {
    return new Decoder(problems).struct(typeName, value, [], 0);
  } catch (error) {
    if (error instanceof DecodeProblem) throw badRequest(error.message);
    throw error;
  }
}

class Decoder {
  constructor(private readonly problems: StrictProblems) {}

  struct(typeName: string, value: unknown, path: readonly string[], depth: number): JsonObject {
    const type = wireType(typeName);
    if (type.form !== 'struct' || !isObject(value)) throw wrongType(value, typeName, path, goType(typeName));
    if (depth > maxDepth) throw new DecodeProblem('exceeded max depth');
    const decoded = new Map<string, unknown>();
    for (const key of Object.keys(value)) {
      const field = type.fields.get(key);
      if (field === undefined) {
        if (depth > 0 || (key !== 'apiVersion' && key !== 'kind')) this.unknown(path, key);
        continue;
      }
      const inner = own(value, key);
      if (inner !== null && inner !== undefined) {
        decoded.set(key, this.#field(field, inner, typeName, [...path, key], depth + 1));
      }
    }
    const out: JsonObject = {};
    for (const field of type.fields.values()) {
      const result = decoded.has(field.name)
        ? keepOrDrop(field, decoded.get(field.name), this.problems.keepEmpty === true)
        : this.#absent(field, depth + 1);
      if (result !== undefined) out[field.name] = result;
    }
    return out;
  }

  unknown(path: readonly string[], key: string): void {
    this.problems.strict.push(`unknown field "${pathText([...path, key])}"`);
  }

  #field(field: WireField, value: unknown, owner: string, path: readonly string[], depth: number): unknown {
    if (field.list) {
      if (!Array.isArray(value)) throw wrongType(value, owner, path, `[]${goType(field.type)}`);
      return value.map((item, index) => this.#item(field.type, item, owner, [...path, `[${index}]`], depth));
    }
    if (field.map) {
      if (!isObject(value)) throw wrongType(value, owner, path, `map[string]${goType(field.type)}`);
      const out: JsonObject = {};
      for (const key of Object.keys(value))
        setOwn(out, key, this.#item(field.type, value[key], owner, [...path, `${mapKey}${key}`], depth));
      return out;
    }
    return this.#item(field.type, value, owner, path, depth);
  }

  #item(type: string, value: unknown, owner: string, path: readonly string[], depth: number): unknown {
    switch (type) {
      case 'string':
        return value === null ? '' : scalar(value, 'string', owner, path, type);
      case 'bool':
        return value === null ? false : scalar(value, 'boolean', owner, path, type);
      case 'int32':
      case 'int64':
        return value === null ? 0 : integer(value, owner, path, type);
      case 'float64':
        return value === null ? 0 : scalar(value, 'number', owner, path, type);
      case 'bytes':
        return value === null ? '' : bytes(value, owner, path);
    }
    const wire = wireType(type);
    if (wire.form === 'list') {
      if (value === null) return null;
      if (!Array.isArray(value)) throw wrongType(value, owner, path, goType(type));
      return value.map((item, index) => this.#item(wire.item, item, owner, [...path, `[${index}]`], depth));
    }
    if (wire.form === 'custom') return value === null ? zeroOf(type) : customForm(type, value);
    return this.struct(type, value ?? {}, path, depth);
  }

  /** What a field that nobody gave shows as: nothing, or its zero. */
  #absent(field: WireField, depth: number): unknown {
    if (field.pointer) return field.omitEmpty ? undefined : null;
    if (field.list || field.map) return field.omitEmpty ? undefined : null;
    const zero = zeroOf(field.type);
    if (zero !== undefined) {
      // Go's `omitempty` never leaves out a struct, and times and quantities are structs.
      const struct = zero === null || field.type.endsWith('.Quantity') || field.type.endsWith('.IntOrString');
      return field.omitZero || (field.omitEmpty && !struct) ? undefined : zero;
    }
    const wire = wireType(field.type);
    if (wire.form !== 'struct') return field.omitEmpty ? undefined : null;
    return field.omitZero ? undefined : this.struct(field.type, {}, [], depth);
  }
}

/** Empty values that the JSON form leaves out become undefined, empty lists that it shows become null unless they are kept. */
function keepOrDrop(field: WireField, value: unknown, keepEmpty: boolean): unknown {
  const empty = value === '' || value === 0 || value === false;
  const hollow = Array.isArray(value)
    ? value.length === 0
    : field.map && isObject(value) && Object.keys(value).length === 0;
  if (field.list || field.map)
    return hollow && (field.omitEmpty || !keepEmpty) ? (field.omitEmpty ? undefined : null) : value;
  if (field.pointer) return value;
  return field.omitEmpty && empty ? undefined : value;
}

/** The zero of a scalar or of a custom form; undefined for structs and lists. */
function zeroOf(type: string): unknown {
  switch (type) {
    case 'string':
    case 'bytes':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'float64':
      return 0;
    case 'apis/meta/v1.Time':
    case 'apis/meta/v1.MicroTime':
      return null;
    case 'api/resource.Quantity':
      return '0';
    case 'util/intstr.IntOrString':
      return 0;
    case 'apis/meta/v1.Duration':
      return '0s';
    default:
      return wireType(type).form === 'custom' ? null : undefined;
  }
}

function scalar(value: unknown, wanted: string, owner: string, path: readonly string[], type: string): unknown {
  if (typeof value !== wanted) throw wrongType(value, owner, path, type);
  return value;
}

function integer(value: unknown, owner: string, path: readonly string[], type: string): number {
  if (typeof value !== 'number') throw wrongType(value, owner, path, type);
  const fits = Number.isInteger(value) && (type === 'int64' || (value >= -(2 ** 31) && value < 2 ** 31));
  if (!fits) throw new DecodeProblem(goMessage(`number ${value}`, owner, path, type));
  return value;
}

function bytes(value: unknown, owner: string, path: readonly string[]): string {
  if (typeof value !== 'string') throw wrongType(value, owner, path, '[]uint8');
  const text = value.replace(/[\r\n]/g, '');
  const bad = /[^A-Za-z0-9+/=]/.exec(text)?.index ?? (text.length % 4 === 0 ? /=[^=]/.exec(text)?.index : text.length);
  if (bad !== undefined) throw new DecodeProblem(`illegal base64 data at input byte ${Math.max(0, bad)}`);
  return text;
}

function wrongType(value: unknown, owner: string, path: readonly string[], type: string): DecodeProblem {
  const kind = Array.isArray(value)
    ? 'array'
    : isObject(value)
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value;
  return new DecodeProblem(goMessage(kind, owner, path, type));
}

/** Go's words: the innermost struct, then the whole path without list indexes. */
function goMessage(kind: string, owner: string, path: readonly string[], type: string): string {
  const names = path.filter((part) => !part.startsWith('[') && !part.startsWith(mapKey));
  const where =
    names.length === 0 ? 'Go value' : `Go struct field ${owner.slice(owner.lastIndexOf('.') + 1)}.${names.join('.')}`;
  return `json: cannot unmarshal ${kind} into ${where} of type ${type}`;
}

/** `core/v1.PodSpec` as Go names it: `v1.PodSpec`. */
function goType(name: string): string {
  return name === 'bytes' ? '[]uint8' : name.slice(name.lastIndexOf('/') + 1);
}

/** A path as the real server writes it: `spec.containers[0].image`. */
function pathText(path: readonly string[]): string {
  return path.join('.').replaceAll('.[', '[').replaceAll(mapKey, '');
}
