import { isIPv4 } from 'node:net';
import { canonicalIp, ipNumber, ipVersion } from '../../util/ip-address.js';
import { type FieldError, invalidValue } from '../object/field-error.js';

// Addresses and networks in fields that are older than strict rules about them.

/** An IPv4 address as lenient readers read it, whose numbers may begin with zeros; undefined for what is none. */
function lenientV4(text: string): string | undefined {
  const parts = text.split('.');
  const fits = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return fits ? parts.map(Number).join('.') : undefined;
}

/** Reports whether an IPv6 address maps an IPv4 address. */
function isMapped(address: string): boolean {
  return address.includes(':') && (canonicalIp(address)?.startsWith('::ffff:') ?? false);
}

/** Validates an IP address. */
export function ipProblems(field: string, address: string): FieldError[] {
  const why = ipFault(address);
  return why === undefined ? [] : [invalidValue(field, address, why)];
}

function ipFault(address: string): string | undefined {
  if (ipVersion(address) === 0) {
    const lenient = lenientV4(address) !== undefined;
    return lenient ? 'must not have leading 0s' : 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
  }
  return isMapped(address) ? 'must not be an IPv4-mapped IPv6 address' : undefined;
}

/** Returns the fault of a text as an IP address in canonical form, or undefined. */
export function strictIpFault(address: string): string | undefined {
  const canonical = canonicalIp(address);
  return (
    ipFault(address) ?? (canonical === address ? undefined : `must be in canonical form (${JSON.stringify(canonical)})`)
  );
}

/** Warnings about an address that is written otherwise than it should be. */
export function ipWarnings(field: string, address: string): string[] {
  const canonical = canonicalIp(address);
  if (!address.includes(':') || canonical === undefined || canonical === address) return [];
  const shown = `${JSON.stringify(address)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`;
  return [`${field}: IPv6 address ${shown}`];
}

interface Network {
  readonly address: string;
  readonly bits: number;
}

function networkOf(text: string): Network | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const plain = ipVersion(address) === 0 ? lenientV4(address) : address;
  if (plain === undefined || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  return Number(bits) <= (isIPv4(plain) ? 32 : 128) ? { address: plain, bits: Number(bits) } : undefined;
}

/** Reports whether a text is a network such as 10.0.0.0/8. */
export function isCidr(text: string): boolean {
  return networkOf(text) !== undefined;
}

/** Validates a network. */
export function cidrProblems(field: string, text: string): FieldError[] {
  const network = networkOf(text);
  const complain = (why: string): FieldError[] => [invalidValue(field, text, why)];
  if (network === undefined) return complain('must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)');
  const { address, bits } = network;
  if (!text.startsWith(`${address}/`) || text !== `${address}/${bits}`)
    return complain('must not have leading 0s in IP or prefix length');
  if (isMapped(address)) return complain('must not have an IPv4-mapped IPv6 address');
  const below = BigInt((isIPv4(address) ? 32 : 128) - bits);
  const beyond = ipNumber(address) & ((1n << below) - 1n);
  return beyond === 0n ? [] : complain('must not have bits set beyond the prefix length');
}

/** The same of a network that can only be written in one way. */
export function strictCidrProblems(field: string, text: string): FieldError[] {
  const errors = cidrProblems(field, text);
  const [address = '', bits = ''] = text.split('/');
  const canonical = `${canonicalIp(address)}/${bits}`;
  if (errors.length > 0 || canonical === text) return errors;
  return [invalidValue(field, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

/** Warnings about a network that is written otherwise than it should be. */
export function cidrWarnings(field: string, text: string): string[] {
  const network = networkOf(text);
  const canonical = network === undefined ? undefined : canonicalIp(network.address);
  if (network === undefined || !text.includes(':') || canonical === network.address) return [];
  const wanted = JSON.stringify(`${canonical}/${network.bits}`);
  return [`${field}: IPv6 CIDR value ${JSON.stringify(text)} should be in RFC 5952 canonical format (${wanted})`];
}
