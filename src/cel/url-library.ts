import type { Functions } from './functions.js';
import { types } from './types.js';
import { CelError, CelOpaque, type CelValue, EntryMap } from './values.js';

/** An absolute URL or path, in the parts that Go's `net/url` gives it. */
class CelUrl extends CelOpaque {
  readonly type = types.url;

  constructor(
    readonly scheme: string,
    readonly host: string,
    readonly path: string,
    readonly query: string,
    readonly text: string,
  ) {
    super();
  }

  override equals(other: CelOpaque): boolean {
    return other instanceof CelUrl && other.text === this.text;
  }
}

/** URLs (https://kubernetes.io/docs/reference/using-api/cel/). */
export function urlLibrary(functions: Functions): void {
  functions
    .add('url', 'string_to_url', '(string): url', (text: string) => {
      const read = readUrl(text);
      if (typeof read === 'string') throw new CelError(`URL parse error during conversion from string: ${read}`);
      return read;
    })
    .add('isURL', 'is_url_string', '(string): bool', (text: string) => typeof readUrl(text) !== 'string')
    .add('getScheme', 'url_get_scheme', 'url.(): string', ({ scheme }: CelUrl) => scheme)
    .add('getHost', 'url_get_host', 'url.(): string', ({ host }: CelUrl) => host)
    .add('getHostname', 'url_get_hostname', 'url.(): string', ({ host }: CelUrl) => hostAndPort(host).name)
    .add('getPort', 'url_get_port', 'url.(): string', ({ host }: CelUrl) => hostAndPort(host).port)
    .add('getEscapedPath', 'url_get_escaped_path', 'url.(): string', ({ path }: CelUrl) => path)
    .add('getQuery', 'url_get_query', 'url.(): map(string, list(string))', ({ query }: CelUrl) => queryOf(query));
}

/** Returns the fault of a text as an absolute URI, in Go's words, or undefined. */
export function uriProblem(text: string): string | undefined {
  const read = readUrl(text);
  return typeof read === 'string' ? read : undefined;
}

function readUrl(text: string): CelUrl | string {
  const fail = (why: string): string => `parse ${JSON.stringify(text)}: ${why}`;
  if (text === '') return fail('empty url');
  if ([...text].some((char) => char < ' ' || char === '\x7f')) return fail('net/url: invalid control character in URL');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  if (scheme === undefined && text.startsWith(':')) return fail('missing protocol scheme');
  const [beforeFragment = ''] = text.split('#', 1);
  const [place = '', ...queries] = (
    scheme === undefined ? beforeFragment : beforeFragment.slice(scheme.length + 1)
  ).split('?');
  if (!place.startsWith('/')) {
    if (scheme !== undefined && place !== '') return new CelUrl(scheme.toLowerCase(), '', '', queries.join('?'), text);
    return fail('invalid URI for request');
  }
  const hasHost = place.startsWith('//') && (scheme !== undefined || !place.startsWith('///'));
  const authority = scheme !== undefined && hasHost ? (/^\/\/([^/]*)/.exec(place)?.[1] ?? '') : '';
  const path = scheme !== undefined && hasHost ? place.slice(2 + authority.length) : place;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(authority + path)?.[0];
  if (bad !== undefined) return fail(`invalid URL escape ${JSON.stringify(bad)}`);
  const port = /^(?:\[[^\]]*\]|[^:]*)(:.*)?$/.exec(host)?.[1];
  if (host.startsWith('[') && !host.includes(']')) return fail("missing ']' in host");
  if (port !== undefined && !/^:\d*$/.test(port)) return fail(`invalid port ${JSON.stringify(port)} after host`);
  const odd = /[ "<>\\^`{|}]/.exec(host)?.[0];
  if (odd !== undefined) return fail(`invalid character ${JSON.stringify(odd)} in host name`);
  return new CelUrl((scheme ?? '').toLowerCase(), host, escaped(path), queries.join('?'), text);
}

/** A path as it is escaped: what may not stand there as it is, is replaced. */
function escaped(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%[\]]/gu, (char) => encodeURIComponent(char));
}

function hostAndPort(host: string): { name: string; port: string } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(host);
  return { name: (match?.[1] ?? '').replace(/^\[|\]$/g, ''), port: match?.[2] ?? '' };
}

function queryOf(query: string): EntryMap {
  const values = new Map<string, CelValue[]>();
  const decode = (part: string): string => decodeURIComponent(part.replaceAll('+', ' '));
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const [key = '', ...rest] = pair.split('=');
    try {
      const name = decode(key);
      const value = decode(rest.join('='));
      values.set(name, [...(values.get(name) ?? []), value]);
    } catch {
      // What is badly escaped is left out, as Go's parser does.
    }
  }
  return new EntryMap(values);
}
