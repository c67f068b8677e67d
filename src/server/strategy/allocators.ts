import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { ServerContext } from '../object/server-context.js';
import { storageRange } from '../scheme/resource.js';
import { decodeStored } from '../scheme/stored.js';

/** The services' addresses: 10.0.0.0/16, without the network's own, its broadcast and that of `kubernetes`. */
const addressCount = 65_536;
const firstPort = 30_000;
const portCount = 2_768;

/** The addresses and node ports that services have. */
export interface Allocations {
  readonly addresses: Set<string>;
  readonly ports: Set<number>;
}

/** What is taken, as far as one who takes more needs to see it. */
export interface Taken<T> {
  has(value: T): boolean;
  add(value: T): unknown;
}

/** What one request takes on top of what is taken; nobody else sees it until `settle`. */
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

/** What is taken, read from the store once and kept up by the writes since. */
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
  const taken: Allocations = { addresses: new Set(['10.0.0.0', '10.0.0.1', '10.0.255.255']), ports: new Set() };
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

/** Whether an address lies in the services' range. */
export function inRange(address: string): boolean {
  return /^10\.0\.\d{1,3}\.\d{1,3}$/.test(address);
}

/** A free address, by chance so that an address is not used again soon. Undefined when there is none. */
export function takeAddress(addresses: Taken<string>, random: () => number): string | undefined {
  const start = Math.floor(random() * addressCount);
  for (let step = 0; step < addressCount; step++) {
    const number = (start + step) % addressCount;
    const address = `10.0.${number >> 8}.${number & 255}`;
    if (addresses.has(address)) continue;
    addresses.add(address);
    return address;
  }
  return undefined;
}

/** A free node port. Undefined when there is none. */
export function takePort(ports: Taken<number>, random: () => number): number | undefined {
  const start = Math.floor(random() * portCount);
  for (let step = 0; step < portCount; step++) {
    const port = firstPort + ((start + step) % portCount);
    if (ports.has(port)) continue;
    ports.add(port);
    return port;
  }
  return undefined;
}

/** Whether a port may be a node port. */
export function isNodePort(port: number): boolean {
  return port >= firstPort && port < firstPort + portCount;
}
