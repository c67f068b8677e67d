import { describe, expect, it } from 'vitest';
import { isLinearizable } from './checker.js';
import { type Input, type ObjectCall, type Output, objectModel } from './object-model.js';

const call = (start: number, end: number, input: Input, output?: Output): ObjectCall => ({
  input,
  output,
  start,
  end: output === undefined ? Number.POSITIVE_INFINITY : end,
});
const create = (text: string): Input => ({ kind: 'create', text });
const update = (text: string, version: string): Input => ({ kind: 'update', text, version });
const shows = (version: string, text: string, status = 200): Output => ({ status, version, text });
const [get, remove, absent]: [Input, Input, Output] = [{ kind: 'get' }, { kind: 'delete' }, { status: 404 }];
const made = call(1, 2, create('a'), shows('1', 'a', 201));
const check = (...calls: ObjectCall[]) => isLinearizable(calls, objectModel);

describe('the checker of histories', () => {
  it('accepts every order that the times of concurrent calls allow', () => {
    expect(check(made, call(3, 8, update('b', '1'), shows('2', 'b')), call(4, 5, get, shows('1', 'a')))).toBe(true);
    expect(check(made, call(3, 8, update('b', '1'), shows('2', 'b')), call(4, 5, get, shows('2', 'b')))).toBe(true);
    expect(check(made, call(3, 8, remove, { status: 200 }), call(4, 9, update('b', '1'), absent))).toBe(true);
  });

  it('accepts a write without an answer that took effect, early or late, and one that never did', () => {
    const unknown = call(3, 0, update('b', '1'));
    expect(check(made, unknown, call(4, 5, get, shows('1', 'a')), call(6, 7, get, shows('2', 'b')))).toBe(true);
    expect(check(made, unknown, call(4, 5, get, shows('1', 'a')))).toBe(true);
    const conflict = call(4, 5, update('c', '1'), { status: 409 });
    expect(check(made, unknown, conflict, call(6, 7, get, shows('2', 'b')))).toBe(true);
  });

  it.each<[string, ObjectCall[]]>([
    ['a read of an old state', [made, call(3, 4, update('b', '1'), shows('2', 'b')), call(5, 6, get, shows('1', 'a'))]],
    [
      'a lost write',
      [made, call(3, 4, update('b', '1'), shows('2', 'b')), call(5, 6, update('c', '1'), shows('3', 'c'))],
    ],
    ['two creations', [made, call(1, 2, create('b'), shows('2', 'b', 201))]],
    ['a state that nobody wrote', [made, call(3, 4, get, shows('1', 'z'))]],
    [
      'a state that comes and goes',
      [made, call(3, 0, update('b', '1')), call(4, 5, get, shows('2', 'b')), call(6, 7, get, shows('1', 'a'))],
    ],
    [
      'an object that comes back after its deletion',
      [made, call(3, 4, remove, { status: 200 }), call(5, 6, get, shows('1', 'a'))],
    ],
    ['a conflict without another write', [made, call(3, 4, update('b', '1'), { status: 409 })]],
    ['an absent object that nobody deleted', [made, call(3, 4, get, absent)]],
    [
      'one version with two texts',
      [made, call(3, 0, update('b', '1')), call(4, 5, get, shows('1', 'b'))].concat(call(6, 7, get, shows('2', 'b'))),
    ],
  ])('finds %s', (_, calls) => {
    expect(check(...calls)).toBe(false);
  });
});
