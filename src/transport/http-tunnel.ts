import type { Socket } from 'node:net';
import type { ProxySettings } from '../config/proxy-settings.js';
import { ConnectError } from './connect-error.js';
import { Handshake } from './handshake.js';

/** The bound on the head of an answer to CONNECT. */
const MAX_HEAD = 16 * 1024;

/** Asks an HTTP proxy for a tunnel (RFC 9110, 9.3.6): when it resolves, the socket leads to `host:port`. */
export async function openTunnel(socket: Socket, proxy: ProxySettings, host: string, port: number): Promise<void> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const login = proxyAuthorization(proxy);
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (login !== undefined) lines.push(`Proxy-Authorization: ${login}`);
  const handshake = new Handshake(socket);
  handshake.write(`${lines.join('\r\n')}\r\n\r\n`);
  const head = (await handshake.takeUntil('\r\n\r\n', MAX_HEAD)).toString('latin1');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r)/.exec(head)?.[1];
  if (status === undefined) throw new ConnectError(`${proxy} does not speak HTTP`, 'ERR_PROXY_PROTOCOL');
  if (status.startsWith('2')) return;
  const hint =
    status === '407' ? ': it wants another user and password than proxy-url gives' : ': may it reach this server?';
  throw new ConnectError(`the proxy ${proxy} refused the tunnel (HTTP ${status})${hint}`, 'ERR_PROXY_REFUSED');
}

/** The value of `Proxy-Authorization`, where the proxy's address holds user and password. */
export function proxyAuthorization(proxy: ProxySettings): string | undefined {
  const login = proxy.credentials();
  return login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
}
