import { base64Of } from '../../util/bytes.js';
import { isEnvelope, openEnvelope } from './envelope.js';
import { type FieldFact, typeFact, wireTypeOfKind } from './field-facts.js';
import { forms, parseJson, type Read } from './read-forms.js';
import type { SharedFields } from './shared-fields.js';
import { compareBytes } from './text.js';
import { Wire, type WireReader } from './wire-reader.js';

/** Reads one occurrence of a field into its slot. */
type Take = (r: WireReader, wire: number, end: number, slot: number) => void;

/** One field of the JSON form. */
interface Slot {
  readonly name: string;
  /** Empty texts, zeros and false are left out. */
  readonly omitsZero: boolean;
  /** An absent time is left out. */
  readonly omitsNull: boolean;
  /** The slot after this one tells whether the keys came in order. */
  readonly isMap: boolean;
  /** Returns the value of an absent field. Undefined if the field is left out. */
  readonly absent: (() => unknown) | undefined;
}

/** Returns the number of slots of a field. */
const slotsOf = (slot: Slot) => (slot.isMap ? 2 : 1);

/**
 * The plan by which one type of message becomes an object. Messages are read into slots, one for each field of the JSON form. The fields
 * of embedded structs are among them. Slots are needed because fields may come in any order and more than once, while JSON has its own
 * order.
 */
export class MessagePlan {
  readonly slots: Slot[] = [];
  width = 0;
  readonly #takes: (Take | undefined)[] = [];
  /** The fields that are one message each, by number: the slot, and the name. */
  readonly #parts: ({ readonly offset: number; readonly name: string } | undefined)[] = [];

  /**
   * Reads the message that ends at `end`. `kind` and `apiVersion` fill the first two fields, where the type has them. Fields that are
   * messages and written as in `shared` are taken from there.
   */
  read(r: WireReader, end: number, kind?: string, apiVersion?: string, shared?: SharedFields): Record<string, unknown> {
    r.enter();
    const base = r.top;
    r.top += this.width;
    while (r.slots.length < r.top) r.slots.push(undefined);
    if (kind !== undefined && this.#saysKind) {
      r.slots[base] = kind;
      r.slots[base + 1] = apiVersion;
    }
    if (shared === undefined) this.fill(r, end, base);
    else this.#fillSharing(r, end, base, shared);
    const object = this.#emit(r, base);
    r.top = base;
    r.leave();
    return object;
  }

  /** True if objects of the type have `kind` and `apiVersion`, as all but watch events do. */
  get #saysKind(): boolean {
    return this.slots[0]?.name === 'kind';
  }

  /** Reads fields up to `end` into the slots from `base` on. */
  fill(r: WireReader, end: number, base: number): void {
    const takes = this.#takes;
    while (r.at < end) {
      const tag = r.tag(end);
      const number = tag >>> 3;
      const take = number < takes.length ? takes[number] : undefined;
      if (take === undefined) r.skipUnknown(tag, end);
      else take(r, tag & 7, end, base);
    }
  }

  #fillSharing(r: WireReader, end: number, base: number, shared: SharedFields): void {
    while (r.at < end) {
      const tag = r.tag(end);
      const number = tag >>> 3;
      const part = (tag & 7) === Wire.Bytes ? this.#parts[number] : undefined;
      const known = part === undefined ? undefined : shared.valueOf(r, number, part.name, end);
      if (part !== undefined && known !== undefined) r.slots[base + part.offset] = known;
      else {
        const take = this.#takes[number];
        if (take === undefined) r.skipUnknown(tag, end);
        else take(r, tag & 7, end, base);
      }
    }
  }

  /** The object that a message without fields is. */
  readonly empty = (): Record<string, unknown> => {
    const object: Record<string, unknown> = {};
    for (const { name, absent } of this.slots) if (absent !== undefined) object[name] = absent();
    return object;
  };

  #emit(r: WireReader, base: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const values = r.slots;
    const { slots } = this;
    let at = base;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot;
      let value = values[at];
      if (value === undefined) {
        if (slot.absent !== undefined) object[slot.name] = slot.absent();
      } else {
        values[at] = undefined;
        if (slot.isMap) {
          if (values[at + 1] === unordered) value = inOrder(value as Record<string, unknown>);
          values[at + 1] = undefined;
        }
        if (slot.omitsZero && (value === '' || value === 0 || value === false)) {
          // Left out.
        } else if (!slot.omitsNull || value !== null) object[slot.name] = value;
      }
      at += slot.isMap ? 2 : 1;
    }
    return object;
  }

  /** Adds the fields of a type. @internal */
  addAll(typeName: string, facts: readonly FieldFact[]): void {
    for (const fact of facts) {
      const [name, type, number, flags = ''] = fact;
      if (flags.includes('i')) {
        const inner = planOf(type);
        const offset = this.width;
        this.slots.push(...inner.slots);
        this.width += inner.width;
        this.#takes[number] = (r, wire, end, base) => {
          const stop = startMessage(r, wire, end);
          r.enter();
          inner.fill(r, stop, base + offset);
          r.leave();
        };
        continue;
      }
      const slot = slotFor(typeName, fact);
      const offset = this.width;
      this.slots.push(slot);
      this.width += slotsOf(slot);
      if (number > 0) this.#takes[number] = takeFor(name, type, flags, offset);
      if (number > 0 && isPart(type, flags)) this.#parts[number] = { offset, name };
    }
  }
}

const plans = new Map<string, MessagePlan>();

/** The plan of a struct, made when first needed. */
export function planOf(typeName: string): MessagePlan {
  const known = plans.get(typeName);
  if (known !== undefined) return known;
  const fact = typeFact(typeName);
  if (fact === undefined || typeof fact === 'string') throw new TypeError(`${typeName} is no struct`);
  const plan = new MessagePlan();
  // Types contain themselves: the plan is known before its fields are.
  plans.set(typeName, plan);
  plan.addAll(typeName, fact);
  return plan;
}

function slotFor(typeName: string, [name, type, , flags = '']: FieldFact): Slot {
  const omitEmpty = flags.includes('o');
  const isMap = flags.includes('m');
  const plain = !isMap && !flags.includes('l') && !flags.includes('p');
  return {
    name,
    isMap,
    omitsZero: omitEmpty && plain && isScalar(type),
    omitsNull: flags.includes('z'),
    absent: absentFor(typeName, name, type, flags),
  };
}

function absentFor(typeName: string, name: string, type: string, flags: string): (() => unknown) | undefined {
  const omitEmpty = flags.includes('o');
  // Servers write `[]` for the items of an empty list, whichever way they came by it.
  if (name === 'items' && flags === 'l' && typeName.endsWith('List')) return () => [];
  if (/[lmp]/.test(flags) || isNamedList(type)) return omitEmpty ? undefined : () => null;
  if (isScalar(type)) {
    const zero = scalarZero(type);
    return omitEmpty ? undefined : () => zero;
  }
  if (flags.includes('z')) return undefined;
  const zero = forms.get(type)?.zero ?? null;
  // Structs are there whether empty or not; what is in them is known only when it is asked for.
  return typeFact(type) === undefined ? () => zero : () => planOf(type).empty();
}

function isScalar(type: string): boolean {
  return !type.includes('.');
}

/** Reports whether a field is one struct, so that its bytes alone decide the result. */
function isPart(type: string, flags: string): boolean {
  return !/[lm]/.test(flags) && !isScalar(type) && !forms.has(type) && Array.isArray(typeFact(type));
}

function isNamedList(type: string): boolean {
  return typeof typeFact(type) === 'string';
}

function scalarZero(type: string): unknown {
  switch (type) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'bytes':
      return null;
    default:
      return 0;
  }
}

function takeFor(name: string, type: string, flags: string, offset: number): Take {
  if (flags.includes('m')) return takeMap(name, type, offset);
  const wire = wireOf(type);
  const read = readerOf(type);
  const wrong = (r: WireReader, found: number) => r.fault(`the field ${name} has the wire type ${found}`);
  if (!flags.includes('l')) {
    return (r, found, end, base) => {
      if (found !== wire) throw wrong(r, found);
      r.slots[base + offset] = read(r, end);
    };
  }
  return (r, found, end, base) => {
    const slot = base + offset;
    const list = (r.slots[slot] as unknown[] | undefined) ?? newList();
    r.slots[slot] = list;
    if (found === wire) {
      list.push(read(r, end));
      return;
    }
    // Numbers may come packed.
    if (found !== Wire.Bytes) throw wrong(r, found);
    const stop = r.length(end);
    while (r.at < stop) list.push(read(r, stop));
    if (list.length === 0) r.slots[slot] = undefined;
  };
}

/**
 * A list that the engine takes for no more long-lived than it is. Of an array made by `[]` it learns, while a cache fills with objects,
 * that they live long, and makes the later ones among the old: where they hold on to all that is in them until everything is collected.
 */
const newList = (): unknown[] => emptyList.slice();
const emptyList: unknown[] = [{}];
emptyList.length = 0;

const unordered = Symbol('unordered');

/** A map is a list of pairs. */
function takeMap(name: string, type: string, offset: number): Take {
  const wire = wireOf(type);
  const read = readerOf(type);
  const missing = mapZero(type);
  return (r, found, end, base) => {
    if (found !== Wire.Bytes) throw r.fault(`the field ${name} has the wire type ${found}`);
    const stop = r.length(end);
    let key = '';
    let value: unknown;
    while (r.at < stop) {
      const tag = r.tag(stop);
      if (tag === 0x0a) key = r.text(stop);
      else if (tag === ((2 << 3) | wire)) value = read(r, stop);
      else r.skip(tag, stop);
    }
    const slot = base + offset;
    let map = r.slots[slot] as Record<string, unknown> | undefined;
    if (map === undefined) {
      map = {};
      r.slots[slot] = map;
    } else {
      const last = r.slots[slot + 1];
      if (last === unordered || compareBytes(last as string, key) > 0) r.slots[slot + 1] = unordered;
    }
    if (r.slots[slot + 1] !== unordered) r.slots[slot + 1] = key;
    setOwn(map, key, value === undefined ? missing() : value);
  };
}

function mapZero(type: string): () => unknown {
  if (type === 'bytes') return () => '';
  if (isScalar(type)) {
    const zero = scalarZero(type);
    return () => zero;
  }
  if (isNamedList(type)) return () => [];
  const zero = forms.get(type)?.zero ?? null;
  return typeFact(type) === undefined ? () => zero : () => planOf(type).empty();
}

/** The same entries in the order of their keys. */
function inOrder(map: Record<string, unknown>): Record<string, unknown> {
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(map).sort(compareBytes)) setOwn(sorted, key, map[key]);
  return sorted;
}

/** A key is data, `__proto__` too. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function wireOf(type: string): number {
  switch (type) {
    case 'bool':
    case 'int32':
    case 'int64':
      return Wire.Varint;
    case 'float64':
      return Wire.Fixed64;
    default:
      return Wire.Bytes;
  }
}

/** Reads one value of a type: after the tag, length included. */
function readerOf(type: string): Read {
  switch (type) {
    case 'string':
      return (r, end) => r.text(end);
    case 'bool':
      return (r, end) => r.varint(end) !== 0 || r.high !== 0;
    case 'int32':
      return (r, end) => r.varint(end) | 0;
    case 'int64':
      return (r, end) => r.int64(end);
    case 'float64':
      return float64;
    case 'bytes':
      return (r, end) => {
        const stop = r.length(end);
        const text = base64Of(r.bytes, r.at, stop);
        r.at = stop;
        return text;
      };
  }
  const inner = messageReader(type);
  return (r, end) => inner(r, r.length(end));
}

/** Reads a message of a type, without its length. */
function messageReader(type: string): Read {
  const form = forms.get(type) ?? schemaForms.get(type);
  if (form !== undefined) return typeof form === 'function' ? form : form.read;
  if (type === 'runtime.RawExtension') return rawExtension;
  const fact = typeFact(type);
  if (typeof fact === 'string') return namedList(fact);
  let plan: MessagePlan | undefined;
  return (r, end) => {
    plan ??= planOf(type);
    return plan.read(r, end);
  };
}

function float64(r: WireReader, end: number): number {
  if (end - r.at < 8) throw r.fault('a field goes beyond the end of its message');
  const value = r.bytes.readDoubleLE(r.at);
  if (!Number.isFinite(value)) throw r.fault('a number that JSON cannot hold');
  r.at += 8;
  return value;
}

function startMessage(r: WireReader, wire: number, end: number): number {
  if (wire !== Wire.Bytes) throw r.fault(`an embedded message has the wire type ${wire}`);
  return r.length(end);
}

function namedList(type: string): Read {
  const read = readerOf(type);
  const wanted = (1 << 3) | wireOf(type);
  return (r, end) => {
    const list = newList();
    while (r.at < end) {
      const tag = r.tag(end);
      if (tag === wanted) list.push(read(r, end));
      else r.skip(tag, end);
    }
    return list;
  };
}

const propsType = 'apiextensions/v1.JSONSchemaProps';

/** JSON schemas have fields that are a schema or something else. */
const schemaForms: ReadonlyMap<string, Read> = new Map<string, Read>([
  [
    'apiextensions/v1.JSONSchemaPropsOrArray',
    (r, end) => {
      const { schema, others } = schemaAnd(r, end, (inner, stop) => planOf(propsType).read(inner, inner.length(stop)));
      return others.length > 0 ? others : (schema ?? null);
    },
  ],
  [
    'apiextensions/v1.JSONSchemaPropsOrStringArray',
    (r, end) => {
      const { schema, others } = schemaAnd(r, end, (inner, stop) => inner.text(stop));
      return others.length > 0 ? others : (schema ?? null);
    },
  ],
  [
    'apiextensions/v1.JSONSchemaPropsOrBool',
    (r, end) => {
      let allows = false;
      let schema: unknown;
      while (r.at < end) {
        const tag = r.tag(end);
        if (tag === 0x08) allows = r.varint(end) !== 0;
        else if (tag === 0x12) schema = planOf(propsType).read(r, r.length(end));
        else r.skip(tag, end);
      }
      return schema ?? allows;
    },
  ],
]);

/** Field 1 is a schema, field 2 a list of something else. */
function schemaAnd(r: WireReader, end: number, other: Read): { schema: unknown; others: unknown[] } {
  let schema: unknown;
  const others: unknown[] = [];
  while (r.at < end) {
    const tag = r.tag(end);
    if (tag === 0x0a) schema = planOf(propsType).read(r, r.length(end));
    else if (tag === 0x12) others.push(other(r, end));
    else r.skip(tag, end);
  }
  return { schema, others };
}

/** An object of any kind, in field 1: JSON, or an envelope of its own. */
function rawExtension(r: WireReader, end: number): unknown {
  let start = 0;
  let stop = 0;
  while (r.at < end) {
    const tag = r.tag(end);
    if (tag === 0x0a) {
      stop = r.length(end);
      start = r.at;
      r.at = stop;
    } else r.skip(tag, end);
  }
  if (!isEnvelope(r.bytes, start, stop)) return parseJson(r, start, stop);
  r.at = start;
  return readEnvelope(r, stop);
}

/** The type of the events of a watch. */
const watchEventType = 'apis/meta/v1.WatchEvent';

/** Reads the object in the envelope that begins at `r.at`. `expected` is what it is taken for when it does not say. */
export function readEnvelope(r: WireReader, end: number, expected?: { apiVersion: string; kind: string }): unknown {
  r.enter();
  const envelope = openEnvelope(r, end);
  const apiVersion = envelope.apiVersion || (expected?.apiVersion ?? '');
  const kind = envelope.kind || (expected?.kind ?? '');
  // A watch event is the only document that does not say its kind.
  const type = kind === '' && apiVersion === '' ? watchEventType : wireTypeOfKind(apiVersion, kind);
  if (type === undefined)
    throw r.fault(`no fields are known of ${kind || 'an object without kind'} in ${apiVersion}`, envelope.start);
  r.at = envelope.start;
  const object = planOf(type).read(r, envelope.end, kind, apiVersion);
  r.at = end;
  r.leave();
  return object;
}
