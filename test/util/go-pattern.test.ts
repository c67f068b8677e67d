import { describe, expect, it } from 'vitest';
import { goPattern, matchesPattern } from '../../src/util/go-pattern.js';

describe('patterns of definitions', () => {
  // As https://pkg.go.dev/regexp/syntax says, not as JavaScript reads them.
  it.each([
    ['^[^\\n\\x{2028}]$', 'x', true],
    ['^[^\\n\\x{2028}]$', '\u2028', false],
    ['^.$', '\u2028', true],
    ['^.$', '\n', false],
    ['(?s)^.$', '\n', true],
    ['^\\s$', '\u00a0', false],
    ['^\\s$', '\v', false],
    ['^[\\S]$', '\u00a0', true],
    ['^.$', '😀', true],
    ['(?i)^k$', '\u212a', true],
    ['^{$', '{', true],
    ['^a{,2}$', 'a{,2}', true],
    ['^[[:alpha:]_]+$', 'a_Z', true],
    ['^[[:^digit:]]$', '7', false],
    ['^[]a]+$', ']a', true],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['^\\Qa.b\\E$', 'axb', false],
    ['^(?P<n>a)(?<m>b)$', 'ab', true],
    ['(?m)^b$', 'a\nb', true],
    ['^b$', 'a\nb', false],
    ['^\\pL\\p{Greek}$', 'aα', true],
    ['\\Aa\\z', 'a', true],
    ['^\\101$', 'A', true],
  ])('%s on %j: %s', (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  it.each([
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(a)\\1',
    '\\k<n>',
    'a**',
    '*a',
    'a{1001}',
    '\\q',
    '[a',
    '(a',
    '\\Z',
    '[[:nonsense:]]',
  ])('%s is none', (pattern) => {
    expect(goPattern(pattern)).toBeUndefined();
  });
});
