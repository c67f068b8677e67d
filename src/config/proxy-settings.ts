import { isIP } from 'node:net';
import { ConfigError } from '../errors/index.js';
import type { Environment } from './environment.js';
import { bypassesProxy } from './no-proxy.js';

/** A proxy on the way to the server. Its password shows neither in `inspect` nor in JSON. */
export class ProxySettings {
  readonly protocol: 'http' | 'https' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly #username: string;
  readonly #password: string;

  /** Throws `ConfigError`. `what` is for the message: where the address stands. */
  constructor(address: string, what: string) {
    const full = address.includes('://') ? address : `http://${address}`;
    // The address may hold a password: the message does not repeat it.
    if (!URL.canParse(full)) throw new ConfigError(`${what} is not a URL`);
    const url = new URL(full);
    const protocol = url.protocol === 'socks5h:' ? 'socks5' : url.protocol.slice(0, -1);
    if (protocol !== 'http' && protocol !== 'https' && protocol !== 'socks5') {
      throw new ConfigError(`${what} must begin with http://, https:// or socks5://, not ${protocol}://`);
    }
    if (url.hostname === '') throw new ConfigError(`${what} names no host`);
    this.protocol = protocol;
    this.host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    this.port = Number(url.port || { http: 80, https: 443, socks5: 1080 }[protocol]);
    this.#username = decode(url.username, what);
    this.#password = decode(url.password, what);
  }

  /** User and password for the proxy, where its address holds them. */
  credentials(): { readonly username: string; readonly password: string } | undefined {
    return this.#username === '' && this.#password === ''
      ? undefined
      : { username: this.#username, password: this.#password };
  }

  /** The address without user and password. */
  toString(): string {
    return `${this.protocol}://${isIP(this.host) === 6 ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** The address with everything in it: for credential plugins, which are told how to reach the cluster. */
  href(): string {
    const login = this.credentials();
    if (login === undefined) return this.toString();
    const user = `${encodeURIComponent(login.username)}:${encodeURIComponent(login.password)}`;
    return this.toString().replace('://', `://${user}@`);
  }
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigError(`${what}: user and password must be percent-encoded`);
  }
}

/**
 * The proxy for a server, by the rules of Go's `net/http`: `HTTPS_PROXY` for https, `HTTP_PROXY` for http (upper case before lower
 * case), unless `NO_PROXY` names the server or it is this machine. `HTTP_PROXY` is not believed in a CGI program, where it is a header
 * of the request.
 */
export function proxyFromEnvironment(server: string, env: Environment): ProxySettings | undefined {
  const url = new URL(server);
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  if (name === 'HTTP_PROXY' && env.REQUEST_METHOD) return undefined;
  const address = env[name] || env[name.toLowerCase()];
  if (!address) return undefined;
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (bypassesProxy(url.hostname, port, env.NO_PROXY || env.no_proxy || '')) return undefined;
  return new ProxySettings(address, `the environment variable ${name}`);
}
