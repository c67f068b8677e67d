import { isIP, type Socket } from 'node:net';
import type { ProxySettings } from '../config/proxy-settings.js';
import { ConnectError } from './connect-error.js';
import { Handshake } from './handshake.js';

// undici has SOCKS5 too, marked as experimental, with a warning on standard error at its first use.

const VERSION = 5;
const NO_LOGIN = 0;
const LOGIN = 2;

/**
 * Asks a SOCKS5 proxy (RFC 1928, with user and password by RFC 1929) for a connection: when it resolves, the socket leads to
 * `host:port`. Names are resolved by the proxy, as curl's `socks5h` and Go do: it may know names that are unknown here.
 */
export async function openSocks5(socket: Socket, proxy: ProxySettings, host: string, port: number): Promise<void> {
  const handshake = new Handshake(socket);
  const login = proxy.credentials();
  handshake.write(Buffer.from(login === undefined ? [VERSION, 1, NO_LOGIN] : [VERSION, 2, NO_LOGIN, LOGIN]));
  const [version, method] = await handshake.take(2);
  if (version !== VERSION) throw new ConnectError(`${proxy} does not speak SOCKS5`, 'ERR_PROXY_PROTOCOL');
  if (method === LOGIN && login !== undefined) {
    const user = short(login.username, 'user');
    const password = short(login.password, 'password');
    handshake.write(Buffer.concat([Buffer.of(1, user.length), user, Buffer.of(password.length), password]));
    const [, refused] = await handshake.take(2);
    if (refused !== 0) throw new ConnectError(`the proxy ${proxy} refused user and password`, 'ERR_PROXY_REFUSED');
  } else if (method !== NO_LOGIN) {
    throw new ConnectError(`the proxy ${proxy} wants a user and a password in proxy-url`, 'ERR_PROXY_REFUSED');
  }
  handshake.write(Buffer.concat([Buffer.of(VERSION, 1, 0), address(host), Buffer.of(port >> 8, port & 0xff)]));
  const [replyVersion, reply = 1, , kind] = await handshake.take(4);
  if (replyVersion !== VERSION) throw new ConnectError(`${proxy} does not speak SOCKS5`, 'ERR_PROXY_PROTOCOL');
  if (reply !== 0) {
    throw new ConnectError(
      `the proxy ${proxy} cannot connect to the server: ${REPLIES[reply] ?? reply}`,
      'ERR_PROXY_REFUSED',
    );
  }
  // The address it bound, which nobody needs: by name, IPv6 or IPv4, and a port.
  const length = kind === 3 ? ((await handshake.take(1))[0] ?? 0) : kind === 4 ? 16 : 4;
  await handshake.take(length + 2);
}

function address(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from([1, ...host.split('.').map(Number)]);
  if (isIP(host) === 6) return Buffer.concat([Buffer.of(4), ipv6(host)]);
  const name = short(host, 'host name');
  return Buffer.concat([Buffer.of(3, name.length), name]);
}

/** The URL parser writes IPv6 in its shortest form, with a dotted end turned into hex. */
function ipv6(host: string): Buffer {
  const [head = '', tail] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::');
  const words = (part: string | undefined) => (part ? part.split(':').map((word) => Number.parseInt(word, 16)) : []);
  const zeros = new Array<number>(8 - words(head).length - words(tail).length).fill(0);
  return Buffer.from([...words(head), ...zeros, ...words(tail)].flatMap((word) => [word >> 8, word & 0xff]));
}

function short(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > 255)
    throw new ConnectError(`SOCKS5 takes no ${what} of more than 255 bytes`, 'ERR_PROXY_PROTOCOL');
  return bytes;
}

const REPLIES: readonly string[] = [
  'connected',
  'general failure',
  'not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
];
