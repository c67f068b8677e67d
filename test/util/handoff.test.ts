import { describe, expect, test } from 'vitest';
import { Handoff } from '../../src/util/handoff.js';

describe('a handoff', () => {
  test('lets the producer go on when the consumer asks for the next value', async () => {
    const log: string[] = [];
    const values = new Handoff<number>();
    const producing = (async () => {
      for (const value of [1, 2]) {
        log.push(`put ${value}`);
        await values.put(value);
      }
      values.end();
    })();
    for await (const value of values) {
      log.push(`took ${value}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await producing;
    expect(log).toEqual(['put 1', 'took 1', 'put 2', 'took 2']);
  });

  test('lets the producer go on when the consumer leaves, and drops what it puts then', async () => {
    const values = new Handoff<number>();
    const first = values.put(1);
    for await (const value of values) {
      expect(value).toBe(1);
      break;
    }
    await first;
    await values.put(2);
  });

  test('ends while the consumer waits', async () => {
    const values = new Handoff<number>();
    const next = values[Symbol.asyncIterator]().next();
    values.end();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
