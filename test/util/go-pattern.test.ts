import { describe, expect, it } from 'vitest';
import { GoPattern, goPatternFault, matchesPattern } from '../../src/util/go-pattern.js';

describe('a Go pattern', () => {
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
    ['a\\z', 'a\n', false],
    ['a$', 'a\n', false],
    ['(?i:A)b', 'aB', false],
    ['x(?i)a(?-i)b', 'xAb', true],
    ['^\\pN+$', '4Ⅷ½', true],
    ['^\\PN$', '4', false],
    ['^[\\pL\\d]+$', 'é1', true],
    ['\\bé', ' é', false],
    ['(?U)^a+$', 'aa', true],
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
    '(?P<n>a)(?P<n>b)',
    '((a{100}){100}){100}',
    '(?#note)',
    '\\u0041',
    '\\p{Letter}',
  ])('%s is none', (pattern) => {
    expect(goPatternFault(pattern)).toMatch(/^error parsing regexp: /);
  });

  it.each([
    ['*a', 'error parsing regexp: missing argument to repetition operator: `*`'],
    ['(a', 'error parsing regexp: missing closing ): `(a`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
  ])('says why %s is not valid, as Go does', (pattern, message) => {
    expect(goPatternFault(pattern)).toBe(message);
  });

  // JavaScript needs more than 2^1000 steps for each of these.
  it.each([
    ['^(a+)+$', `${'a'.repeat(20_000)}!`],
    ['^(a|a)*$', `${'a'.repeat(20_000)}b`],
    ['(x+x+)+y', 'x'.repeat(20_000)],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(20_000)],
    ['^(a?){200}(a){200}$', 'a'.repeat(199)],
    ['(.*)*=(.*);', 'a'.repeat(20_000)],
  ])('runs %s in linear time', (pattern, text) => {
    expect(matchesPattern(pattern, text)).toBe(false);
  });

  it('finds matches as Go does: an empty match right after another does not count', () => {
    const pattern = GoPattern.compile('a*');
    if (typeof pattern === 'string') throw new Error(pattern);
    expect(pattern.findAll('baaac')).toEqual(['', 'aaa', '']);
    expect(pattern.findAll('baaac', 1)).toEqual(['']);
    expect(pattern.find('b')).toBe('');
    expect(pattern.findAll('')).toEqual(['']);
  });

  it('keeps few patterns in memory, whatever users send', () => {
    for (let i = 0; i < 150; i++) expect(matchesPattern(`^[a-z]{1,900}${i}$`, `a${i}`)).toBe(true);
    expect(matchesPattern('^[a-z]{1,900}0$', 'a0')).toBe(true);
  });
});
