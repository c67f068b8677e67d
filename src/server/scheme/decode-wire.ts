import { copy, isObject, type JsonObject, setOwn } from '../../util/json-value.js';
import { convertFault } from '../go-text/convert-fault.js';
import { decodeFault } from '../go-text/decode-fault.js';
import { badRequest } from '../object/status-error.js';
import { customForm, DecodeProblem, resourceAmount } from './custom-forms.js';
import {
  type Element,
  type Scalar,
  type WireField,
  type WireStruct,
  type WireType,
  wireType,
  wireTypeOf,
} from './wire-types.js';

/** The parts of a body that its kind does not have. */
export interface StrictProblems {
  /** Such as `unknown field "spec.bogus"`, in the order of the document. */
  readonly strict: string[];
  /**
   * If true, an empty list stays one in the JSON form. The writer of one owns it. The stored form is null, because protobuf cannot
   * distinguish the two.
   */
  readonly keepEmpty?: boolean;
  /** If true, a wrong type is reported as the real server reports it for objects that it made from maps, not from JSON. */
  readonly converted?: boolean;
  /**
   * If true, the result may share parts of the value: those in the form of their type are not copied. The value itself is never changed.
   * Default: the result shares nothing.
   */
  readonly given?: boolean;
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
    return new Decoder(problems).struct(wireType(typeName), value, 0);
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    const fault = problems.converted === true ? convertFault : decodeFault;
    throw badRequest(fault(typeName, value) ?? error.message);
  }
}

/** The steps from the root to a value: fields, indexes of lists, and keys of maps after a `mapKey`. */
type Path = readonly (string | number)[];

const schemaType = 'apiextensions/v1.JSONSchemaProps';
/** The types that hold a schema, or something else in its place. */
const schemaForms: ReadonlySet<string> = new Set([
  'apiextensions/v1.JSONSchemaPropsOrArray',
  'apiextensions/v1.JSONSchemaPropsOrBool',
]);

class Decoder {
  /** Where it is now. One list that grows and shrinks: only who fails reads it. */
  readonly #path: (string | number)[] = [];
  readonly #keepEmpty: boolean;
  readonly #given: boolean;
  /** The enclosing structs that were read so far, the innermost on top. */
  readonly #fields: WireField[] = [];
  readonly #values: unknown[] = [];
  #top = 0;

  constructor(private readonly problems: StrictProblems) {
    this.#keepEmpty = problems.keepEmpty === true;
    this.#given = problems.given === true;
  }

  struct(type: WireType, value: unknown, depth: number): JsonObject {
    if (type.form !== 'struct' || !isObject(value)) throw new DecodeProblem();
    if (depth > maxDepth) throw new DecodeProblem('exceeded max depth');
    const base = this.#top;
    /** `same`: the value has the form of its type already. `ordered`: at least its fields are in order. */
    let [same, ordered] = [this.#given, true];
    let last = -1;
    /** The index of the field before, even if that is null. */
    let place = -1;
    // In the order of the document, in which problems are told.
    for (const key of Object.keys(value)) {
      const field = type.fields.get(key);
      if (field === undefined) {
        if (depth > 0 || (key !== 'apiVersion' && key !== 'kind')) this.unknown(key);
        same = false;
        continue;
      }
      const inner = value[key];
      if (inner === null || inner === undefined) {
        // Where it shows as null it is as it should be, if it is in its place.
        if (inner === undefined || field.index < place || this.#absent(field, depth + 1) !== null) same = false;
        place = field.index;
        continue;
      }
      let decoded: unknown;
      if (!field.list && !field.map && fits(field.scalar, inner)) decoded = keepOrDrop(field, inner, this.#keepEmpty);
      else {
        this.#path.push(key);
        decoded = keepOrDrop(field, this.#field(field, inner, depth + 1), this.#keepEmpty);
        this.#path.pop();
      }
      if (decoded !== inner) same = false;
      if (field.index < last) ordered = false;
      if (field.index < place) same = false;
      last = field.index;
      place = field.index;
      this.#fields[this.#top] = field;
      this.#values[this.#top] = decoded;
      this.#top++;
    }
    const out = same && ordered && this.#isWhole(type, value, depth) ? value : this.#built(type, base, ordered, depth);
    this.#top = base;
    return out;
  }

  /** Reports whether a value without faults has every field that always shows. */
  #isWhole(type: WireStruct, value: JsonObject, depth: number): boolean {
    for (const { name } of this.#shown(type, depth)) if (!Object.hasOwn(value, name)) return false;
    return true;
  }

  /** The form of what has been read since `base`: in the order of the type, with what always shows. */
  #built(type: WireStruct, base: number, ordered: boolean, depth: number): JsonObject {
    const fields = this.#fields;
    const values = this.#values;
    if (!ordered) sortFields(fields, values, base, this.#top);
    const shown = this.#shown(type, depth);
    const out: JsonObject = {};
    let next = 0;
    for (let at = base; at < this.#top; at++) {
      const { index, name } = fields[at] as WireField;
      for (let field = shown[next]; field !== undefined && field.index <= index; field = shown[++next]) {
        if (field.index < index) out[field.name] = copy(this.#absent(field, depth + 1));
      }
      const value = values[at];
      if (value !== undefined) out[name] = value;
    }
    for (let field = shown[next]; field !== undefined; field = shown[++next]) {
      out[field.name] = copy(this.#absent(field, depth + 1));
    }
    return out;
  }

  unknown(key: string): void {
    this.problems.strict.push(`unknown field "${pathText([...this.#path, key])}"`);
  }

  #field(field: WireField, value: unknown, depth: number): unknown {
    if (field.list) {
      if (!Array.isArray(value)) throw new DecodeProblem();
      return this.#list(field, value, depth);
    }
    if (field.map) {
      if (!isObject(value)) throw new DecodeProblem();
      return this.#map(field, value, depth);
    }
    return this.#item(field, value, depth);
  }

  #map(element: WireField, value: JsonObject, depth: number): JsonObject {
    let out: JsonObject | undefined = this.#given ? undefined : { ...value };
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (fits(element.scalar, inner)) continue;
      this.#path.push(mapKey, key);
      const decoded = element.amounts && inner !== null ? resourceAmount(inner) : this.#item(element, inner, depth);
      this.#path.pop();
      this.#path.pop();
      if (decoded === inner) continue;
      out ??= { ...value };
      setOwn(out, key, decoded);
    }
    return out ?? value;
  }

  #list(element: Element, value: unknown[], depth: number): unknown[] {
    let out: unknown[] | undefined = this.#given ? undefined : [...value];
    for (let index = 0; index < value.length; index++) {
      const inner = value[index];
      if (fits(element.scalar, inner)) continue;
      this.#path.push(index);
      const decoded = this.#item(element, inner, depth);
      this.#path.pop();
      if (decoded === inner) continue;
      out ??= [...value];
      out[index] = decoded;
    }
    return out ?? value;
  }

  #item(element: Element, value: unknown, depth: number): unknown {
    const { type, scalar: kind } = element;
    switch (kind) {
      case 'string':
        return value === null ? '' : scalar(value, 'string');
      case 'bool':
        return value === null ? false : scalar(value, 'boolean');
      case 'int32':
      case 'int64':
        return value === null ? 0 : integer(value, type, this.problems.converted === true);
      case 'float64':
        return value === null ? 0 : scalar(value, 'number');
      case 'bytes':
        return value === null ? '' : bytes(value);
    }
    const wire = wireTypeOf(element);
    if (wire.form === 'list') {
      if (value === null) return null;
      if (!Array.isArray(value)) throw new DecodeProblem();
      return this.#list(wire.item, value, depth);
    }
    if (wire.form === 'custom') {
      if (value === null) return zeroOf(type);
      return schemaForms.has(type) ? this.#schemaForm(value, depth) : customForm(type, value);
    }
    return this.struct(wire, value ?? {}, depth);
  }

  /** Reads a schema or a list of schemas inside a schema. Its type reads its JSON itself, and takes no note of unknown fields. */
  #schemaForm(value: unknown, depth: number): unknown {
    if (Array.isArray(value)) return value.map((item) => (isObject(item) ? this.#schemaForm(item, depth) : item));
    if (!isObject(value)) return value;
    const inner = new Decoder({ strict: [], keepEmpty: this.#keepEmpty });
    return inner.struct(wireType(schemaType), value, depth);
  }

  /** The fields that show when nobody gave them. */
  #shown(type: WireStruct, depth: number): readonly WireField[] {
    type.shown ??= type.order.filter((field) => this.#absent(field, depth + 1) !== undefined);
    return type.shown;
  }

  /** Returns the shown value of an absent field: undefined, or its zero. The value is shared: copy it. */
  #absent(field: WireField, depth: number): unknown {
    field.absent ??= { value: this.#zero(field, depth) };
    return field.absent.value;
  }

  #zero(field: WireField, depth: number): unknown {
    if (field.pointer) return field.omitEmpty ? undefined : null;
    if (field.list || field.map) return field.omitEmpty ? undefined : null;
    const zero = zeroOf(field.type);
    if (zero !== undefined) {
      // Go's `omitempty` never leaves out a struct, and times and quantities are structs.
      const struct = zero === null || field.type.endsWith('.Quantity') || field.type.endsWith('.IntOrString');
      return field.omitZero || (field.omitEmpty && !struct) ? undefined : zero;
    }
    const wire = wireTypeOf(field);
    if (wire.form !== 'struct') return field.omitEmpty ? undefined : null;
    return field.omitZero ? undefined : this.struct(wire, {}, depth);
  }
}

/** Reports whether a value is valid, which most are. It is faster than finding the fault. */
function fits(kind: Scalar | undefined, value: unknown): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'int32':
      return typeof value === 'number' && (value | 0) === value;
    default:
      return false;
  }
}

/** Brings what has been read since `base` into the order of the type. There are few, and they are nearly in order. */
function sortFields(fields: WireField[], values: unknown[], base: number, top: number): void {
  for (let at = base + 1; at < top; at++) {
    const [field, value] = [fields[at] as WireField, values[at]];
    let to = at;
    for (; to > base && (fields[to - 1] as WireField).index > field.index; to--) {
      fields[to] = fields[to - 1] as WireField;
      values[to] = values[to - 1];
    }
    fields[to] = field;
    values[to] = value;
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
  // As for what is absent: what is a struct in Go is never left out, even when it looks like a zero.
  return field.omitEmpty && empty && field.type !== 'util/intstr.IntOrString' ? undefined : value;
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

function scalar(value: unknown, wanted: string): unknown {
  if (typeof value !== wanted) throw new DecodeProblem();
  return value;
}

function integer(value: unknown, type: string, converted: boolean): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new DecodeProblem();
  if (type === 'int64') {
    if (Math.abs(value) > 2 ** 63) throw new DecodeProblem();
    return value;
  }
  const cut = value | 0;
  // Kubernetes' converter from maps cuts what does not fit.
  if (cut !== value && !converted) throw new DecodeProblem();
  return cut;
}

function bytes(value: unknown): string {
  if (typeof value !== 'string') throw new DecodeProblem();
  const text = value.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw new DecodeProblem();
  return text;
}

/** A path as the real server writes it: `spec.containers[0].image`. */
function pathText(path: Path): string {
  const steps = path.filter((part) => part !== mapKey).map((part) => (typeof part === 'number' ? `[${part}]` : part));
  return steps.join('.').replaceAll('.[', '[');
}
