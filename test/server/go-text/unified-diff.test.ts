import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../src/server/go-text/unified-diff.js';

const lines = (count: number, change: (line: number) => string | undefined = () => undefined): string =>
  Array.from({ length: count }, (_, line) => change(line) ?? `line ${line}`).join('\n');

describe('a unified diff', () => {
  it('is empty for texts that are the same', () => {
    expect(unifiedDiff(lines(10), lines(10))).toBe('');
  });

  it('shows three lines around each change, in hunks of their own if they are far apart', () => {
    const after = lines(30, (line) => (line === 4 || line === 24 ? 'changed' : undefined));
    expect(unifiedDiff(lines(30), after)).toBe(
      [
        '@@ -2,7 +2,7 @@',
        ...[' line 1', ' line 2', ' line 3', '-line 4', '+changed', ' line 5', ' line 6', ' line 7'],
        '@@ -22,7 +22,7 @@',
        ...[' line 21', ' line 22', ' line 23', '-line 24', '+changed', ' line 25', ' line 26', ' line 27'],
        '',
      ].join('\n'),
    );
  });

  it('counts from the line before where nothing was', () => {
    expect(unifiedDiff('a', 'b\na')).toBe('@@ -1 +1,2 @@\n+b\n a\n');
  });
});
