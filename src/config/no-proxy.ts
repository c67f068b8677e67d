import { BlockList, isIP } from 'node:net';

/**
 * Reports whether requests to a host bypass the proxy, by the rules of Go's `net/http`. `noProxy` is a list joined by commas. An entry
 * is:
 * - `*`: every host;
 * - an IP address or a block of addresses (`10.0.0.0/8`, `fd00::/8`): the hosts that are given by such an address;
 * - a name: that host and everything below it; with a leading dot (`.example.com`, `*.example.com`) only the names below it;
 * - any of these except blocks, with `:port`: then the port must agree too.
 *
 * `localhost` and loopback addresses never go through a proxy. Names are not resolved.
 */
export function bypassesProxy(host: string, port: number, noProxy: string): boolean {
  const name = plain(host);
  if (isThisMachine(name)) return true;
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), name, port));
}

function matches(entry: string, name: string, port: number): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return inBlock(entry, name);
  const { host, port: wanted } = splitPort(entry);
  if (wanted !== '' && wanted !== String(port)) return false;
  const pattern = plain(host);
  if (pattern === '') return false;
  if (isIP(pattern) !== 0) return sameAddress(pattern, name);
  if (isIP(name) !== 0) return false;
  const below = pattern.replace(/^\*(?=\.)/, '');
  return below.startsWith('.') ? name.endsWith(below) : name === below || name.endsWith(`.${below}`);
}

function splitPort(entry: string): { host: string; port: string } {
  if (isIP(entry) === 6) return { host: entry, port: '' };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry);
  return { host: match?.[1] ?? '', port: match?.[2] ?? '' };
}

/** Lower case, without the brackets of IPv6 and without the dot that ends a full name. */
function plain(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/(?<=.)\.$/, '');
}

/** Reports whether a host is this machine, by its name or address: `localhost`, `127.0.0.0/8` and `::1`. */
export function isThisMachine(host: string): boolean {
  const name = plain(host);
  if (name === 'localhost') return true;
  return isIP(name) === 0 ? false : inBlock('127.0.0.0/8', name) || sameAddress('::1', name);
}

function inBlock(block: string, name: string): boolean {
  const [address = '', bits = ''] = block.split('/');
  const family = isIP(plain(address));
  if (family === 0 || isIP(name) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) {
    return false;
  }
  const list = new BlockList();
  list.addSubnet(plain(address), Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(name, family === 4 ? 'ipv4' : 'ipv6');
}

/** IPv6 addresses have many spellings. */
function sameAddress(a: string, b: string): boolean {
  return a === b || (isIP(a) === 6 && inBlock(`${a}/128`, b));
}
