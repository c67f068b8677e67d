import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../../src/wire/codec.js';
import { decodeMessage, decodeObject } from '../../../src/wire/protobuf/decode.js';
import { encodeMessage, encodeObject } from '../../../src/wire/protobuf/encode.js';

const text = (value: string) => [...Buffer.from(value)];
const field = (number: number, bytes: number[]) => [(number << 3) | 2, bytes.length, ...bytes];
const decode = (type: string, bytes: number[]) => decodeMessage(Uint8Array.from(bytes), 0, bytes.length, type);

function faultOf(act: () => unknown): MalformedError {
  try {
    act();
  } catch (error) {
    if (error instanceof MalformedError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('decodeMessage', () => {
  it('shows what JSON shows of fields that did not come', () => {
    expect(decode('core/v1.ConfigMap', [])).toEqual({ metadata: {} });
    expect(decode('core/v1.PodSpec', [])).toEqual({ containers: null });
    expect(decode('core/v1.ContainerPort', [])).toEqual({ containerPort: 0 });
    expect(decode('core/v1.PodList', [])).toEqual({ metadata: {}, items: [] });
    expect(decode('apis/meta/v1.Condition', [])).toEqual({
      type: '',
      status: '',
      lastTransitionTime: null,
      reason: '',
      message: '',
    });
  });

  it('takes fields in any order, the last of those that come twice, and passes over unknown ones', () => {
    const bytes = [
      ...field(2, text('IfNotPresent')),
      ...[0xf8, 0x7f, 0x96, 0x01], // 2047: varint
      ...[0xf9, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0xfd, 0x7f, 1, 2, 3, 4],
      ...[0xfb, 0x7f, 0x08, 0x01, 0x0b, 0x0c, 0xfc, 0x7f], // groups, one in the other
      ...field(1, text('first')),
      ...field(1, text('last')),
    ];
    expect(JSON.stringify(decode('core/v1.LocalObjectReference', bytes))).toBe('{"name":"last"}');
    const env = [...field(2, text('v')), ...field(1, text('n'))];
    expect(JSON.stringify(decode('core/v1.EnvVar', env))).toBe('{"name":"n","value":"v"}');
  });

  it('sorts the keys of maps as Go does, and takes any key for data', () => {
    const pair = (key: string) => field(2, [...field(1, text(key)), ...field(2, text(`${key}!`))]);
    const keys = ['b', '\u{1f600}', '__proto__', '\uff5e', 'a', 'constructor'];
    const map = decode('core/v1.ConfigMap', keys.flatMap(pair)) as { data: Record<string, string> };
    expect(Object.keys(map.data)).toEqual(['__proto__', 'a', 'b', 'constructor', '\uff5e', '\u{1f600}']);
    expect(Object.getPrototypeOf(map.data)).toBe(Object.prototype);
  });

  it('reads integers as JSON.parse reads their digits', () => {
    const generation = (value: bigint) => {
      const bytes: number[] = [];
      for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
        if (rest < 0x80n) return decode('apis/meta/v1.ObjectMeta', [0x38, ...bytes, Number(rest)]);
        bytes.push(Number(rest & 0x7fn) | 0x80);
      }
    };
    for (const value of [1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 53n) - 3n, 9007199254740995n]) {
      expect(generation(value)).toEqual({ generation: JSON.parse(String(value)) });
    }
  });

  it('makes U+FFFD of every byte that is no UTF-8, as Go does in JSON', () => {
    const bytes = [0x61, 0xff, 0xe2, 0x82, 0x62, 0xed, 0xa0, 0x80, 0xe2, 0x82, 0xac];
    expect(decode('core/v1.LocalObjectReference', field(1, bytes))).toEqual({
      name: 'a\ufffd\ufffd\ufffdb\ufffd\ufffd\ufffd\u20ac',
    });
  });

  it.each([
    ['plain', 'echo "step one"\n'],
    ['with accents', 'déjà vu'],
    ['with everything', '\ufeffé€日本😀\u0000'],
  ])('reads a text as it is, however long: %s', (_, part) => {
    for (const length of [1, 20, 100, 1000, 100_000]) {
      const name = part.repeat(Math.ceil(length / part.length));
      const type = 'core/v1.LocalObjectReference';
      const bytes = encodeMessage({ name }, type);
      expect(decodeMessage(bytes, 0, bytes.length, type)).toEqual({ name });
    }
  });

  it.each([
    ['a length beyond its message', [0x0a, 0x05, 0x61], 1],
    ['a huge length', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x61], 1],
    ['a length of 64 bits', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 1],
    ['a number that does not end', [0x38, 0x80, 0x80], 3],
    ['a number of eleven bytes', [0x38, ...Array<number>(11).fill(0x80), 0], 11],
    ['a field without number', [0x02, 0x00], 0],
    ['another wire type than the field has', [0x08, 0x01], 1],
    ['an unknown wire type', [0xfe, 0x7f], 2],
    ['the end of a group that did not begin', [0xfc, 0x7f], 2],
    ['a group that ends as another', [0xfb, 0x7f, 0xf4, 0x7f], 4],
  ])('tells where it breaks: %s', (_what, bytes, offset) => {
    expect(faultOf(() => decode('apis/meta/v1.ObjectMeta', bytes)).offset).toBe(offset);
  });

  it('bounds nesting, of messages and of groups', () => {
    // Field 28 is `not`.
    let props: number[] = [];
    for (let depth = 0; depth < 60; depth++) props = [0xe2, 0x01, ...varint(props.length), ...props];
    expect(JSON.stringify(decode('apiextensions/v1.JSONSchemaProps', props))).toBe(
      `${'{"not":'.repeat(60)}{}${'}'.repeat(60)}`,
    );
    for (let depth = 0; depth < 600; depth++) props = [0xe2, 0x01, ...varint(props.length), ...props];
    expect(faultOf(() => decode('apiextensions/v1.JSONSchemaProps', props)).message).toMatch(/nest deeper than 500/);
    const groups = Array.from({ length: 5_000 }, () => [0xfb, 0x7f]).flat();
    expect(faultOf(() => decode('core/v1.ConfigMap', groups)).message).toMatch(/nest deeper than 500/);
  });
});

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

describe('decodeObject', () => {
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { k: 'v' } };

  it('takes an object without kind for what is expected', () => {
    const message = encodeMessage(object, 'core/v1.ConfigMap');
    const bytes = Buffer.concat([Buffer.from('k8s\0'), Uint8Array.of(0x12, message.length), message]);
    expect(decodeObject(bytes, { apiVersion: 'v1', kind: 'ConfigMap' })).toEqual(object);
    expect(() => decodeObject(bytes)).toThrow(MalformedError);
  });

  it('refuses what is no object, and kinds it has no facts of', () => {
    expect(faultOf(() => decodeObject(Buffer.from('{"kind":"Pod"}'))).offset).toBe(0);
    expect(faultOf(() => decodeObject(new Uint8Array())).offset).toBe(0);
    const bytes = Buffer.from(encodeObject(object));
    bytes.write('ConfigNap', bytes.indexOf('ConfigMap'));
    expect(faultOf(() => decodeObject(bytes)).message).toContain('ConfigNap');
  });

  it('reads objects inside objects, in JSON or in protobuf', () => {
    const raw = { kind: 'List', apiVersion: 'v1', metadata: {}, items: [object, { any: ['thing', null, 1.5] }] };
    expect(decodeObject(encodeObject(raw))).toEqual(raw);
    const inner = [...encodeObject(object)];
    const list = field(2, [0x0a, ...varint(inner.length), ...inner]);
    expect(decode('core/v1.List', list)).toEqual({ metadata: {}, items: [object] });
  });
});
