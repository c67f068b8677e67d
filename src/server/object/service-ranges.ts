import { ipNumber, ipVersion } from '../../util/ip-address.js';

/** A family of addresses. */
export type IpFamily = 'IPv4' | 'IPv6';

/** A network that services get addresses of one family from. */
export interface AddressRange {
  readonly family: IpFamily;
  /** The network, such as `10.0.0.0/16`. */
  readonly cidr: string;
  /** The network's own address as a number. */
  readonly first: bigint;
  readonly count: bigint;
}

/** Where the addresses and node ports of services come from. */
export interface ServiceRanges {
  /** One network, or one of each family. The first one is of the default family. */
  readonly addresses: readonly [AddressRange, AddressRange?];
  readonly ports: { readonly first: number; readonly count: number };
}

/** The ranges in the words of kube-apiserver's flags. */
export interface ServiceRangeOptions {
  /** The network that services get their addresses from, or one of each family with a comma between. Default: `10.0.0.0/16`. */
  serviceClusterIpRange?: string | undefined;
  /** The ports of nodes that services get, such as `30000-32767` or `30000+2767`. Default: `30000-32767`. */
  serviceNodePortRange?: string | undefined;
}

/** kube-apiserver takes no larger network of IPv6. */
const shortestV6Prefix = 64;
/** A smaller network than eight addresses has too few beside its own, its broadcast and that of `kubernetes`. */
const leastBits = 3;

/** Reads the ranges. Throws an Error that names the flag for a text that is not a range, and for a range this server cannot use. */
export function serviceRanges(options: ServiceRangeOptions = {}): ServiceRanges {
  return {
    addresses: addressRanges(options.serviceClusterIpRange ?? '10.0.0.0/16'),
    ports: portRange(options.serviceNodePortRange ?? '30000-32767'),
  };
}

/** Returns the address at a place of a range. */
export function addressAt(range: { readonly family: IpFamily; readonly first: bigint }, index: bigint): string {
  const number = range.first + index;
  if (range.family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.');
  const words = Array.from({ length: 8 }, (_, at) => ((number >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1);
}

/** Reads a network of any size. Returns undefined for a text that is not one. */
export function networkOf(text: string): AddressRange | undefined {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = ipVersion(address);
  const length = version === 6 ? 128 : 32;
  const prefix = Number(bits);
  if (version === 0 || prefix > length) return undefined;
  const count = 1n << BigInt(length - prefix);
  const number = ipNumber(address);
  const [family, first] = [version === 6 ? 'IPv6' : 'IPv4', number - (number % count)] as const;
  return { family, cidr: `${addressAt({ family, first }, 0n)}/${prefix}`, first, count };
}

/** Returns the addresses of a network that services may have: not its own, and not the broadcast address of IPv4. */
export function usableOf({ family, cidr, first, count }: AddressRange): AddressRange {
  const usable = count - (family === 'IPv4' ? 2n : 1n);
  return { family, cidr, first: first + 1n, count: usable > 0n ? usable : 0n };
}

/** Returns the families that services may be of, the default one first. */
export function familiesOf({ addresses }: ServiceRanges): IpFamily[] {
  return addresses.flatMap((range) => range?.family ?? []);
}

/** Returns the family of an address. */
export function familyOf(address: string): IpFamily {
  return ipVersion(address) === 6 ? 'IPv6' : 'IPv4';
}

/** Returns the range of a family, undefined where services have no addresses of it. */
export function rangeOf({ addresses }: ServiceRanges, family: string): AddressRange | undefined {
  return addresses.find((range) => range?.family === family);
}

/** Returns whether a range has an address. */
export function holdsAddress({ family, first, count }: AddressRange, address: string): boolean {
  if (familyOf(address) !== family) return false;
  const number = ipNumber(address);
  return number >= first && number < first + count;
}

function addressRanges(text: string): ServiceRanges['addresses'] {
  const refuse = (why: string): Error => new Error(`cannot use --service-cluster-ip-range=${text}: ${why}`);
  const [first, second, ...more] = text.split(',').map((network) => addressRange(network.trim(), refuse));
  if (first === undefined || more.length > 0) throw refuse('it has more than two networks.');
  if (first.family === second?.family) throw refuse('its two networks must be of different families.');
  return second === undefined ? [first] : [first, second];
}

function addressRange(text: string, refuse: (why: string) => Error): AddressRange {
  const range = networkOf(text);
  if (range === undefined) throw refuse('it is not a network such as 10.0.0.0/16.');
  const length = range.family === 'IPv6' ? 128 : 32;
  const prefix = Number(range.cidr.slice(range.cidr.indexOf('/') + 1));
  if (length === 128 && prefix < shortestV6Prefix) throw refuse(`the mask must be >= ${shortestV6Prefix}.`);
  if (prefix > length - leastBits) throw refuse(`the mask must be <= ${length - leastBits}.`);
  return range;
}

function portRange(text: string): ServiceRanges['ports'] {
  const [, from = '', sign, to] = /^(\d{1,5})(?:([-+])(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const first = Number(from);
  const last = sign === undefined ? first : sign === '+' ? Math.min(first + Number(to), 65_535) : Number(to);
  if (from === '' || first === 0 || last < first || last > 65_535)
    throw new Error(`cannot use --service-node-port-range=${text}: it is not a range of ports such as 30000-32767.`);
  return { first, count: last - first + 1 };
}
