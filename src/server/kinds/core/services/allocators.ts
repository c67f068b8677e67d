import { fieldsOf, numberOf, objectsOf } from '../../../../util/json-fields.js';
import type { ServerContext } from '../../../object/server-context.js';
import { type AddressRange, addressAt, type ServiceRanges } from '../../../object/service-ranges.js';
import { storageRange } from '../../../scheme/storage-keys.js';
import { decodeStored } from '../../../scheme/stored-object.js';

/** The allocated values, as an allocation must see them. */
export interface Taken<T> {
  has(value: T): boolean;
  add(value: T): unknown;
}

/** The values that one request allocates on top of the others. Other requests see them after `settle`. */
export class Overlay<T> implements Taken<T> {
  readonly added = new Set<T>();

  constructor(private readonly base: Taken<T>) {}

  has(value: T): boolean {
    return this.added.has(value) || this.base.has(value);
  }

  add(value: T): void {
    this.added.add(value);
  }

  /** Makes it taken for all. */
  settle(): void {
    for (const value of this.added) this.base.add(value);
  }
}

const known = new WeakMap<ServerContext, Promise<Set<number>>>();

/** Returns the node ports that services of a store have which is not shared. They are read once, and updated by the writes since. */
export function allocatedPorts(server: ServerContext): Promise<Set<number>> {
  let found = known.get(server);
  if (found === undefined) {
    found = portsOfServices(server);
    known.set(server, found);
    server.restored.add(() => known.delete(server));
  }
  return found;
}

/** Reads the node ports of all services. */
export async function portsOfServices(server: ServerContext): Promise<Set<number>> {
  const taken = new Set<number>();
  const services = server.scheme.resource('', 'v1', 'services');
  if (services === undefined) return taken;
  const { start, end } = storageRange(services, undefined);
  const { kvs } = await server.storage.range(start, end);
  for (const kv of kvs) for (const port of portsOf(fieldsOf(decodeStored(kv, services).spec))) taken.add(port);
  return taken;
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

/** Takes a free node port. Undefined when there is none. */
export function takePort({ ports }: ServiceRanges, taken: Taken<number>, random: () => number): number | undefined {
  return take(BigInt(ports.count), (index) => ports.first + Number(index), taken, random);
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
