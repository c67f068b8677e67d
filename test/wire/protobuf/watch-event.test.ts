import { expect, test } from 'vitest';
import { protobufCodec } from '../../../src/wire/protobuf/index.js';

const text = (value: string) => [value.length, ...Buffer.from(value)];
const json = '{"apiVersion":"example.com/v1","kind":"CustomType","spec":{"replicas":1}}';

/** As Kubernetes encodes one: an envelope whose kind is empty. */
const bytes = Buffer.from([
  ...Buffer.from('k8s\0'),
  ...[0x0a, 0x04, 0x0a, 0x00, 0x12, 0x00],
  ...[0x12, 4 + 9 + 2 + json.length],
  ...[0x0a, ...text('typeValue')],
  ...[0x12, 2 + json.length, 0x0a, ...text(json)],
  ...[0x1a, 0x00, 0x22, 0x00],
]);
const event = { type: 'typeValue', object: JSON.parse(json) };

test('a WatchEvent, which alone does not say its kind, is read and written as Kubernetes does', () => {
  expect(protobufCodec.decode(bytes)).toEqual(event);
  expect(Buffer.from(protobufCodec.encode(event))).toEqual(bytes);
});

test('an event without a type and an object is read as one that is empty', () => {
  const empty = Buffer.from([...Buffer.from('k8s\0'), 0x0a, 0x04, 0x0a, 0x00, 0x12, 0x00, 0x12, 0x00]);
  expect(protobufCodec.decode(empty)).toEqual({ type: '', object: null });
});
