import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** The message of the refusal. */
export const foreignHost =
  'this port takes no authentication: it answers to addresses and local names only, and not to web pages of other origins. Use 127.0.0.1 or localhost in the URL, or the secure port';

/**
 * Returns whether a request reached a loopback address under a host name that strangers can own (DNS rebinding), or was sent by a web page
 * of another origin. A browser would otherwise hand such a page everything that a port without authentication gives.
 *
 * Addresses, names without a dot, and names below `localhost` and `internal` cannot be owned by strangers.
 */
export function isForeign({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean {
  if (isCrossSite(headers)) return true;
  const isLoopback = /^(127\.|::1$|::ffff:127\.)/.test(socket.localAddress ?? '');
  return isLoopback && !isLocalHost(headers.host ?? '');
}

/** Parses a Host header as `name`, `name:port` or `[address]:port`; a value of any other form is not local. */
function isLocalHost(host: string): boolean {
  if (host === '') return true;
  const match = /^(?:\[([\da-f:.]+)\]|([^\s:/?#@[\]\\]+))(?::\d{1,5})?$/i.exec(host);
  if (match === null) return false;
  const [, bracketed, plain = ''] = match;
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  const name = plain.replace(/\.$/, '').toLowerCase();
  return !name.includes('.') || isIP(name) !== 0 || /\.(localhost|internal)$/.test(name);
}

/**
 * Returns whether a browser says that the request belongs to a page of another origin: by Fetch Metadata, or by an Origin that is not the
 * host asked. Programs send neither header.
 */
export function isCrossSite({ host = '', origin, 'sec-fetch-site': site }: IncomingMessage['headers']): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin === undefined) return false;
  try {
    return new URL(origin).host !== host.toLowerCase();
  } catch {
    // `null`, as of a sandboxed frame.
    return true;
  }
}
