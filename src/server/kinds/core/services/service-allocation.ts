import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalid, invalidValue } from '../../../object/field-error.js';
import type { Operation } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import {
  addressAt,
  familyOf,
  holdsAddress,
  rangeOf,
  type ServiceRanges,
  usableOf,
} from '../../../object/service-ranges.js';
import { internal } from '../../../object/status-error.js';
import { type AddressBook, AddressTaken, addressBook, claimAddresses, releaseAddresses } from './address-book.js';
import { allocatedPorts, nodePortFault, Overlay, portsOf, type Taken, takeAddress, takePort } from './allocators.js';
import { NodePortRange } from './node-port-range.js';
import { settleFamilies } from './service-families.js';
import { needsHealthCheck } from './service-validation.js';

/**
 * Gives a service what its type needs and it does not have: families, an address, node ports. What was taken before something
 * turned out impossible is given back. Throws the 422 Status for what cannot be had. A dry run takes nothing.
 */
export async function allocate(object: ServerObject, old: ServerObject | undefined, request: Operation): Promise<void> {
  const before = old === undefined ? undefined : fieldsOf(old.spec);
  const dryRun = request.given.dryRun.includes('All');
  if (dryRun || request.server.storage.isShared !== true) {
    (await choose(object, before, request, dryRun)).settle();
    return;
  }
  const sent = object.spec;
  for (;;) {
    object.spec = structuredClone(sent);
    // What this server took may belong to another one meanwhile: then the choice begins anew, and knows it.
    if (await record(await choose(object, before, request, false), object, old, request)) return;
  }
}

/** The addresses and ports that a service gets, which nobody else knows yet. */
interface Choice {
  readonly addresses: Overlay<string>;
  readonly ports: Overlay<number>;
  /** Makes them taken for all requests of this server. */
  settle(): void;
}

/** Records a choice in the store that other servers allocate from too. Resolves to false if one of them was first. */
async function record(
  choice: Choice,
  object: ServerObject,
  old: ServerObject | undefined,
  request: Operation,
): Promise<boolean> {
  const { server } = request;
  if (!(await NodePortRange.of(server).take(choice.ports.added))) return false;
  choice.addresses.settle();
  try {
    await claimAddresses(object, old, request);
    return true;
  } catch (error) {
    await letGo(object, old, request);
    if (error instanceof AddressTaken) return false;
    throw error;
  }
}

/** Fills in what a service gets. Throws the 422 Status for what cannot be had. */
async function choose(
  object: ServerObject,
  before: JsonObject | undefined,
  request: Operation,
  dryRun: boolean,
): Promise<Choice> {
  const { server } = request;
  const book = await addressBook(server);
  const { random, serviceRanges: ranges } = server;
  const spec = fieldsOf(object.spec);
  const refuse = (errors: readonly FieldError[]): void => {
    if (errors.length > 0) throw invalid(request.resource, object.metadata.name ?? '', errors);
  };
  if (spec.type !== 'ExternalName') refuse(settleFamilies(spec, before, ranges));
  const given = listOf(spec.clusterIPs).length;
  const isShared = server.storage.isShared === true;
  const taken = isShared ? await NodePortRange.of(server).taken() : await allocatedPorts(server);
  const [addresses, ports] = [new Overlay(book), new Overlay(taken)];
  if (spec.type !== 'ExternalName') refuse(settleAddresses(spec, before, addresses, { ranges, random, dryRun, book }));
  if (needsNodePorts(spec)) refuse(settleNodePorts(spec, before, ports, { ranges, random, dryRun }));
  settleHealthPort(spec, before, ports, { ranges, random, dryRun });
  if (dryRun) showUndecided(spec, given, ranges);
  return {
    addresses,
    ports,
    settle: () => {
      if (dryRun) return;
      addresses.settle();
      ports.settle();
    },
  };
}

/** Shows the network's own address in place of one that a dry run does not take, as kube-apiserver does. */
function showUndecided(spec: JsonObject, given: number, ranges: ServiceRanges): void {
  const addresses = listOf(spec.clusterIPs).map((address, index) => {
    const range = rangeOf(ranges, familyOf(textOf(address)));
    return index < given || range === undefined ? address : addressAt(range, 0n);
  });
  if (addresses.length > given) Object.assign(spec, { clusterIP: addresses[0], clusterIPs: addresses });
}

/** The candidates of a choice, and its randomness. */
interface Candidates {
  readonly ranges: ServiceRanges;
  readonly random: () => number;
  /** True if nothing is allocated: then no range of ports is checked either, nor what is taken. */
  readonly dryRun?: boolean;
}

/** Gives back what one state of a service holds and the other does not. */
export async function letGo(dropped: ServerObject, kept: ServerObject | undefined, request: Operation): Promise<void> {
  await releaseAddresses(dropped, kept, request);
  const { server } = request;
  const keptPorts = new Set(portsOf(fieldsOf(kept?.spec)));
  const free = portsOf(fieldsOf(dropped.spec)).filter((port) => !keptPorts.has(port));
  if (server.storage.isShared === true) await NodePortRange.of(server).release(free);
  else if (free.length > 0) {
    const ports = await allocatedPorts(server);
    for (const port of free) ports.delete(port);
  }
}

/** Reports whether the type of a service uses node ports. */
export function needsNodePorts(spec: JsonObject): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer';
}

/** Gives a service an address of each of its families. On update, only a second family that is new gets one. */
function settleAddresses(
  spec: JsonObject,
  before: JsonObject | undefined,
  taken: Taken<string>,
  { ranges, random, dryRun, book }: Candidates & { readonly book: AddressBook },
): FieldError[] {
  const addresses = listOf(spec.clusterIPs).map(textOf);
  if (addresses[0] === 'None') return [];
  const families = listOf(spec.ipFamilies).map(textOf);
  const held = before === undefined || before.type === 'ExternalName' ? 0 : listOf(before.ipFamilies).length;
  if (held > 0 && (listOf(before?.clusterIPs)[0] === 'None' || families.length <= held)) return [];
  for (const [index, family] of families.entries()) {
    if (index < held) continue;
    const range = rangeOf(ranges, family);
    if (range === undefined) continue;
    const networks = book.networks(family).map(usableOf);
    const given = addresses[index] ?? '';
    if (given === '') {
      let free: string | undefined;
      for (const network of networks) free ??= takeAddress(network, taken, random);
      if (free === undefined) throw internal('failed to allocate a serviceIP: range is full');
      addresses[index] = free;
      continue;
    }
    const complain = (why: string): FieldError[] => [
      invalidValue('spec.clusterIPs', addresses, `failed to allocate IP ${given}: ${why}`),
    ];
    if (!networks.some((network) => holdsAddress(network, given)))
      return complain(
        dryRun === true
          ? `the provided IP (${given}) is not in the valid range. The range of valid IPs is ${range.cidr}`
          : 'the provided network does not match the current range',
      );
    if (dryRun === true) continue;
    if (taken.has(given)) return complain('provided IP is already allocated');
    taken.add(given);
  }
  Object.assign(spec, { clusterIP: addresses[0], clusterIPs: addresses });
  return [];
}

/** Node ports for the ports of a service. One number serves the same port in several protocols. */
function settleNodePorts(
  spec: JsonObject,
  before: JsonObject | undefined,
  taken: Taken<number>,
  { ranges, random, dryRun }: Candidates,
): FieldError[] {
  const held = new Set(before === undefined ? [] : portsOf(before));
  const byPort = new Map<unknown, number>();
  const errors: FieldError[] = [];
  for (const [index, port] of objectsOf(spec.ports).entries()) {
    const wanted = numberOf(port.nodePort) ?? 0;
    if (wanted === 0) {
      if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false) continue;
      const number = byPort.get(port.port) ?? takePort(ranges, taken, random);
      if (number === undefined) throw internal('failed to allocate a nodePort: range is full');
      port.nodePort = number;
      held.add(number);
    } else if (!held.has(wanted)) {
      const fault = dryRun === true ? undefined : nodePortFault(ranges, wanted);
      const why = fault ?? 'provided port is already allocated';
      if (fault !== undefined || taken.has(wanted))
        errors.push(invalidValue(`spec.ports[${index}].nodePort`, wanted, why));
      taken.add(wanted);
      held.add(wanted);
    }
    byPort.set(port.port, numberOf(port.nodePort) ?? 0);
  }
  return errors;
}

/** The port on which a load balancer asks each node whether it has any of the service's pods. */
function settleHealthPort(
  spec: JsonObject,
  before: JsonObject | undefined,
  taken: Taken<number>,
  { ranges, random, dryRun }: Candidates,
): void {
  if (!needsHealthCheck(spec)) return;
  const wanted = numberOf(spec.healthCheckNodePort) ?? 0;
  if (wanted === 0) {
    const free = takePort(ranges, taken, random);
    if (free === undefined) throw internal('failed to allocate a HealthCheck NodePort : range is full');
    spec.healthCheckNodePort = free;
  } else if (before === undefined || before.healthCheckNodePort !== wanted) {
    const fault = dryRun === true ? undefined : nodePortFault(ranges, wanted);
    const why = fault ?? 'provided port is already allocated';
    if (fault !== undefined || taken.has(wanted))
      throw internal(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`);
    taken.add(wanted);
  }
}
