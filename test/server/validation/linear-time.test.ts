import { describe, expect, it } from 'vitest';
import { parseQuantity } from '../../../src/meta/index.js';
import { parseJsonPath } from '../../../src/server/custom/json-path.js';
import { blocksOf } from '../../../src/server/kinds/core/key-pairs.js';
import { fieldRefProblems } from '../../../src/server/kinds/core/pods/env.js';

/** Runs a function. Fails the test if it takes more than a second of processor time. */
function quickly<T>(run: () => T): T {
  const before = process.cpuUsage();
  const result = run();
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  return result;
}

describe('untrusted strings are read in linear time', () => {
  it('PEM blocks that never end', () => {
    const begins = Array.from({ length: 40_000 }, (_, i) => `-----BEGIN A${i}-----`).join('\n');
    expect(quickly(() => blocksOf(begins))).toEqual([]);
    expect(quickly(() => blocksOf('-----BEGIN A-----'.repeat(60_000)))).toEqual([]);
  });

  it('PEM blocks inside and beside each other', () => {
    const block = (label: string, inner = '') => `-----BEGIN ${label}-----\n${inner}\n-----END ${label}-----\n`;
    expect(blocksOf(block('A') + block('B C'))).toEqual(['A', 'B C']);
    expect(blocksOf(block('A', block('B')))).toEqual(['A']);
    expect(blocksOf(`-----BEGIN A-----\n${block('B')}`)).toEqual(['B']);
    expect(blocksOf('no block')).toEqual([]);
  });

  it('quantities', () => {
    const texts = Array.from({ length: 300 }, (_, i) => `${'0'.repeat(1_000)}${i}!`);
    quickly(() => {
      for (const text of texts) expect(() => parseQuantity(text)).toThrow('quantities must match');
    });
  });

  it('paths of fields', () => {
    expect(
      quickly(() => fieldRefProblems({ apiVersion: 'v1', fieldPath: `${"['".repeat(200_000)}x` }, 'p', [])),
    ).toHaveLength(1);
    expect(fieldRefProblems({ apiVersion: 'v1', fieldPath: "metadata.labels['a']" }, 'p', [])).toEqual([]);
  });

  it('filters of JSON paths', () => {
    quickly(() => parseJsonPath(`.a[?(@${' '.repeat(50_000)}x${' '.repeat(50_000)}!)]`));
    const read = parseJsonPath('.a[?( @.b == "x" )].c');
    expect(
      read?.({
        a: [
          { b: 'y', c: 1 },
          { b: 'x', c: 2 },
        ],
      }),
    ).toEqual([2]);
  });
});
