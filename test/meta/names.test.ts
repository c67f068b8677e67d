import { describe, expect, it } from 'vitest';
import {
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  maskTrailingDash,
  pathSegmentNameProblems,
  pathSegmentPrefixProblems,
  qualifiedNameProblems,
} from '../../src/meta/index.js';
import { goQuote } from '../../src/util/go-quote.js';

const good = (check: (v: string) => string[], values: string[]) => {
  for (const value of values) expect(check(value), value).toEqual([]);
};
const bad = (check: (v: string) => string[], values: string[]) => {
  for (const value of values) expect(check(value), value).not.toEqual([]);
};

describe('names', () => {
  it('DNS labels', () => {
    good(dns1123LabelProblems, ['a', '0', 'a-b', '1-2', 'a'.repeat(63)]);
    bad(dns1123LabelProblems, ['', 'A', '-a', 'a-', 'a_b', 'a b', 'a\n', 'a'.repeat(64)]);
    expect(dns1123LabelProblems('a.b')).toEqual(['must not contain dots']);
    expect(dns1123LabelProblems('A')).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]);
    expect(dns1123LabelProblems('a'.repeat(64))).toEqual(['must be no more than 63 characters']);
    good(dns1035LabelProblems, ['a', 'a-1']);
    bad(dns1035LabelProblems, ['', '1a', 'a.b']);
  });

  it('DNS subdomains', () => {
    good(dns1123SubdomainProblems, ['a', 'a.b', '1.2-3.c', `${'a.'.repeat(126)}a`]);
    bad(dns1123SubdomainProblems, ['', 'a..b', '.a', 'a.', 'A.b', 'a.-b', `${'a.'.repeat(127)}a`]);
    expect(dns1123SubdomainProblems('Web_0')).toEqual([
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ]);
  });

  it('label keys and values', () => {
    good(qualifiedNameProblems, ['a', 'A.b_c-d', 'example.com/a', '1']);
    bad(qualifiedNameProblems, ['', '/', 'a/', '/a', 'a/b/c', 'EXAMPLE.com/a', '-a', 'a'.repeat(64)]);
    expect(qualifiedNameProblems('')).toHaveLength(2);
    good(labelValueProblems, ['', 'a', 'A_b.c-1', 'a'.repeat(63)]);
    bad(labelValueProblems, ['-', 'a b', 'a/b', 'a'.repeat(64)]);
    expect(labelValueProblems('a b')).toEqual([
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ]);
    expect(labelValueProblems('é'.repeat(32))[0]).toBe('must be no more than 63 bytes');
  });

  it('path segments', () => {
    expect(pathSegmentNameProblems('..')).toEqual(["may not be '..'"]);
    expect(pathSegmentNameProblems('../x')).toEqual(["may not contain '/'"]);
    expect(pathSegmentNameProblems('/%')).toEqual(["may not contain '/'", "may not contain '%'"]);
    good(pathSegmentNameProblems, ['', 'a', 'system:node', '...']);
    expect(pathSegmentPrefixProblems('.')).toEqual([]);
    expect(['a-', '-', 'abc--', 'a'].map(maskTrailingDash)).toEqual(['a', '-', 'abca', 'a']);
  });

  it('are checked in linear time: long hostile input does not run into the time limit', () => {
    for (const text of ['a.'.repeat(500_000), 'a'.repeat(1_000_000), `${'a-'.repeat(500_000)}!`]) {
      bad(dns1123SubdomainProblems, [text]);
      bad(qualifiedNameProblems, [text]);
    }
  });
});

describe('goQuote', () => {
  it('quotes as Go does', () => {
    expect(goQuote('plain (text)')).toBe('"plain (text)"');
    expect(goQuote('a"b\\c\n\t\u0007\u0000\u007f\u00e9\u2028\u{1f600}')).toBe(
      '"a\\"b\\\\c\\n\\t\\a\\x00\\x7fé\\u2028😀"',
    );
  });
});
