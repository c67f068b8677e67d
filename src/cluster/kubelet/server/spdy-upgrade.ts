import type { Duplex } from 'node:stream';
import { goErrorHeaders, type KubeletRequest } from './plain-response.js';

const VERSION = 'X-Stream-Protocol-Version';
const ACCEPTED = 'X-Accepted-Stream-Protocol-Versions';

/**
 * Negotiates a stream protocol and switches the connection to SPDY/3.1. Answers the request, in the words of the Go library, and
 * returns undefined when that cannot be.
 */
export function upgradeToSpdy(
  request: KubeletRequest,
  served: readonly string[],
): { readonly socket: Duplex; readonly head: Buffer; readonly protocol: string } | undefined {
  const offered = request.request.headersDistinct[VERSION.toLowerCase()];
  const refuse = (status: number, text: string, headers: readonly (readonly [string, string])[] = []) => {
    request.answer(status, `${text}\n`, [...goErrorHeaders, ...headers]);
    return undefined;
  };
  const seen = headersSeen(request);
  if (offered === undefined) {
    const count = Object.keys(seen).length;
    return refuse(400, `unable to upgrade: header ${VERSION} does not exist in request with ${count} headers`);
  }
  const names = offered.flatMap((value) => value.split(',').map((name) => name.trim())).filter((name) => name !== '');
  if (names.length === 0) {
    return refuse(400, `unable to upgrade: header ${VERSION} contains [${offered.join(' ')}], but no valid protocols`);
  }
  const protocol = names.find((name) => served.includes(name));
  if (protocol === undefined) {
    const text = `client supports [${names.join(' ')}], server accepts [${served.join(' ')}]`;
    const accepted = served.map((name) => [ACCEPTED, name] as const);
    return refuse(403, `unable to upgrade: unable to negotiate protocol: ${text}`, accepted);
  }
  const wanted = request.request.headers.upgrade?.toLowerCase() ?? '';
  if (request.upgrade === undefined || !wanted.includes('spdy/3.1')) {
    const text = `unable to upgrade: missing upgrade headers in request: ${goHeader(seen)}`;
    return refuse(400, text, [[VERSION, protocol]]);
  }
  const { socket, head } = request.upgrade();
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${VERSION}: ${protocol}\r\n\r\n`,
  );
  return { socket, head, protocol };
}

/** Returns the headers as the streaming server behind a kubelet sees them: without the host, and with the kubelet's client. */
function headersSeen({ request }: KubeletRequest): Record<string, readonly string[]> {
  const seen: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (name !== 'host') seen[canonical(name)] = values ?? [];
  }
  const client = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  seen['X-Forwarded-For'] = [[...(seen['X-Forwarded-For'] ?? []), client].join(', ')];
  return seen;
}

function canonical(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** Formats headers as Go's `%#v` does. */
function goHeader(headers: Readonly<Record<string, readonly string[]>>): string {
  const entries = Object.entries(headers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, values]) =>
        `${JSON.stringify(name)}:[]string{${values.map((value) => JSON.stringify(value)).join(', ')}}`,
    );
  return `http.Header{${entries.join(', ')}}`;
}
