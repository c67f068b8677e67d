import { describe, expect, it } from 'vitest';
import { finish, finishInTurns, type Steps } from '../../src/util/steps.js';

function* count(to: number, seen: number[]): Steps<string> {
  for (let step = 1; step <= to; step++) {
    seen.push(step);
    yield;
  }
  return 'done';
}

describe('steps', () => {
  it('run at once, or each in a turn of its own', async () => {
    const seen: number[] = [];
    expect(finish(count(3, seen))).toBe('done');
    expect(seen).toEqual([1, 2, 3]);
    const between: number[] = [];
    const result = finishInTurns(count(3, between));
    setImmediate(() => between.push(0));
    expect(await result).toBe('done');
    expect(between).toEqual([1, 0, 2, 3]);
  });

  it('pass on what a step throws', async () => {
    function* failing(): Steps<void> {
      yield;
      throw new Error('second step');
    }
    expect(() => finish(failing())).toThrow('second step');
    await expect(finishInTurns(failing())).rejects.toThrow('second step');
  });
});
