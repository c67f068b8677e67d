import { numberOf, objectsOf } from '../../../../util/json-fields.js';
import { type AddressRange, addressAt, type ServiceRanges } from '../../../object/service-ranges.js';

/** The allocated values, as an allocation must see them. */
export interface Taken<T> {
  has(value: T): boolean;
  add(value: T): unknown;
}

/** The values that one request allocates on top of the others. */
export class Overlay<T> implements Taken<T> {
  private readonly added = new Set<T>();

  constructor(private readonly base: Taken<T>) {}

  has(value: T): boolean {
    return this.added.has(value) || this.base.has(value);
  }

  add(value: T): void {
    this.added.add(value);
  }

  /** The values of this request. */
  values(): T[] {
    return [...this.added];
  }
}
/** The ports of the nodes that a service holds, with the one for health checks. */
export function portsOf(spec: { [field: string]: unknown }): number[] {
  return [...objectsOf(spec.ports).map(({ nodePort }) => nodePort), spec.healthCheckNodePort]
    .flatMap((port) => numberOf(port) ?? [])
    .filter((port) => port > 0);
}

/**
 * Takes a free address of the usable ones, by chance so that an address is not used again soon. The first addresses of a network are left to those who
 * choose one, while there are others. Undefined when there is none.
 */
export function takeAddress(range: AddressRange, taken: Taken<string>, random: () => number): string | undefined {
  const lower = lowerBand(range.count);
  const from = (first: bigint, count: bigint): string | undefined =>
    take(count, (index) => addressAt(range, first + index), taken, random);
  return from(lower, range.count - lower) ?? from(0n, lower);
}

/** Returns the size of the part of a network that is for addresses that a client chooses. */
function lowerBand(count: bigint): bigint {
  if (count <= 16n) return 0n;
  const share = count / 16n;
  return share < 16n ? 16n : share > 256n ? 256n : share;
}

/**
 * Takes a free node port. The first ports are left to those who choose one, while there are others. Undefined when there is none.
 */
export function takePort({ ports }: ServiceRanges, taken: Taken<number>, random: () => number): number | undefined {
  const lower = lowerPorts(ports.count);
  const from = (first: number, count: number): number | undefined =>
    take(BigInt(count), (index) => ports.first + first + Number(index), taken, random);
  return from(lower, ports.count - lower) ?? from(0, lower);
}

/** Returns the number of ports that are for clients that choose one. */
function lowerPorts(count: number): number {
  return count <= 16 ? 0 : Math.min(Math.max(16, Math.floor(count / 32)), 128);
}

function take<T>(count: bigint, at: (index: bigint) => T, taken: Taken<T>, random: () => number): T | undefined {
  const start = chosen(count, random);
  for (let step = 0n; step < count; step++) {
    const value = at((start + step) % count);
    if (taken.has(value)) continue;
    taken.add(value);
    return value;
  }
  return undefined;
}

const mostRandom = 2n ** 53n;

/** Returns a number below `count`. A random number has 53 bits, so the lower bits of a larger one are zero. */
function chosen(count: bigint, random: () => number): bigint {
  const scale = count > mostRandom ? count / mostRandom : 1n;
  return BigInt(Math.floor(random() * Number(count / scale))) * scale;
}

/** Tells why a port cannot be a node port; undefined where it can. */
export function nodePortFault({ ports }: ServiceRanges, port: number): string | undefined {
  const last = ports.first + ports.count - 1;
  if (port >= ports.first && port <= last) return undefined;
  return `provided port is not in the valid range. The range of valid ports is ${ports.first}-${last}`;
}
