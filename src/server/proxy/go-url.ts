import { escapePath } from './go-path.js';

/** The parts of a URL that links consist of, as Go's `net/url` splits it. Texts are byte strings. */
export interface GoUrl {
  readonly scheme: string;
  /** The part after the scheme of a URL such as `mailto:a@b.c`. */
  readonly opaque: string;
  readonly userinfo: string | undefined;
  readonly host: string;
  /** The decoded path. */
  readonly path: string;
  /** The path as it was written, if encoding `path` gives something else. */
  readonly rawPath: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
}

/** Parses a URL as Go does. Throws an `Error` in Go's words. */
export function parseUrl(text: string): GoUrl {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`parse ${quoted(text)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parse(text: string): GoUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses these
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new Error('net/url: invalid control character in URL');
  const [beforeFragment, fragment] = cut(text, '#');
  if (fragment !== undefined) checkEscapes(fragment);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(beforeFragment)?.[1];
  if (beforeFragment.startsWith(':')) throw new Error('missing protocol scheme');
  const afterScheme = scheme === undefined ? beforeFragment : beforeFragment.slice(scheme.length + 1);
  const [beforeQuery, query] = cut(afterScheme, '?');
  const url = { scheme: scheme?.toLowerCase() ?? '', opaque: '', userinfo: undefined, host: '', query, fragment };
  if (!beforeQuery.startsWith('/')) {
    if (scheme !== undefined) return { ...url, opaque: beforeQuery, path: '', rawPath: '' };
    if (beforeQuery.split('/', 1)[0]?.includes(':') === true)
      throw new Error('first path segment in URL cannot contain colon');
  }
  const hasAuthority = beforeQuery.startsWith('//') && (scheme !== undefined || !beforeQuery.startsWith('///'));
  if (!hasAuthority) return { ...url, ...pathOf(beforeQuery) };
  const slash = beforeQuery.indexOf('/', 2);
  const authority = slash < 0 ? beforeQuery.slice(2) : beforeQuery.slice(2, slash);
  const path = slash < 0 ? '' : beforeQuery.slice(slash);
  const at = authority.lastIndexOf('@');
  const userinfo = at < 0 ? undefined : authority.slice(0, at);
  if (userinfo !== undefined && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo))
    throw new Error('net/url: invalid userinfo');
  const host = authority.slice(at + 1);
  checkHost(host);
  return { ...url, userinfo, host, ...pathOf(path) };
}

function checkHost(host: string): void {
  const port =
    /^(?:\[[^\]]*\]|[^:]*)(:.*)?$/.exec(host)?.[1] ?? (host.includes(':') ? `:${host.split(':').at(-1)}` : '');
  if (!/^(:\d*)?$/.test(port)) throw new Error(`invalid port ${quoted(port)} after host`);
  if (host.startsWith('[') && !host.includes(']')) throw new Error("missing ']' in host");
  const wrong = /%(?![0-9A-Fa-f]{2}).{0,2}|%[0-7][0-9A-Fa-f]/.exec(host.replace(/%25/g, ''))?.[0];
  if (wrong !== undefined) throw new Error(`invalid URL escape ${quoted(wrong.slice(0, 3))}`);
  const invalid = /[ "^`{}|\\]/.exec(host)?.[0];
  if (invalid !== undefined) throw new Error(`invalid character ${quoted(invalid)} in host name`);
}

function pathOf(written: string): { path: string; rawPath: string } {
  checkEscapes(written);
  const path = written.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { path, rawPath: escapePath(path) === written ? '' : written };
}

function checkEscapes(text: string): void {
  const wrong = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text)?.[0];
  if (wrong !== undefined) throw new Error(`invalid URL escape ${quoted(wrong)}`);
}

/** Writes a URL as Go does. */
export function formatUrl(url: GoUrl): string {
  const { scheme, opaque, userinfo, host, query, fragment } = url;
  let text = scheme === '' ? '' : `${scheme}:`;
  if (opaque !== '') text += opaque;
  else {
    if (host !== '' || userinfo !== undefined) text += `//${userinfo === undefined ? '' : `${userinfo}@`}${host}`;
    const path = encodedPath(url);
    if (path !== '' && !path.startsWith('/') && host !== '') text += '/';
    if (text === '' && path.split('/', 1)[0]?.includes(':') === true) text += './';
    text += path;
  }
  if (query !== undefined) text += `?${query}`;
  return fragment === undefined || fragment === '' ? text : `${text}#${encodedFragment(fragment)}`;
}

/** The path stays as it was written where that is one way to write it. */
function encodedPath({ path, rawPath }: GoUrl): string {
  const isWritten =
    rawPath !== '' && /^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]/%]*$/.test(rawPath) && pathOf(rawPath).path === path;
  return isWritten ? rawPath : escapePath(path);
}

function encodedFragment(fragment: string): string {
  return fragment.replace(
    /[^A-Za-z0-9\-._~!$&'()*+,;=:@[\]/?%]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Quotes a byte string as Go's `%q` quotes UTF-8. */
function quoted(bytes: string): string {
  return JSON.stringify(Buffer.from(bytes, 'latin1').toString('utf8'));
}
