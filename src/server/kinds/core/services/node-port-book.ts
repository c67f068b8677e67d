import { Buffer } from 'node:buffer';
import { decodeUtf8, encodeUtf8 } from '../../../../util/bytes.js';
import { fieldsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import type { ServerContext } from '../../../object/server-context.js';
import type { ServiceRanges } from '../../../object/service-ranges.js';
import { internal } from '../../../object/status-error.js';
import { storageRange } from '../../../scheme/storage-keys.js';
import { decodeStored } from '../../../scheme/stored-object.js';
import { portsOf, type Taken } from './allocators.js';

/** The key of the RangeAllocation in which API servers that share a store agree which node ports are taken. */
export const nodePortsKey = '/registry/ranges/servicenodeports';

/** A port without a service is freed by this repair after the first one that finds it: its service may be about to be stored. */
const repairsBeforeFree = 3;

/** The node ports that were taken at one moment. */
export interface NodePortState {
  readonly taken: Taken<number>;
  /** Takes ports. Resolves to false if other ports were taken or freed since: read again. */
  take(ports: readonly number[]): Promise<boolean>;
}

/** The node ports that services hold. */
export interface NodePorts {
  /** Runs `work` while no other request of this server chooses ports. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  read(): Promise<NodePortState>;
  release(ports: readonly number[]): Promise<void>;
  /** Takes the ports that services hold, and frees those that no service holds. */
  repair(): Promise<void>;
}

const books = new WeakMap<ServerContext, Promise<NodePorts>>();

/** Returns the node ports of a server's services. */
export function nodePorts(server: ServerContext): Promise<NodePorts> {
  const found = books.get(server);
  if (found !== undefined) return found;
  const forget = (): void => void books.delete(server);
  const opened = server.storage.isShared === true ? openStored(server) : openLocal(server);
  books.set(server, opened);
  server.restored.add(forget);
  opened.catch(forget);
  return opened;
}

/** Returns the node ports of all stored services. */
async function portsOfServices(server: ServerContext): Promise<Set<number>> {
  const services = server.scheme.resource('', 'v1', 'services');
  if (services === undefined) return new Set();
  const { start, end } = storageRange(services, undefined);
  const { kvs } = await server.storage.range(start, end);
  return new Set(kvs.flatMap((kv) => portsOf(fieldsOf(decodeStored(kv, services).spec))));
}

/** The node ports of a store that one server uses: read once, and kept up to date by its writes. */
async function openLocal(server: ServerContext): Promise<NodePorts> {
  const taken = await portsOfServices(server);
  return {
    inTurn: (work) => work(),
    read: async () => ({
      taken,
      take: async (ports) => {
        if (ports.some((port) => taken.has(port))) return false;
        for (const port of ports) taken.add(port);
        return true;
      },
    }),
    release: async (ports) => {
      for (const port of ports) taken.delete(port);
    },
    // Only this server writes services.
    repair: async () => {},
  };
}

async function openStored(server: ServerContext): Promise<NodePorts> {
  const ports = new StoredNodePorts(server);
  await ports.repair();
  return ports;
}

/** A RangeAllocation as it is stored. */
interface Allocation {
  readonly metadata: JsonObject;
  readonly range: string;
  readonly ports: Set<number>;
  /** 0 if it is not stored. */
  readonly revision: number;
}

/** The node ports of a store that several servers use: they are in a RangeAllocation, as kube-apiserver keeps them. */
class StoredNodePorts implements NodePorts {
  readonly #server: ServerContext;
  /** The number of further repairs that let a port without a service be. */
  readonly #leaks = new Map<number, number>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(server: ServerContext) {
    this.#server = server;
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => {});
    return result;
  }

  async read(): Promise<NodePortState> {
    const found = await this.#load();
    if (found.revision === 0)
      throw internal('cannot allocate resources of type servicenodeportallocations at this time');
    if (found.range !== this.#range) throw internal('the provided range does not match the current range');
    return {
      taken: found.ports,
      take: (ports) => this.#store({ ...found, ports: new Set([...found.ports, ...ports]) }),
    };
  }

  async release(ports: readonly number[]): Promise<void> {
    if (ports.length === 0) return;
    await this.inTurn(async () => {
      for (;;) {
        const found = await this.#load();
        const left = new Set(found.ports);
        for (const port of ports) left.delete(port);
        const isDone = found.revision === 0 || found.range !== this.#range || left.size === found.ports.size;
        if (isDone || (await this.#store({ ...found, ports: left }))) return;
      }
    });
  }

  async repair(): Promise<void> {
    while (!this.#server.closing.aborted) {
      // The services are read after the range: a port that is taken and not seen here has not been handed out at that time.
      const found = await this.#load();
      const held = await portsOfServices(this.#server);
      const ports = new Set([...held].filter((port) => isWithin(this.#server.serviceRanges, port)));
      const leaks = new Map<number, number>();
      for (const port of found.ports) {
        if (held.has(port)) continue;
        const left = this.#leaks.get(port) ?? repairsBeforeFree - 1;
        if (left === 0 && this.#leaks.has(port)) continue;
        leaks.set(port, left - 1);
        if (isWithin(this.#server.serviceRanges, port)) ports.add(port);
      }
      const isSame = found.revision > 0 && found.range === this.#range && equal(ports, found.ports);
      if (!isSame && !(await this.#store({ ...found, range: this.#range, ports }))) continue;
      this.#leaks.clear();
      for (const [port, left] of leaks) this.#leaks.set(port, left);
      return;
    }
  }

  get #range(): string {
    const { first, count } = this.#server.serviceRanges.ports;
    return `${first}-${first + count - 1}`;
  }

  async #load(): Promise<Allocation> {
    const { kv } = await this.#server.storage.get(nodePortsKey);
    if (kv === undefined) return { metadata: {}, range: this.#range, ports: new Set(), revision: 0 };
    const { metadata, range, data } = JSON.parse(decodeUtf8(kv.value)) as JsonObject;
    const [first = ''] = textOf(range).split('-');
    return {
      metadata: fieldsOf(metadata),
      range: textOf(range),
      ports: portsIn(Buffer.from(textOf(data), 'base64'), Number(first)),
      revision: kv.modRevision,
    };
  }

  async #store({ metadata, range, ports, revision }: Allocation): Promise<boolean> {
    const { first, count } = this.#server.serviceRanges.ports;
    const data = bitsOf(ports, first, count).toString('base64');
    const value = encodeUtf8(JSON.stringify({ metadata, range, data }));
    return (await this.#server.storage.put(nodePortsKey, value, revision)).ok;
  }
}

function isWithin({ ports }: ServiceRanges, port: number): boolean {
  return port >= ports.first && port < ports.first + ports.count;
}

function equal(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  return one.size === other.size && [...one].every((port) => other.has(port));
}

/** Returns the ports whose bit is set. The bits are those of a large number, the highest byte first. */
function portsIn(data: Uint8Array, first: number): Set<number> {
  const ports = new Set<number>();
  for (let index = 0; index < data.length * 8; index++) {
    const byte = data[data.length - 1 - (index >> 3)] ?? 0;
    if ((byte >> (index & 7)) & 1) ports.add(first + index);
  }
  return ports;
}

function bitsOf(ports: ReadonlySet<number>, first: number, count: number): Buffer {
  const data = Buffer.alloc(Math.ceil(count / 8));
  for (const port of ports) {
    const [at, bit] = [data.length - 1 - ((port - first) >> 3), (port - first) & 7];
    data[at] = (data[at] ?? 0) | (1 << bit);
  }
  const start = data.findIndex((byte) => byte !== 0);
  return data.subarray(start < 0 ? data.length : start);
}
