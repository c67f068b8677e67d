import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { ServerContext } from '../object/server-context.js';
import { addressAt, type ServiceRanges } from '../object/service-ranges.js';
import { storageRange } from '../scheme/resource.js';
import { decodeStored } from '../scheme/stored.js';

/** The addresses and node ports that services have. */
export interface Allocations {
  readonly addresses: Set<string>;
  readonly ports: Set<number>;
}

/** The allocated values, as an allocation must see them. */
export interface Taken<T> {
  has(value: T): boolean;
  add(value: T): unknown;
}

/** The values that one request allocates on top of the others. Other requests see them after `settle`. */
export class Overlay<T> implements Taken<T> {
  private readonly added = new Set<T>();

  constructor(private readonly base: Set<T>) {}

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

const known = new WeakMap<ServerContext, Promise<Allocations>>();

/** Returns the allocated values, read from the store once and updated by the writes since. */
export function allocations(server: ServerContext): Promise<Allocations> {
  let found = known.get(server);
  if (found === undefined) {
    found = read(server);
    known.set(server, found);
    server.restored.add(() => known.delete(server));
  }
  return found;
}

async function read(server: ServerContext): Promise<Allocations> {
  const taken: Allocations = { addresses: new Set(reserved(server.serviceRanges)), ports: new Set() };
  const services = server.scheme.resource('', 'v1', 'services');
  if (services === undefined) return taken;
  const { start, end } = storageRange(services, undefined);
  const { kvs } = await server.storage.range(start, end);
  for (const kv of kvs) {
    const spec = fieldsOf(decodeStored(kv, services).spec);
    for (const address of listOf(spec.clusterIPs)) taken.addresses.add(textOf(address));
    for (const port of portsOf(spec)) taken.ports.add(port);
  }
  return taken;
}

/** The ports of the nodes that a service holds, with the one for health checks. */
export function portsOf(spec: { [field: string]: unknown }): number[] {
  return [...objectsOf(spec.ports).map(({ nodePort }) => nodePort), spec.healthCheckNodePort]
    .flatMap((port) => numberOf(port) ?? [])
    .filter((port) => port > 0);
}

/** The network's own address, that of the service `kubernetes`, and the broadcast address. */
function reserved(ranges: ServiceRanges): string[] {
  return [0, 1, ranges.addresses.count - 1].map((index) => addressAt(ranges, index));
}

/** Takes a free address, by chance so that an address is not used again soon. Undefined when there is none. */
export function takeAddress(ranges: ServiceRanges, taken: Taken<string>, random: () => number): string | undefined {
  return take(ranges.addresses.count, (index) => addressAt(ranges, index), taken, random);
}

/** Takes a free node port. Undefined when there is none. */
export function takePort({ ports }: ServiceRanges, taken: Taken<number>, random: () => number): number | undefined {
  return take(ports.count, (index) => ports.first + index, taken, random);
}

function take<T>(count: number, at: (index: number) => T, taken: Taken<T>, random: () => number): T | undefined {
  const start = Math.floor(random() * count);
  for (let step = 0; step < count; step++) {
    const value = at((start + step) % count);
    if (taken.has(value)) continue;
    taken.add(value);
    return value;
  }
  return undefined;
}

/** Tells why a port cannot be a node port; undefined where it can. */
export function nodePortFault({ ports }: ServiceRanges, port: number): string | undefined {
  const last = ports.first + ports.count - 1;
  if (port >= ports.first && port <= last) return undefined;
  return `provided port is not in the valid range. The range of valid ports is ${ports.first}-${last}`;
}
