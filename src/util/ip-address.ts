import { isIP, isIPv4 } from 'node:net';

/** Returns 4 or 6, and 0 for a text that is not an address. Refuses zones (`fe80::1%eth0`) as Go's `net.ParseIP` does; Node's `isIP` takes them. */
export function ipVersion(text: string): number {
  return text.includes('%') ? 0 : isIP(text);
}

/** Returns an address in the form of RFC 5952, undefined for a text that is not an address. */
export function canonicalIp(address: string): string | undefined {
  if (isIPv4(address)) return address;
  return ipVersion(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : undefined;
}

/** Returns the bits of an address as one number. */
export function ipNumber(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((all, part) => all * 256n + BigInt(part), 0n);
  const [head = '', tail] = (canonicalIp(address) ?? '').split('::');
  const words = (part: string | undefined): string[] => (part === undefined || part === '' ? [] : part.split(':'));
  const [first, last] = [words(head), words(tail)];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
  return all.reduce((sum, word) => sum * 65_536n + BigInt(`0x${word}`), 0n);
}
