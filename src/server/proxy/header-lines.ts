import { hopByHop, namedByConnection } from '../../util/hop-by-hop.js';
import { header, type ServerRequest } from '../object/message.js';

/** Header values by name, each name once, in the spelling of Go: `X-Forwarded-For`. */
export type HeaderLines = Map<string, string[]>;

/** Headers that say who asks. They are for this server only. */
const identity = /^(Authorization|Impersonate-.*|X-Remote-(User|Uid|Group|Extra-.*))$/;

/** The token that a browser sends as a subprotocol. */
const bearerProtocol = 'base64url.bearer.authorization.k8s.io.';

/** Returns the headers of a request without those that say who asks. */
export function headersToPass(request: ServerRequest): HeaderLines {
  const lines: HeaderLines = new Map();
  for (const [name, value] of linesOf(request)) {
    if (identity.test(name) || name === 'Host' || name === 'Content-Length') continue;
    const passed = name === 'Sec-Websocket-Protocol' ? withoutToken(value) : value;
    if (passed !== undefined) lines.set(name, [...(lines.get(name) ?? []), passed]);
  }
  return lines;
}

/** Removes the headers about the connection that they came on. */
export function removeHopByHop(lines: HeaderLines): void {
  const named = (lines.get('Connection') ?? []).flatMap(namedByConnection);
  const trailers = (lines.get('Te') ?? []).some((value) => hasToken(value, 'trailers'));
  for (const name of [...named, ...hopByHop]) lines.delete(canonicalName(name));
  if (trailers) lines.set('Te', ['trailers']);
}

/** Adds the client's address to `X-Forwarded-For`. */
export function addForwardedFor(lines: HeaderLines, remoteAddress: string | undefined): void {
  if (remoteAddress === undefined) return;
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  lines.set('X-Forwarded-For', [[...(lines.get('X-Forwarded-For') ?? []), address].join(', ')]);
}

/** Returns headers for Node, sorted by name after `Host` and `User-Agent`, as Go sends them. */
export function sortedHeaders(lines: HeaderLines): { [name: string]: string[] } {
  const first = ['Host', 'User-Agent'].filter((name) => lines.has(name));
  const rest = [...lines.keys()].filter((name) => !first.includes(name)).sort();
  return Object.fromEntries([...first, ...rest].map((name) => [name, lines.get(name) ?? []]));
}

/** Returns whether a request asks for another protocol, by its `Connection` header. */
export function isUpgrade(request: ServerRequest): boolean {
  return header(request, 'connection').toLowerCase().includes('upgrade');
}

/** Returns whether a request asks for a WebSocket. */
export function isWebSocket(request: ServerRequest): boolean {
  return isUpgrade(request) && header(request, 'upgrade').toLowerCase() === 'websocket';
}

/** Returns the subprotocols that a WebSocket request offers, without the browser's token. */
export function offeredProtocols(request: ServerRequest): string[] {
  return (headersToPass(request).get('Sec-Websocket-Protocol') ?? [])
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Returns a header name in Go's spelling. A name that is not a token stays as it is. */
export function canonicalName(name: string): string {
  if (!/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function* linesOf({ rawHeaders, headers }: ServerRequest): Generator<[string, string]> {
  if (rawHeaders !== undefined) {
    for (let at = 0; at + 1 < rawHeaders.length; at += 2)
      yield [canonicalName(rawHeaders[at] ?? ''), rawHeaders[at + 1] ?? ''];
    return;
  }
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value ?? []].flat()) yield [canonicalName(name), one];
  }
}

function withoutToken(value: string): string | undefined {
  if (!value.includes(bearerProtocol)) return value;
  const kept = value.split(',').map((name) => name.trim());
  return kept.filter((name) => !name.startsWith(bearerProtocol)).join(',') || undefined;
}

function hasToken(value: string, token: string): boolean {
  return value.split(',').some((one) => one.trim().toLowerCase() === token);
}
