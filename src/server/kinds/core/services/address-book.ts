import { onAbort } from '../../../../util/abort.js';
import { canonicalIp } from '../../../../util/ip-address.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { bootstrapBytes } from '../../../bootstrap/bootstrap-objects.js';
import { addressLabels, addressManager, serviceIpAddress } from '../../../bootstrap/service-ip-address.js';
import type { Operation, ServedResource, ServerContext } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { type AddressRange, addressAt, networkOf } from '../../../object/service-ranges.js';
import { internalError } from '../../../object/status-error.js';
import { newUid, timestamp } from '../../../object/system-fields.js';
import { storageKey, storageRange } from '../../../scheme/storage-keys.js';
import { decodeStored } from '../../../scheme/stored-object.js';
import type { Taken } from './allocators.js';

/** An IPAddress without a service is removed after so many milliseconds: its service may be about to be stored. */
const orphanMs = 60_000;

/** The addresses of services: those that are taken, by IPAddresses, and the networks that they come from, by ServiceCIDRs. */
export class AddressBook implements Taken<string> {
  /** Taken for services that are not stored yet. */
  readonly #pending = new Set<string>();
  /** The names of IPAddresses. */
  readonly #stored = new Set<string>();
  /** By storage key. */
  readonly #cidrs = new Map<string, ServerObject>();
  readonly #server: ServerContext;

  constructor(server: ServerContext) {
    this.#server = server;
  }

  has(address: string): boolean {
    const { addresses } = this.#server.serviceRanges;
    return this.#pending.has(address) || this.#stored.has(address) || address === addressAt(addresses[0], 1n);
  }

  add(address: string): void {
    this.#pending.add(address);
  }

  /**
   * Looks up again whether given addresses are taken: another server may have freed them a moment ago, and this one not know yet.
   */
  async check(addresses: readonly string[]): Promise<void> {
    const { storage } = this.#server;
    const { ipAddresses } = resourcesOf(this.#server);
    if (storage.isShared !== true || ipAddresses === undefined) return;
    for (const address of addresses) {
      if (!this.#stored.has(address)) continue;
      const { kv } = await storage.get(storageKey(ipAddresses, undefined, address));
      if (kv === undefined) this.#stored.delete(address);
    }
  }

  /**
   * Takes addresses for a service that is not stored yet. Where other servers take addresses too, stores the IPAddresses; resolves to
   * false, and takes none, if another server was first with one of them.
   */
  async claim(addresses: readonly string[], service: ServerObject): Promise<boolean> {
    if (this.#server.storage.isShared !== true) {
      for (const address of addresses) this.add(address);
      return true;
    }
    const claimed: string[] = [];
    for (const address of addresses) {
      const { ok } = await putAddress(this.#server, address, service);
      this.settle(address, true);
      if (!ok) {
        await this.unclaim(claimed, service);
        return false;
      }
      claimed.push(address);
    }
    return true;
  }

  /** Frees addresses that were taken for a service. */
  async unclaim(addresses: readonly string[], service: ServerObject): Promise<void> {
    const { storage } = this.#server;
    const { ipAddresses } = resourcesOf(this.#server);
    for (const address of addresses) {
      const stored = ipAddresses && (await storage.get(storageKey(ipAddresses, undefined, address))).kv;
      const isOwn =
        stored !== undefined && ipAddresses !== undefined && belongsTo(decodeStored(stored, ipAddresses), service);
      if (isOwn) await storage.delete(stored.key, stored.modRevision);
      this.settle(address, stored !== undefined && !isOwn);
    }
  }

  /** Notes that the IPAddress of an address is stored, or that there is none. */
  settle(address: string, isStored: boolean): void {
    this.#pending.delete(address);
    if (isStored) this.#stored.add(address);
    else this.#stored.delete(address);
  }

  /** Returns the networks of a family that new addresses may come from, the server's own first. */
  networks(family: string): AddressRange[] {
    const own = this.#server.serviceRanges.addresses.flatMap((range) => range ?? []);
    const cidrs = [...this.#cidrs.values()];
    const isDefined = cidrs.some(({ metadata }) => metadata.name === 'kubernetes');
    const given = cidrs.filter(isReady).flatMap(({ spec }) => listOf(fieldsOf(spec).cidrs).map(textOf));
    const texts = new Set([
      ...own.map(({ cidr }) => cidr).filter((cidr) => !isDefined || given.includes(cidr)),
      ...given,
    ]);
    return [...texts].flatMap((text) => networkOf(text) ?? []).filter((range) => range.family === family);
  }

  /** Reads what is stored, and follows it. `ended` is called when it no longer does. */
  async open(ended: () => void): Promise<this> {
    const server = this.#server;
    const { ipAddresses, serviceCidrs } = resourcesOf(server);
    await this.#follow(ipAddresses, ended, (key, value) => {
      this.settle(key.slice(key.lastIndexOf('/') + 1), value !== undefined);
    });
    await this.#follow(serviceCidrs, ended, (key, value) => {
      if (value === undefined) this.#cidrs.delete(key);
      else this.#cidrs.set(key, value);
    });
    await this.repair();
    return this;
  }

  async #follow(
    resource: ServedResource | undefined,
    ended: () => void,
    note: (key: string, object: ServerObject | undefined) => void,
  ): Promise<void> {
    if (resource === undefined) return;
    const { storage, closing } = this.#server;
    const { start, end } = storageRange(resource, undefined);
    const { kvs, revision } = await storage.range(start, end);
    for (const kv of kvs) note(kv.key, decodeStored(kv, resource));
    let stopListening = (): void => {};
    const watch = storage.watch(start, end, revision, {
      events: (batch) => {
        for (const { type, kv } of batch) note(kv.key, type === 'put' ? decodeStored(kv, resource) : undefined);
      },
      ended: () => {
        stopListening();
        ended();
      },
    });
    stopListening = onAbort(closing, () => watch.close());
  }

  /** Stores IPAddresses that services lack, and removes those whose service is gone. */
  async repair(): Promise<void> {
    const { storage, scheme, clock } = this.#server;
    const { ipAddresses } = resourcesOf(this.#server);
    const services = scheme.resource('', 'v1', 'services');
    if (ipAddresses === undefined || services === undefined) return;
    const held = new Map<string, ServerObject>();
    const { start, end } = storageRange(services, undefined);
    for (const kv of (await storage.range(start, end)).kvs) {
      const service = decodeStored(kv, services);
      for (const address of addressesOf(service)) held.set(address, service);
    }
    for (const [address, service] of held)
      if (!this.#stored.has(address)) await storeAddress(this.#server, address, service);
    const range = storageRange(ipAddresses, undefined);
    for (const kv of (await storage.range(range.start, range.end)).kvs) {
      const { metadata } = decodeStored(kv, ipAddresses);
      const age = clock.now() - Date.parse(metadata.creationTimestamp ?? '');
      if (metadata.labels?.[addressLabels.managedBy] !== addressManager || age < orphanMs) continue;
      if (!held.has(metadata.name ?? '')) await storage.delete(kv.key, kv.modRevision);
    }
  }
}

const books = new WeakMap<ServerContext, Promise<AddressBook>>();

/** Returns the addresses of a server's services. */
export function addressBook(server: ServerContext): Promise<AddressBook> {
  const found = books.get(server);
  if (found !== undefined) return found;
  const forget = (): void => void books.delete(server);
  const opened = new AddressBook(server).open(forget);
  books.set(server, opened);
  opened.catch(forget);
  return opened;
}

/** Stores the IPAddresses of a service that it does not hold yet. Throws the 500 Status if another service has one. */
export async function claimAddresses(
  service: ServerObject,
  old: ServerObject | undefined,
  { server }: Operation,
): Promise<void> {
  // In a shared store they were stored when they were chosen.
  if (server.storage.isShared === true) return;
  const held = new Set(old === undefined ? [] : addressesOf(old));
  for (const address of addressesOf(service)) {
    if (held.has(address)) continue;
    if (!(await storeAddress(server, address, service)))
      throw internalError(`failed to allocate IP ${address}: provided IP is already allocated`);
    (await addressBook(server)).settle(address, true);
  }
}

/** Removes the IPAddresses that one state of a service holds and the other does not. */
export async function releaseAddresses(
  dropped: ServerObject,
  kept: ServerObject | undefined,
  { server }: Operation,
): Promise<void> {
  const book = await addressBook(server);
  const still = new Set(kept === undefined ? [] : addressesOf(kept));
  await book.unclaim(
    addressesOf(dropped).filter((address) => !still.has(address)),
    dropped,
  );
}

/** Stores an IPAddress again that was deleted while its service holds the address. */
export async function keepAddress({ metadata, spec }: ServerObject, { server }: Operation): Promise<void> {
  const { resource, namespace, name } = fieldsOf(fieldsOf(spec).parentRef);
  const services = server.scheme.resource('', 'v1', 'services');
  if (resource !== 'services' || services === undefined) return;
  const { kv } = await server.storage.get(storageKey(services, textOf(namespace), textOf(name)));
  const service = kv && decodeStored(kv, services);
  const address = metadata.name ?? '';
  if (service !== undefined && addressesOf(service).includes(address)) await storeAddress(server, address, service);
}

/** Resolves to false if the address belongs to another service. */
async function storeAddress(server: ServerContext, address: string, { metadata }: ServerObject): Promise<boolean> {
  const { ipAddresses } = resourcesOf(server);
  if (ipAddresses === undefined) return true;
  const result = await putAddress(server, address, { metadata });
  if (result.ok) return true;
  return result.current !== undefined && belongsTo(decodeStored(result.current, ipAddresses), { metadata });
}

/** Stores the IPAddress of a service, if there is none of this address. */
function putAddress(server: ServerContext, address: string, { metadata }: Pick<ServerObject, 'metadata'>) {
  const parent = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
  const object = serviceIpAddress(address, parent);
  const bytes = bootstrapBytes(object, newUid(server.random), timestamp(server.clock));
  return server.storage.put(object.key, bytes, 0);
}

function belongsTo({ spec }: ServerObject, { metadata }: Pick<ServerObject, 'metadata'>): boolean {
  const { resource, namespace, name } = fieldsOf(fieldsOf(spec).parentRef);
  return resource === 'services' && namespace === metadata.namespace && name === metadata.name;
}

function addressesOf({ spec }: ServerObject): string[] {
  const addresses = listOf(fieldsOf(spec).clusterIPs).map(textOf);
  return addresses.flatMap((address) => canonicalIp(address) ?? []);
}

function isReady({ metadata, status }: ServerObject): boolean {
  const ready = objectsOf(fieldsOf(status).conditions).find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && ready?.status === 'True';
}

function resourcesOf({ scheme }: ServerContext) {
  const [ipAddresses, serviceCidrs] = ['ipaddresses', 'servicecidrs'].map((plural) =>
    scheme.resource('networking.k8s.io', 'v1', plural),
  );
  return { ipAddresses, serviceCidrs };
}
