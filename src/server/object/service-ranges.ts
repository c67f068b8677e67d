/** Where the addresses and node ports of services come from. */
export interface ServiceRanges {
  readonly addresses: {
    /** The network, such as `10.0.0.0/16`. */
    readonly cidr: string;
    /** The network's own address as a number. */
    readonly first: number;
    readonly count: number;
  };
  readonly ports: { readonly first: number; readonly count: number };
}

/** The ranges in the words of kube-apiserver's flags. */
export interface ServiceRangeOptions {
  /** The network that services get their addresses from, IPv4. Default: `10.0.0.0/16`. */
  serviceClusterIpRange?: string | undefined;
  /** The ports of nodes that services get, such as `30000-32767` or `30000+2767`. Default: `30000-32767`. */
  serviceNodePortRange?: string | undefined;
}

/** kube-apiserver takes no larger network. */
const shortestPrefix = 12;
/** A smaller network has no address left beside its own, its broadcast and that of `kubernetes`. */
const longestPrefix = 29;

/** Reads the ranges. Throws an Error that names the flag for a text that is not a range, and for a range this server cannot use. */
export function serviceRanges(options: ServiceRangeOptions = {}): ServiceRanges {
  return {
    addresses: addressRange(options.serviceClusterIpRange ?? '10.0.0.0/16'),
    ports: portRange(options.serviceNodePortRange ?? '30000-32767'),
  };
}

/** Returns the address at a place of the range. */
export function addressAt({ addresses }: ServiceRanges, index: number): string {
  const number = addresses.first + index;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** Tells whether an address lies in the range. */
export function holdsAddress({ addresses: { first, count } }: ServiceRanges, address: string): boolean {
  const number = numberOf(address);
  return number !== undefined && number >= first && number < first + count;
}

function addressRange(text: string): ServiceRanges['addresses'] {
  const refuse = (why: string): Error => new Error(`cannot use --service-cluster-ip-range=${text}: ${why}`);
  if (text.includes(',')) throw refuse('this server has one range. Give one IPv4 network.');
  if (text.includes(':')) throw refuse('this server has no IPv6 addresses. Give an IPv4 network.');
  const [, address = '', bits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const number = numberOf(address);
  const prefix = Number(bits);
  if (number === undefined || bits === '' || prefix > 32) throw refuse('it is not a network such as 10.0.0.0/16.');
  if (prefix < shortestPrefix) throw refuse(`the mask must be >= ${shortestPrefix}.`);
  if (prefix > longestPrefix) throw refuse(`the mask must be <= ${longestPrefix}.`);
  const count = 2 ** (32 - prefix);
  const first = number - (number % count);
  const network = { addresses: { cidr: '', first, count }, ports: { first: 0, count: 0 } };
  return { cidr: `${addressAt(network, 0)}/${prefix}`, first, count };
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined;
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}

function portRange(text: string): ServiceRanges['ports'] {
  const [, from = '', sign, to] = /^(\d{1,5})(?:([-+])(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const first = Number(from);
  const last = sign === undefined ? first : sign === '+' ? Math.min(first + Number(to), 65_535) : Number(to);
  if (from === '' || first === 0 || last < first || last > 65_535)
    throw new Error(`cannot use --service-node-port-range=${text}: it is not a range of ports such as 30000-32767.`);
  return { first, count: last - first + 1 };
}
