import { Buffer } from 'node:buffer';
import { fieldWrite, valueWrite } from './encode.js';
import { type FieldFact, typeFact } from './field-facts.js';
import { WireWriter } from './wire-writer.js';
import type { Write } from './write-forms.js';

/** The forms of a value in JSON, which decide how it becomes protobuf. */
export const form = {
  text: 0,
  bool: 1,
  integer: 2,
  base64: 4,
  time: 5,
  /** A message whose field 1 is the text. */
  quantity: 6,
  /** A message whose field 1 is the very JSON. */
  raw: 7,
  struct: 8,
  /** A number in field 2 of a message, or a string in its field 3. */
  intOrString: 9,
  /** A rare form: parsed to an object and encoded from it. */
  other: 10,
} as const;

const formOfType: ReadonlyMap<string, number> = new Map([
  ['string', form.text],
  ['bool', form.bool],
  ['int32', form.integer],
  ['int64', form.integer],
  ['bytes', form.base64],
  ['apis/meta/v1.Time', form.time],
  ['api/resource.Quantity', form.quantity],
  ['util/intstr.IntOrString', form.intOrString],
  ['apis/meta/v1.FieldsV1', form.raw],
  ['apiextensions/v1.JSON', form.raw],
  ['runtime.RawExtension', form.raw],
]);

/** The number of tape entries of a field: the start and the end of its value, or the tape's own entry. */
const slotWidth = 2;

/** One field of a message, on its way from JSON to protobuf. */
export class JsonField {
  /** The length of its name in bytes. */
  readonly length: number;
  /** Its name as a key, from one quote to the colon, four bytes in a number; the last four may be bytes of the number before it too. */
  readonly words: Int32Array;
  readonly form: number;
  readonly isList: boolean;
  readonly isMap: boolean;
  /** Writes a value of the form `other`, with its tag; in a map, the tag is that of the entry's value. */
  readonly other: Write;
  /** In protobuf, with its wire type; of a map, that of the entry. */
  readonly tag: number;
  /** The tag of the value: in a map that of the entry's value, else the field's own. */
  readonly valueTag: number;
  /** The bytes that are written if the field is absent. */
  readonly zero: Uint8Array;
  readonly #type: string;
  #plan: JsonPlan | undefined;

  constructor(
    fact: FieldFact,
    /** The field's place among the numbers of its message. */
    readonly slot: number,
  ) {
    const [name, type, number, flags = ''] = fact;
    this.length = name.length;
    this.words = wordsOf(`"${name}":`);
    this.isList = flags.includes('l');
    this.isMap = flags.includes('m');
    this.#type = type;
    this.form = formOf(type);
    const valueNumber = this.isMap ? 2 : number;
    this.other = valueWrite(type, valueNumber);
    this.valueTag = (valueNumber << 3) | wireTypeOf(this.form);
    this.tag = this.isMap ? (number << 3) | 2 : this.valueTag;
    zeros.reset();
    fieldWrite(fact)(zeros, {});
    this.zero = zeros.take();
  }

  /** The plan of the struct that the value is; types contain themselves, so it is made when it is first asked for. */
  get plan(): JsonPlan {
    this.#plan ??= jsonPlan(this.#type);
    return this.#plan;
  }
}

const zeros = new WireWriter();

function formOf(type: string): number {
  const known = formOfType.get(type);
  if (known !== undefined) return known;
  return Array.isArray(typeFact(type)) ? form.struct : form.other;
}

function wireTypeOf(of: number): number {
  return of === form.bool || of === form.integer ? 0 : 2;
}

/** A struct whose fields stand among those of another in JSON, and in a message of their own in protobuf. */
interface Embedded {
  readonly tag: number;
  readonly steps: readonly Step[];
}

/** A step of writing. */
export type Step =
  | { readonly field: JsonField; readonly embedded?: undefined }
  | { readonly field?: undefined; readonly embedded: Embedded };

/** An ASCII text of four bytes or more. */
function wordsOf(text: string): Int32Array {
  const bytes = Buffer.from(text, 'latin1');
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  for (let i = 0; i < words.length; i++) words[i] = bytes.readInt32LE(Math.min(4 * i, bytes.length - 4));
  return words;
}

const hashes = 256;

/** Returns a hash that distinguishes most field names of a type. `first` and `last` are the first and the last of a field's `words`. */
export function nameHash(first: number, last: number, length: number): number {
  return Math.imul(first ^ Math.imul(last, 0x85eb_ca6b) ^ length, 0x9e37_79b1) >>> 24;
}

/** The plan by which the JSON of one type becomes its message. */
export class JsonPlan {
  /** The fields of the JSON form in its order, those of embedded structs among them. */
  readonly fields: JsonField[] = [];
  /** The number of tape entries of an object. */
  width = 0;
  /** By falling field numbers, as messages are written from their end. */
  readonly steps: readonly Step[];
  /** The place of a field in `fields` by the `nameHash` of its name, or -1; of several with one hash, the first. */
  readonly byHash = new Int16Array(hashes).fill(-1);

  constructor(facts: readonly FieldFact[]) {
    this.steps = this.#add(facts);
    for (const [index, { words, length }] of this.fields.entries()) {
      const hash = nameHash(words[0] ?? 0, words.at(-1) ?? 0, length);
      if (this.byHash[hash] === -1) this.byHash[hash] = index;
    }
  }

  #add(facts: readonly FieldFact[]): Step[] {
    const steps: { number: number; step: Step }[] = [];
    for (const fact of facts) {
      const [, type, number, flags = ''] = fact;
      // Kind and apiVersion stand in the envelope.
      if (number === 0) continue;
      if (flags.includes('i')) {
        steps.push({ number, step: { embedded: { tag: (number << 3) | 2, steps: this.#add(structFacts(type)) } } });
        continue;
      }
      const field = new JsonField(fact, this.width);
      this.width += slotWidth;
      this.fields.push(field);
      steps.push({ number, step: { field } });
    }
    return steps.sort((a, b) => b.number - a.number).map(({ step }) => step);
  }
}

const plans = new Map<string, JsonPlan>();

/** The plan of a struct, made when first needed. */
export function jsonPlan(typeName: string): JsonPlan {
  let plan = plans.get(typeName);
  if (plan === undefined) {
    plan = new JsonPlan(structFacts(typeName));
    plans.set(typeName, plan);
  }
  return plan;
}

function structFacts(typeName: string): readonly FieldFact[] {
  const facts = typeFact(typeName);
  if (facts === undefined || typeof facts === 'string') throw new TypeError(`${typeName} is no struct`);
  return facts;
}
