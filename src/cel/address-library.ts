import { canonicalIp, ipNumber, ipVersion } from '../util/ip-address.js';
import type { Functions } from './functions.js';
import { types } from './types.js';
import { CelError, CelOpaque, noSuchOverload } from './values.js';

/** An IP address. */
class CelIp extends CelOpaque {
  readonly type = types.ip;

  constructor(
    readonly number: bigint,
    readonly version: number,
    readonly text: string,
  ) {
    super();
  }

  override get size(): number {
    return this.version === 4 ? 4 : 16;
  }

  override equals(other: CelOpaque): boolean {
    return other instanceof CelIp && other.version === this.version && other.number === this.number;
  }

  /** Reports whether the first `bits` bits equal those of another address. */
  sharesPrefix(other: CelIp, bits: number): boolean {
    const rest = BigInt((this.version === 4 ? 32 : 128) - bits);
    return other.version === this.version && other.number >> rest === this.number >> rest;
  }
}

/** A network: an address and how many of its bits matter. */
class CelCidr extends CelOpaque {
  readonly type = types.cidr;

  constructor(
    readonly ip: CelIp,
    readonly bits: number,
  ) {
    super();
  }

  override get size(): number {
    return Math.ceil(this.bits / 8);
  }

  override equals(other: CelOpaque): boolean {
    return other instanceof CelCidr && other.bits === this.bits && other.ip.equals(this.ip);
  }
}

/** IP addresses and networks (https://kubernetes.io/docs/reference/using-api/cel/). */
export function addressLibrary(functions: Functions): void {
  const inside = (cidr: CelCidr, ip: CelIp): boolean => cidr.ip.sharesPrefix(ip, cidr.bits);
  const covers = (cidr: CelCidr, other: CelCidr): boolean => inside(cidr, other.ip) && cidr.bits <= other.bits;
  const isA = (read: () => unknown): boolean => {
    try {
      read();
      return true;
    } catch (error) {
      if (error instanceof CelError) return false;
      throw error;
    }
  };
  functions
    .add('ip', 'string_to_ip', '(string): ip', ipOf)
    .add('isIP', 'is_ip', '(string): bool', (text: string) => isA(() => ipOf(text)))
    .add('ip.isCanonical', 'ip_is_canonical', '(string): bool', (text: string) => ipOf(text).text === text)
    .add('family', 'ip_family', 'ip.(): int', (ip: CelIp) => BigInt(ip.version))
    .add('string', 'ip_to_string', '(ip): string', (ip: CelIp) => ip.text)
    .add('cidr', 'string_to_cidr', '(string): cidr', cidrOf)
    .add('isCIDR', 'is_cidr', '(string): bool', (text: string) => isA(() => cidrOf(text)))
    .add('containsIP', 'cidr_contains_ip_string', 'cidr.(string): bool', (cidr: CelCidr, ip: string) => {
      // kube-apiserver drops the error of the address and finds no overload for it.
      if (!isA(() => ipOf(ip))) throw noSuchOverload();
      return inside(cidr, ipOf(ip));
    })
    .add('containsIP', 'cidr_contains_ip_ip', 'cidr.(ip): bool', inside)
    .add('containsCIDR', 'cidr_contains_cidr_string', 'cidr.(string): bool', (cidr: CelCidr, other: string) =>
      covers(cidr, cidrOf(other)),
    )
    .add('containsCIDR', 'cidr_contains_cidr', 'cidr.(cidr): bool', covers)
    .add('ip', 'cidr_ip', 'cidr.(): ip', ({ ip }: CelCidr) => ip)
    .add('prefixLength', 'cidr_prefix_length', 'cidr.(): int', ({ bits }: CelCidr) => BigInt(bits))
    .add('masked', 'cidr_masked', 'cidr.(): cidr', masked)
    .add('string', 'cidr_to_string', '(cidr): string', ({ ip, bits }: CelCidr) => `${ip.text}/${bits}`);
  kinds(functions);
}

/** Declares the functions that tell the kind of an address by its first bits. */
function kinds(functions: Functions): void {
  const within = (
    { version, number }: CelIp,
    v4: readonly [bigint, number],
    v6: readonly [bigint, number],
  ): boolean => {
    const [prefix, bits] = version === 4 ? v4 : v6;
    return number >> BigInt((version === 4 ? 32 : 128) - bits) === prefix;
  };
  const isLoopback = (ip: CelIp): boolean => within(ip, [127n, 8], [1n, 128]);
  const isMulticast = (ip: CelIp): boolean => within(ip, [0xen, 4], [0xffn, 8]);
  const isLinkLocal = (ip: CelIp): boolean => within(ip, [0xa9fen, 16], [0x3fan, 10]);
  const isUnspecified = ({ number }: CelIp): boolean => number === 0n;
  const isBroadcast = ({ version, number }: CelIp): boolean => version === 4 && number === 0xffffffffn;
  functions
    .add('isUnspecified', 'ip_is_unspecified', 'ip.(): bool', isUnspecified)
    .add('isLoopback', 'ip_is_loopback', 'ip.(): bool', isLoopback)
    .add('isLinkLocalMulticast', 'ip_is_link_local_multicast', 'ip.(): bool', (ip: CelIp) =>
      ip.version === 4 ? ip.number >> 8n === 0xe00000n : ((ip.number >> 112n) & 0xff0fn) === 0xff02n,
    )
    .add('isLinkLocalUnicast', 'ip_is_link_local_unicast', 'ip.(): bool', isLinkLocal)
    .add(
      'isGlobalUnicast',
      'ip_is_global_unicast',
      'ip.(): bool',
      (ip: CelIp) => ![isUnspecified, isLoopback, isMulticast, isLinkLocal, isBroadcast].some((is) => is(ip)),
    );
}

function ipOf(text: string): CelIp {
  const [address = ''] = text.split('%');
  const version = ipVersion(address);
  const canonical = version === 0 ? undefined : canonicalIp(address);
  if (canonical === undefined || (text.includes('%') && version === 4)) {
    const why = `ParseAddr(${JSON.stringify(text)}): ${addressFault(text)}`;
    throw new CelError(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ${why}`);
  }
  if (text.includes('%')) throw new CelError(`IP address ${JSON.stringify(text)} with zone value is not allowed`);
  if (canonical.startsWith('::ffff:') && version === 6 && ipNumber(address) >> 32n === 0xffffn)
    throw new CelError(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return new CelIp(ipNumber(address), version, canonical);
}

/** Returns Go's message for a text that is not an address. */
function addressFault(text: string): string {
  const sign = /[.:%]/.exec(text)?.[0];
  if (sign === '%') return 'missing IPv6 address';
  if (sign === '.') return v4Fault(text);
  return sign === ':' ? v6Fault(text) : 'unable to parse IP';
}

function v4Fault(text: string): string {
  const odd = /[^0-9.]/.exec(text);
  const at = (index: number): string => `(at ${JSON.stringify(text.slice(index))})`;
  if (odd !== null) return `unexpected character ${at(odd.index)}`;
  const empty = /^\.|\.\.|\.$/.exec(text);
  if (empty !== null) return `IPv4 field must have at least one digit ${at(empty.index)}`;
  const parts = text.split('.');
  if (parts.slice(0, 4).some((part) => /^0\d/.test(part))) return 'IPv4 field has octet with leading zero';
  if (parts.slice(0, 4).some((part) => Number(part) > 255)) return 'IPv4 field has value >255';
  return parts.length > 4 ? 'IPv4 address too long' : 'IPv4 address too short';
}

function v6Fault(text: string): string {
  const at = (index: number): string => `(at ${JSON.stringify(text.slice(index))})`;
  const triple = text.indexOf(':::');
  if (triple >= 0) return `each colon-separated field must have at least one digit ${at(triple + 2)}`;
  const odd = /[^0-9a-fA-F:.]/.exec(text);
  if (odd !== null) return `unexpected character${text[odd.index - 1] === ':' ? '' : ', want colon'} ${at(odd.index)}`;
  const long = /[0-9a-fA-F]{5,}/.exec(text);
  if (long !== null) return `each group must have 4 or less digits ${at(long.index)}`;
  if (text.indexOf('::') !== text.lastIndexOf('::')) return `multiple :: in address ${at(text.lastIndexOf('::') + 2)}`;
  return text.split(':').length > 8 ? 'trailing garbage after address' : 'address string too short';
}

function cidrOf(text: string): CelCidr {
  const [address = '', bits = '', ...rest] = text.split('/');
  const version = address.includes('%') ? 0 : ipVersion(address);
  const fits = /^(?:0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
  const what = 'network address parse error during conversion from string: ';
  if (version === 0 || !fits || rest.length > 0) {
    throw new CelError(`${what}${what}netip.ParsePrefix(${JSON.stringify(text)}): ${prefixFault(text)}`);
  }
  const mapped = version === 6 && ipNumber(address) >> 32n === 0xffffn;
  if (mapped) throw new CelError(`${what}IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return new CelCidr(ipOf(address), Number(bits));
}

/** Returns Go's message for a text that is not a network. */
function prefixFault(text: string): string {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return "no '/'";
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)];
  if (address.includes('%')) return 'IPv6 zones cannot be present in a prefix';
  if (ipVersion(address) === 0) return `ParseAddr(${JSON.stringify(address)}): ${addressFault(address)}`;
  return /^(?:0|[1-9]\d*)$/.test(bits) ? 'prefix length out of range' : `bad bits after slash: ${JSON.stringify(bits)}`;
}

function masked({ ip, bits }: CelCidr): CelCidr {
  const rest = BigInt((ip.version === 4 ? 32 : 128) - bits);
  const number = (ip.number >> rest) << rest;
  return new CelCidr(ipOf(ip.version === 4 ? dotted(number) : colons(number)), bits);
}

function dotted(number: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((number >> shift) & 0xffn)).join('.');
}

function colons(number: bigint): string {
  return Array.from({ length: 8 }, (_, i) => ((number >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');
}
