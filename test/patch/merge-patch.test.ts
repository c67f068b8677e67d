import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMergePatch, createMergePatch, type JsonObject, PatchError } from '../../src/patch/index.js';
import { jsonObject } from './arbitrary.js';

describe('JSON merge patch', () => {
  it('merges maps, replaces lists and removes with null', () => {
    const object = { a: { x: 1, y: 2 }, l: [1, 2], s: 's' };
    expect(applyMergePatch(object, { a: { x: null, z: 3 }, l: [3], n: { deep: 1 }, gone: null })).toEqual({
      a: { y: 2, z: 3 },
      l: [3],
      s: 's',
      n: { deep: 1 },
    });
  });

  it('replaces a scalar by a map without its nulls, and a map by a scalar', () => {
    expect(applyMergePatch({ a: 1 }, { a: { b: null, c: { d: null } } })).toEqual({ a: { c: {} } });
    expect(applyMergePatch({ a: { b: 1 } }, { a: 'x' })).toEqual({ a: 'x' });
  });

  it('keeps nulls in lists and drops them from the maps in lists, as kube-apiserver does', () => {
    expect(applyMergePatch({}, { l: [null, { a: null, b: 1 }] })).toEqual({ l: [null, { b: 1 }] });
  });

  it('refuses what is no object, and what is too deep', () => {
    for (const patch of [[], 'x', null, 1]) expect(() => applyMergePatch({}, patch)).toThrow(PatchError);
    let deep: JsonObject = {};
    for (let level = 0; level < 5_000; level++) deep = { deep };
    expect(() => applyMergePatch({}, deep)).toThrow(PatchError);
  });

  it('treats __proto__ as a field like any other', () => {
    const patched = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(patched)).toEqual(['__proto__']);
    expect(({} as JsonObject).polluted).toBeUndefined();
  });

  it('turns any object into any other by the patch made for it, unless that would need a null', () => {
    fc.assert(
      fc.property(jsonObject, jsonObject, (from, to) => {
        const before = JSON.stringify([from, to]);
        const patch = createMergePatch(from, to);
        if (patch === undefined) expect(JSON.stringify(to)).toContain('null');
        else expect(applyMergePatch(from, patch)).toEqual(to);
        expect(JSON.stringify([from, to])).toBe(before);
      }),
    );
  });

  it('makes an empty patch for equal objects', () => {
    fc.assert(
      fc.property(jsonObject, (object) => {
        expect(createMergePatch(object, structuredClone(object))).toEqual({});
      }),
    );
  });
});
