import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSet } from '../../../src/patch/apply/field-set.js';
import { decodeFieldsV1, encodeFieldsV1 } from '../../../src/patch/apply/fields-v1.js';
import {
  compareElements,
  fieldElement,
  indexElement,
  keyElement,
  showPath,
  valueElement,
} from '../../../src/patch/apply/path-element.js';

const scalar = fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: -2, max: 2 }), fc.boolean());
const element = fc.oneof(
  fc.constantFrom('a', 'b', 'x.io/y', '__proto__', '').map(fieldElement),
  fc.dictionary(fc.constantFrom('name', 'port'), scalar, { minKeys: 1 }).map(keyElement),
  scalar.map(valueElement),
  fc.nat(3).map(indexElement),
);
const fieldSet = fc
  .array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 })
  .map((paths) => FieldSet.of(...paths));

describe('fieldsV1', () => {
  it('writes fields, keys, values and indexes as kube-apiserver does, in its order', () => {
    const set = FieldSet.of(
      ['f:spec', 'f:ports', keyElement({ protocol: 'TCP', port: 80 })],
      ['f:spec', 'f:ports', keyElement({ protocol: 'TCP', port: 80 }), 'f:port'],
      ['f:spec', 'f:args', 'i:10'],
      ['f:spec', 'f:args', 'i:9'],
      ['f:metadata', 'f:finalizers', valueElement('x.io/<a>')],
      ['f:metadata', 'f:finalizers'],
    );
    expect(JSON.stringify(encodeFieldsV1(set))).toBe(
      '{"f:metadata":{"f:finalizers":{".":{},"v:\\"x.io/\\\\u003ca\\\\u003e\\"":{}}},' +
        '"f:spec":{"f:args":{"i:9":{},"i:10":{}},"f:ports":{"k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:port":{}}}}}',
    );
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fieldSet, (set) => {
        const fields = encodeFieldsV1(set);
        const again = decodeFieldsV1(JSON.parse(JSON.stringify(fields)));
        expect(again.equals(set)).toBe(true);
        expect(JSON.stringify(encodeFieldsV1(again))).toBe(JSON.stringify(fields));
      }),
    );
  });

  it('reads keys in any order and spelling, and ignores kinds of elements it does not know', () => {
    const set = decodeFieldsV1({ 'k:{"protocol": "TCP", "port":80}': {}, 'z:future': { 'f:a': {} } });
    expect([...set.paths()]).toEqual([['k:{"port":80,"protocol":"TCP"}']]);
  });

  it('refuses what is no tree of paths, and what is too deep', () => {
    for (const fields of [1, [], { f: {} }, { 'k:nonsense': {} }, { 'i:x': {} }, { 'f:a': 1 }]) {
      expect(() => decodeFieldsV1(fields)).toThrow(SyntaxError);
    }
    let deep = {};
    for (let level = 0; level < 5_000; level++) deep = { 'f:a': deep };
    expect(() => decodeFieldsV1(deep)).toThrow(SyntaxError);
  });
});

describe('a field set', () => {
  it('obeys the laws of sets', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        expect(a.union(b).equals(b.union(a))).toBe(true);
        expect(a.intersection(b).equals(a.difference(a.difference(b)))).toBe(true);
        expect(a.difference(b).union(a.intersection(b)).equals(a)).toBe(true);
        expect(a.difference(b).intersection(b).isEmpty).toBe(true);
        for (const path of a.paths()) expect(a.union(b).has(path) && a.has(path)).toBe(true);
      }),
    );
  });

  it('cuts whole subtrees', () => {
    const set = FieldSet.of(['f:status', 'f:a'], ['f:status'], ['f:spec', 'f:b'], ['f:spec', 'k:{"name":"x"}', 'f:c']);
    expect([...set.recursiveDifference(FieldSet.of(['f:status'])).paths()]).toEqual([
      ['f:spec', 'f:b'],
      ['f:spec', 'k:{"name":"x"}', 'f:c'],
    ]);
  });

  it('shows paths as messages do', () => {
    expect(showPath(['f:spec', keyElement({ name: 'a', port: 8 }), valueElement('v'), 'i:0'])).toBe(
      '.spec[name="a",port=8][="v"][0]',
    );
  });

  it('has one order of elements, whatever they are', () => {
    fc.assert(
      fc.property(element, element, element, (a, b, c) => {
        expect(Math.sign(compareElements(a, b))).toBe(-Math.sign(compareElements(b, a)) + 0);
        if (compareElements(a, b) <= 0 && compareElements(b, c) <= 0)
          expect(compareElements(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
