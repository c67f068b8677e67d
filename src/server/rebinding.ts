import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Why a request was refused, and what to do. */
export const foreignHost =
  'this port takes no authentication and answers to addresses and local names only: use 127.0.0.1 or localhost in the URL, or the secure port';

/**
 * Whether a request came to a loopback address under a public host name. That is what a web page looks like whose name has been
 * made to point to this machine (DNS rebinding): its browser would hand it everything a port without authentication gives.
 * Addresses, names without a dot, and names below `localhost` and `internal` cannot be had by strangers.
 */
export function isForeign({ socket, headers }: IncomingMessage): boolean {
  const address = socket.localAddress ?? '';
  if (!/^(127\.|::1$|::ffff:127\.)/.test(address)) return false;
  const host = (headers.host ?? '').replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
  if (!host.includes('.') || host.startsWith('[') || isIP(host) !== 0) return false;
  return !/\.(localhost|internal)$/.test(host);
}
