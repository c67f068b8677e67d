import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../src/server/go-text/go-time.js';
import { escapePath, escapeQuery, joinPath } from '../../../src/server/proxy/go-path.js';
import { formatUrl, parseUrl } from '../../../src/server/proxy/go-url.js';

describe('URLs as Go reads them', () => {
  it.each([
    ['/abs/path?x=1#frag'],
    ['rel/path'],
    ['../up'],
    ['//cdn.example/y'],
    ['http://user:pw@other.example:8080/z?a=b#c'],
    ['mailto:a@b.c'],
    ['?q=1'],
    ['#top'],
    [''],
    ['/a%2Fb'],
    ["/it's(fine)!"],
  ])('%s is written as it was', (text) => {
    expect(formatUrl(parseUrl(text))).toBe(text);
  });

  it.each([
    ['/a b', '/a%20b'],
    ['HTTP://x/', 'http://x/'],
    ['/%7euser', '/%7euser'],
  ])('%s is written as %s', (text, written) => {
    expect(formatUrl(parseUrl(text))).toBe(written);
  });

  it.each([
    ['http://%zz/', 'parse "http://%zz/": invalid URL escape "%zz"'],
    ['/%', 'parse "/%": invalid URL escape "%"'],
    [':x', 'parse ":x": missing protocol scheme'],
    ['1:x', 'parse "1:x": first path segment in URL cannot contain colon'],
    ['http://x:port/', 'parse "http://x:port/": invalid port ":port" after host'],
    ['/\u0001', 'parse "/\\u0001": net/url: invalid control character in URL'],
  ])('%s is refused', (text, why) => {
    expect(() => parseUrl(text)).toThrow(why);
  });

  it('have paths and queries in the encoding of Go', () => {
    expect(escapePath("/a!b$c&d'e(f)*,g@h~i;j=k?l%")).toBe('/a%21b$c&d%27e%28f%29%2A,g@h~i;j=k%3Fl%25');
    expect(escapeQuery('echo a&b; é')).toBe('echo+a%26b%3B+%C3%A9');
    expect([joinPath('/', 'a//b/../c/'), joinPath('', ''), joinPath('/x/', '/y')]).toEqual(['/a/c', '', '/x/y']);
  });
});

describe('times as Go reads them', () => {
  it.each([
    ['2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z'],
    ['2000-01-01T00:00:00.123456Z', '2000-01-01T00:00:00Z'],
    ['2000-01-01T01:30:00+02:00', '1999-12-31T23:30:00Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ])('%s is %s', (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it.each([
    ['now', 'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"'],
    ['2000', 'cannot parse "" as "-"'],
    ['2000-13-01T00:00:00Z', 'parsing time "2000-13-01T00:00:00Z": month out of range'],
    ['2001-02-29T00:00:00Z', 'day out of range'],
    ['2000-01-01 00:00:00Z', 'cannot parse " 00:00:00Z" as "T"'],
    ['2000-01-01T24:00:00Z', 'hour out of range'],
    ['2000-01-01T00:00:00', 'cannot parse "" as "Z07:00"'],
    ['2000-01-01T00:00:00Zx', 'extra text: "x"'],
  ])('%s is refused', (text, why) => {
    expect(() => parseTime(text)).toThrow(why);
  });
});
