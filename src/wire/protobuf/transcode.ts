import type { Buffer } from 'node:buffer';
import { revisionOf } from '../revision.js';
import { form, type JsonField, type JsonPlan, jsonPlan, type Step } from './json-plan.js';
import { JsonTape, UnusualJson } from './json-tape.js';
import { secondsAt, zeroSeconds } from './time-text.js';
import { WireWriter } from './wire-writer.js';

// Encoding never gives way to other code, so one of each serves all. The tape comes with the first transcoder: it takes machine code.
let tape: JsonTape;
const writer = new WireWriter();

/**
 * Puts objects of one type from JSON into protobuf, to the same bytes as `encodeMessage`, without making objects of them: several times as
 * fast as reading and encoding them. What it takes is what `JSON.stringify` wrote.
 */
export class Transcoder {
  readonly #plan: JsonPlan;

  /** `typeName` is as the facts have it, such as `core/v1.Pod`. */
  constructor(typeName: string) {
    tape ??= new JsonTape();
    this.#plan = jsonPlan(typeName);
  }

  /**
   * Encodes the object whose JSON begins with `head`, which is ASCII, and goes on with the bytes of `rest` from `from` on; returns how many
   * bytes it takes. Throws an `UnusualJson` where it is not written as usual or very large: making an object of it and encoding that says
   * what is wrong, or does it.
   */
  encode(head: string, rest: Uint8Array, from = 0): number {
    const base = tape.read(this.#plan, head, rest, from);
    writer.reset();
    writeSteps(this.#plan.steps, base);
    return writer.length;
  }

  /** Copies what was encoded last, by whichever transcoder, to `target` at `at`, where there must be room for it. */
  copyTo(target: Buffer, at: number): void {
    writer.copyTo(target, at);
  }

  /** A copy of what was encoded last. */
  take(): Uint8Array {
    return writer.take();
  }
}

function writeSteps(steps: readonly Step[], base: number): void {
  for (let i = 0; i < steps.length; i++) {
    const { field, embedded } = steps[i] as Step;
    if (embedded !== undefined) {
      const before = writer.length;
      writeSteps(embedded.steps, base);
      writer.varint(writer.length - before);
      writer.varint(embedded.tag);
    } else {
      const slot = base + field.slot;
      if (tape.numbers[slot] !== 0) writeField(field, slot);
      else if (field.zero.length > 0) writer.bytes(field.zero);
    }
  }
}

function writeField(field: JsonField, slot: number): void {
  if (field.isMap) writeEntries(field, tape.numbers[slot] ?? 0);
  else if (field.isList) {
    const { numbers } = tape;
    for (let item = numbers[slot] ?? 0; item !== 0; item = numbers[item + 2] ?? 0) writeValue(field, item);
  } else writeValue(field, slot);
}

function writeEntries(field: JsonField, last: number): void {
  const { bytes, numbers } = tape;
  for (let entry = last; entry !== 0; entry = numbers[entry + 2] ?? 0) {
    const before = writer.length;
    writeValue(field, entry);
    const start = numbers[entry + 3] ?? 0;
    const end = numbers[entry + 4] ?? 0;
    writer.copy(bytes, start, end);
    writer.varint(end - start);
    writer.byte(0x0a);
    writer.varint(writer.length - before);
    writer.varint(field.tag);
  }
}

/** Writes the value whose place on the tape is `at`, with its tag. */
function writeValue(field: JsonField, at: number): void {
  const { bytes } = tape;
  const start = tape.numbers[at] ?? 0;
  const end = tape.numbers[at + 1] ?? 0;
  switch (field.form) {
    case form.text:
      writeText(bytes, start, end);
      break;
    case form.struct: {
      const before = writer.length;
      writeSteps(field.plan.steps, start);
      writer.varint(writer.length - before);
      break;
    }
    case form.bool:
      writer.byte(truth(bytes, start, end));
      break;
    case form.integer: {
      const value = smallInteger(bytes, start, end);
      if (value < 0) {
        writeOther(field, start, end);
        return;
      }
      writer.varint(value);
      break;
    }
    case form.quantity: {
      const before = writer.length;
      writeText(bytes, start, end);
      writer.byte(0x0a);
      writer.varint(writer.length - before);
      break;
    }
    case form.intOrString: {
      const isText = bytes[start - 1] === 0x22;
      const value = isText ? 0 : smallInteger(bytes, start, end);
      if (value < 0) {
        writeOther(field, start, end);
        return;
      }
      writeIntOrString(value, isText, start, end);
      break;
    }
    case form.raw: {
      const before = writer.length;
      writer.copy(bytes, start, end);
      writer.varint(end - start);
      writer.byte(0x0a);
      writer.varint(writer.length - before);
      break;
    }
    case form.time: {
      const seconds = secondsAt(bytes, start, end);
      if (seconds !== undefined) {
        writeSeconds(seconds);
        break;
      }
      writeOther(field, start - 1, Math.abs(end) + 1);
      return;
    }
    case form.base64: {
      const before = writer.length;
      if (end < 0) throw new UnusualJson();
      writer.base64(bytes.toString('latin1', start, end));
      writer.varint(writer.length - before);
      break;
    }
    default:
      writeOther(field, start, end);
      return;
  }
  writer.varint(field.valueTag);
}

/** Writes the value that the JSON at `[start, end)` is by way of an object. */
function writeOther(field: JsonField, start: number, end: number): void {
  field.other(writer, JSON.parse(tape.bytes.toString('utf8', start, end)));
}

/** The text at `[start, end)`, or a number. */
function writeIntOrString(value: number, isText: boolean, start: number, end: number): void {
  const before = writer.length;
  if (isText) writeText(tape.bytes, start, end);
  else writer.byte(0);
  writer.byte(0x1a);
  writer.varint(value);
  writer.byte(0x10);
  writer.byte(isText ? 1 : 0);
  writer.byte(0x08);
  writer.varint(writer.length - before);
}

/** A time and its length: the zero time is an empty message. */
function writeSeconds(seconds: number): void {
  const before = writer.length;
  if (seconds !== zeroSeconds) {
    writer.byte(0);
    writer.byte(0x10);
    writer.int64(seconds);
    writer.byte(0x08);
  }
  writer.varint(writer.length - before);
}

/** A string and its length; `end` is negative where it has escapes. */
function writeText(bytes: Buffer, start: number, end: number): void {
  if (end >= 0) {
    writer.copy(bytes, start, end);
    writer.varint(end - start);
    return;
  }
  const before = writer.length;
  writer.text(String(JSON.parse(bytes.toString('utf8', start - 1, 1 - end))));
  writer.varint(writer.length - before);
}

function truth(bytes: Buffer, start: number, end: number): number {
  if (end - start === 4 && bytes[start] === 0x74) return 1;
  if (end - start === 5 && bytes[start] === 0x66) return 0;
  throw new UnusualJson();
}

/** An integer of a few digits, as nearly all are; -1 for what is none. More of them are beyond what a varint is written from here. */
function smallInteger(bytes: Buffer, start: number, end: number): number {
  return end - start > 9 ? -1 : revisionOf(bytes, start, end);
}
