import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyJsonPatch, type JsonObject, PatchError, unknownJsonPatchFields } from '../../src/patch/index.js';
import { json, jsonObject } from './arbitrary.js';

function failure(run: () => unknown): PatchError {
  try {
    run();
  } catch (error) {
    if (error instanceof PatchError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

const one = (object: JsonObject, operation: JsonObject) => applyJsonPatch(object, [operation]);

describe('JSON patch', () => {
  it('does every operation of RFC 6902 on maps and lists', () => {
    const patched = applyJsonPatch({ a: { b: 1 }, list: ['x', 'z'] }, [
      { op: 'add', path: '/list/1', value: 'y' },
      { op: 'add', path: '/list/-', value: 'end' },
      { op: 'replace', path: '/a/b', value: 2 },
      { op: 'copy', from: '/a/b', path: '/c' },
      { op: 'move', from: '/list/0', path: '/first' },
      { op: 'remove', path: '/list/1' },
      { op: 'test', path: '/list', value: ['y', 'end'] },
    ]);
    expect(patched).toEqual({ a: { b: 2 }, c: 2, first: 'x', list: ['y', 'end'] });
  });

  it('moves a large value 10,000 times within a second', () => {
    const large = Array.from({ length: 30_000 }, (_, i) => ({ name: `n${i}` }));
    const moves = Array.from({ length: 10_000 }, (_, i) => ({
      op: 'move',
      from: i % 2 === 0 ? '/a' : '/b',
      path: i % 2 === 0 ? '/b' : '/a',
    }));
    const before = process.cpuUsage();
    expect(applyJsonPatch({ a: large }, moves)).toEqual({ a: large });
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });

  it('refuses values that copies and moves nest too deeply, without a stack overflow', () => {
    const path = '/a'.repeat(400);
    let deep: JsonObject = {};
    for (let i = 0; i < 400; i++) deep = { a: deep };
    const nest = [
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'move', from: '/b', path: `${path}/b` },
    ];
    expect(failure(() => applyJsonPatch(deep, nest)).code).toBe(422);
    const moves = Array.from({ length: 2_000 }, (_, i) => [
      { op: 'add', path: i % 2 === 0 ? '/y' : '/x', value: {} },
      { op: 'move', from: i % 2 === 0 ? '/x' : '/y', path: i % 2 === 0 ? '/y/v' : '/x/v' },
    ]).flat();
    const grow = [{ op: 'add', path: '/x', value: {} }, ...moves];
    expect(failure(() => applyJsonPatch({}, grow)).code).toBe(422);
    expect(failure(() => applyJsonPatch({}, [...grow, { op: 'copy', from: '/x', path: '/z' }])).code).toBe(422);
  });

  it('is lenient where kube-apiserver is: replace and copy of missing keys, add without a value, negative indexes', () => {
    expect(one({ a: {} }, { op: 'replace', path: '/a/none', value: 1 })).toEqual({ a: { none: 1 } });
    expect(one({}, { op: 'copy', from: '/none', path: '/a' })).toEqual({ a: null });
    expect(one({}, { op: 'add', path: '/a' })).toEqual({ a: null });
    expect(one({}, { op: 'test', path: '/none', value: null })).toEqual({});
    expect(one({ l: [1, 2, 3] }, { op: 'remove', path: '/l/-1' })).toEqual({ l: [1, 2] });
    expect(one({ a: 1 }, { op: 'add', path: 'ignored/b', value: 2 })).toEqual({ a: 1, b: 2 });
    expect(applyJsonPatch({ a: 1 }, null)).toEqual({ a: 1 });
  });

  it('reads ~1 as a slash and ~0 as a tilde', () => {
    expect(one({ 'x/y~1': 1 }, { op: 'remove', path: '/x~1y~01' })).toEqual({});
  });

  it('answers 422 with the general message to what does not fit', () => {
    for (const operation of [
      { op: 'remove', path: '/none' },
      { op: 'replace', path: '/l/9', value: 1 },
      { op: 'add', path: '/l/9', value: 1 },
      { op: 'add', path: '/x/y/z', value: 1 },
      { op: 'add', path: 'data', value: 1 },
      { op: 'test', path: '/a', value: 2 },
      { op: 'bogus', path: '/a' },
      { path: '/a', value: 1 },
      { op: 'add', value: 1 },
      { op: 'add', path: '/l/one', value: 1 },
      { op: 'replace', path: '', value: 'scalar' },
    ]) {
      const error = failure(() => one({ a: 1, l: [] }, operation));
      expect(error).toMatchObject({ code: 422, reason: 'Invalid' });
      expect(error.message).toBe('the server rejected our request due to an error in our request');
    }
  });

  it('answers 400 to what is no list of operations, and 413 to more than 10,000', () => {
    expect(failure(() => applyJsonPatch({}, {}))).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(failure(() => applyJsonPatch({}, ['add']))).toMatchObject({ code: 400 });
    expect(failure(() => applyJsonPatch({}, [{ op: 1, path: '/a' }])).message).toBe(
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
    );
    const many = Array.from({ length: 10_001 }, () => ({ op: 'add', path: '/a', value: 1 }));
    expect(failure(() => applyJsonPatch({}, many))).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
  });

  it('stops copies that multiply, in size or in depth', () => {
    const doubling = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
    expect(failure(() => applyJsonPatch({ a: ['x'.repeat(100)] }, doubling)).code).toBe(422);
    const deepening = Array.from({ length: 600 }, () => ({ op: 'copy', from: '/a', path: '/a/a' }));
    expect(failure(() => applyJsonPatch({ a: { b: 1 } }, deepening)).code).toBe(422);
  });

  it('never reaches a prototype', () => {
    const patched = one({}, { op: 'add', path: '/__proto__', value: { polluted: true } }) as JsonObject;
    expect(Object.keys(patched)).toEqual(['__proto__']);
    expect(({} as JsonObject).polluted).toBeUndefined();
    expect(failure(() => one({}, { op: 'add', path: '/__proto__/polluted', value: 1 })).code).toBe(422);
    expect(failure(() => one({}, { op: 'add', path: '/constructor/prototype/x', value: 1 })).code).toBe(422);
    expect(failure(() => one({}, { op: 'remove', path: '/toString' })).code).toBe(422);
  });

  it('names the fields of operations that it does not know', () => {
    expect(
      unknownJsonPatchFields([
        { op: 'add', path: '/a' },
        { op: 'add', path: '/b', extra: 1 },
      ]),
    ).toEqual(['json patch unknown field "[1].extra"']);
  });

  it('agrees with a model that rebuilds the document along the path', () => {
    const tokens = fc.array(fc.constantFrom('a', 'b', 'c', 'web', '__proto__', '0', '1', '-', '-1'), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(jsonObject, fc.constantFrom('add', 'remove', 'replace'), tokens, json, (object, op, path, value) => {
        const before = JSON.stringify(object);
        const expected = model(object, path, op, value);
        const run = () => one(object, { op, path: `/${path.join('/')}`, value });
        if (expected === undefined) expect(failure(run).code).toBe(422);
        else expect(run()).toEqual(expected);
        expect(JSON.stringify(object)).toBe(before);
      }),
    );
  });
});

/** The document after one operation, built anew; undefined where it fails. */
function model(at: unknown, path: readonly string[], op: string, value: unknown): unknown {
  const [token = '', ...rest] = path;
  if (Array.isArray(at)) {
    const length = op === 'add' && rest.length === 0 ? at.length + 1 : at.length;
    const index = token === '-' && op === 'add' && rest.length === 0 ? at.length : Number(token);
    const place = index < 0 ? index + length : index;
    if (!/^-?\d+$/.test(token) && token !== '-') return undefined;
    if (!Number.isInteger(place) || place < 0 || place >= length) return undefined;
    if (rest.length === 0 && op === 'add') return [...at.slice(0, place), value, ...at.slice(place)];
    if (rest.length === 0 && op === 'remove') return at.filter((_, other) => other !== place);
    const child = rest.length === 0 ? value : model(at[place], rest, op, value);
    return child === undefined ? undefined : at.map((item, other) => (other === place ? child : item));
  }
  if (typeof at !== 'object' || at === null) return undefined;
  const entries = new Map(Object.entries(at));
  if (rest.length > 0) {
    const child = model(entries.get(token), rest, op, value);
    if (child === undefined) return undefined;
    entries.set(token, child);
  } else if (op !== 'remove') entries.set(token, value);
  else if (!entries.delete(token)) return undefined;
  return Object.fromEntries(entries);
}
