import { goQuote } from '../../../../util/go-quote.js';
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
import { conflict, internalError } from '../../../object/status-error.js';
import { type AddressBook, addressBook, releaseAddresses } from './address-book.js';
import { nodePortFault, Overlay, portsOf, type Taken, takeAddress, takePort } from './allocators.js';
import { type NodePortState, nodePorts } from './node-port-book.js';
import { settleFamilies } from './service-families.js';
import { needsHealthCheck } from './service-validation.js';

/** Other servers may take what was chosen here this often before the client gets an error. */
const attempts = 1_000;

/**
 * Gives a service what its type needs and it does not have: families, an address, node ports. If another server takes one of them at the
 * same time, chooses again. Throws the 422 Status for what cannot be had. A dry run takes nothing.
 */
export async function allocate(
  object: ServerObject,
  before: JsonObject | undefined,
  request: Operation,
): Promise<void> {
  const { server } = request;
  const spec = fieldsOf(object.spec);
  const dryRun = request.given.dryRun.includes('All');
  if (spec.type !== 'ExternalName') refuse(settleFamilies(spec, before, server.serviceRanges), object, request);
  const given = listOf(spec.clusterIPs).length;
  const book = await addressBook(server);
  const isWithPorts = needsNodePorts(spec) || needsHealthCheck(spec);
  const ports = await nodePorts(server);
  const choose = async (): Promise<void> => {
    await book.check(listOf(spec.clusterIPs).map(textOf));
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const state = isWithPorts ? await ports.read() : noPorts;
      const chosen = { ...object, spec: structuredClone(spec) };
      const addresses = new Overlay(book);
      const taken = new Overlay(state.taken);
      fill(chosen, before, request, { addresses, taken, book, dryRun });
      if (dryRun || (await takeAll(chosen, book, addresses.values(), state, taken.values()))) {
        Object.assign(spec, chosen.spec);
        return;
      }
    }
    throw conflict(request.resource, object.metadata.name ?? '');
  };
  await (isWithPorts && !dryRun ? ports.inTurn(choose) : choose());
  if (dryRun) showUndecided(spec, given, server.serviceRanges);
}

/** The taken addresses and ports, on top of which a choice takes others. */
interface Choices {
  readonly addresses: Overlay<string>;
  readonly taken: Overlay<number>;
  readonly book: AddressBook;
  readonly dryRun: boolean;
}

/** Chooses addresses and ports. Throws the 422 Status for given ones that cannot be had. */
function fill(
  object: ServerObject,
  before: JsonObject | undefined,
  request: Operation,
  { addresses, taken, book, dryRun }: Choices,
): void {
  const { random, serviceRanges: ranges } = request.server;
  const spec = fieldsOf(object.spec);
  const choice = { ranges, random, dryRun };
  if (spec.type !== 'ExternalName')
    refuse(
      settleAddresses(spec, before, addresses, { ...choice, book, name: object.metadata.name ?? '' }),
      object,
      request,
    );
  if (needsNodePorts(spec)) refuse(settleNodePorts(spec, before, taken, choice), object, request);
  settleHealthPort(spec, before, taken, choice);
}

function refuse(errors: readonly FieldError[], { metadata }: ServerObject, { resource }: Operation): void {
  if (errors.length > 0) throw invalid(resource, metadata.name ?? '', errors);
}

/** Takes addresses and ports. Resolves to false, and takes none, if another server was first with one of them. */
async function takeAll(
  service: ServerObject,
  book: AddressBook,
  addresses: readonly string[],
  state: NodePortState,
  ports: readonly number[],
): Promise<boolean> {
  if (!(await book.claim(addresses, service))) return false;
  try {
    if (ports.length === 0 || (await state.take(ports))) return true;
  } catch (error) {
    await book.unclaim(addresses, service);
    throw error;
  }
  await book.unclaim(addresses, service);
  return false;
}

/** The node ports of a service that has none. */
const noPorts: NodePortState = { taken: new Set(), take: async () => true };

/** Shows the network's own address in place of one that a dry run does not take, as kube-apiserver does. */
function showUndecided(spec: JsonObject, given: number, ranges: ServiceRanges): void {
  const addresses = listOf(spec.clusterIPs).map((address, index) => {
    const range = rangeOf(ranges, familyOf(textOf(address)));
    return index < given || range === undefined ? address : addressAt(range, 0n);
  });
  if (addresses.length > given) Object.assign(spec, { clusterIP: addresses[0], clusterIPs: addresses });
}

/** The candidates of a choice, and its randomness. */
interface Choice {
  readonly ranges: ServiceRanges;
  readonly random: () => number;
  /** True if nothing is allocated: then no range of ports is checked either, nor what is taken. */
  readonly dryRun?: boolean;
}

/** Frees what one state of a service holds and the other does not. */
export async function letGo(dropped: ServerObject, kept: ServerObject | undefined, request: Operation): Promise<void> {
  const still = new Set(portsOf(fieldsOf(kept?.spec)));
  const freed = portsOf(fieldsOf(dropped.spec)).filter((port) => !still.has(port));
  try {
    await releaseAddresses(dropped, kept, request);
    if (freed.length > 0) await (await nodePorts(request.server)).release(freed);
  } catch {
    // The service is written already, so the client gets no error. The next repair frees what is left.
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
  { ranges, random, dryRun, book, name }: Choice & { readonly book: AddressBook; readonly name: string },
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
      if (free === undefined)
        throw internalError(`failed to allocate a serviceIP for Service ${goQuote(name)}: range is full`);
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
  { ranges, random, dryRun }: Choice,
): FieldError[] {
  const held = new Set(before === undefined ? [] : portsOf(before));
  const byPort = new Map<unknown, number>();
  const errors: FieldError[] = [];
  for (const [index, port] of objectsOf(spec.ports).entries()) {
    const wanted = numberOf(port.nodePort) ?? 0;
    if (wanted === 0) {
      if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false) continue;
      const number = byPort.get(port.port) ?? takePort(ranges, taken, random);
      if (number === undefined) throw internalError('failed to allocate a nodePort: range is full');
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
  { ranges, random, dryRun }: Choice,
): void {
  if (!needsHealthCheck(spec)) return;
  const wanted = numberOf(spec.healthCheckNodePort) ?? 0;
  if (wanted === 0) {
    const free = takePort(ranges, taken, random);
    if (free === undefined) throw internalError('failed to allocate a HealthCheck NodePort 0: range is full');
    spec.healthCheckNodePort = free;
  } else if (before === undefined || before.healthCheckNodePort !== wanted) {
    const fault = dryRun === true ? undefined : nodePortFault(ranges, wanted);
    const why = fault ?? 'provided port is already allocated';
    if (fault !== undefined || taken.has(wanted))
      throw internalError(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`);
    taken.add(wanted);
  }
}
