import { isIP } from 'node:net';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { type FieldError, invalid, invalidValue } from '../object/field-error.js';
import type { ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { addressAt, holdsAddress, type ServiceRanges } from '../object/service-ranges.js';
import { internal } from '../object/status-error.js';
import { clusterIpProblems, needsHealthCheck } from '../validation/service.js';
import { allocations, nodePortFault, Overlay, portsOf, type Taken, takeAddress, takePort } from './allocators.js';

/**
 * Gives a service what its type needs and it does not have: families, an address, node ports. What was taken before something
 * turned out impossible is given back. Throws the 422 Status for what cannot be had. A dry run takes nothing.
 */
export async function allocate(
  object: ServerObject,
  before: JsonObject | undefined,
  request: ResourceRequest,
): Promise<void> {
  const known = await allocations(request.server);
  const spec = fieldsOf(object.spec);
  const refuse = (errors: readonly FieldError[]): void => {
    if (errors.length > 0) throw invalid(request.resource, object.metadata.name ?? '', errors);
  };
  if (spec.type !== 'ExternalName') refuse(settleFamilies(spec));
  const fresh = textOf(spec.clusterIP) === '';
  const [addresses, ports] = [new Overlay(known.addresses), new Overlay(known.ports)];
  const { random, serviceRanges: ranges } = request.server;
  if (spec.type !== 'ExternalName') refuse(settleAddress(spec, before, addresses, { ranges, random }));
  if (needsNodePorts(spec)) refuse(settleNodePorts(spec, before, ports, { ranges, random }));
  settleHealthPort(spec, before, ports, { ranges, random });
  if (request.query.getAll('dryRun').includes('All')) {
    // What would be given is not known before it is: the real server shows the first of the range.
    const undecided = addressAt(ranges, 0);
    if (fresh && textOf(spec.clusterIP) !== '') Object.assign(spec, { clusterIP: undecided, clusterIPs: [undecided] });
    return;
  }
  addresses.settle();
  ports.settle();
}

/** The candidates of a choice, and its randomness. */
interface Choice {
  readonly ranges: ServiceRanges;
  readonly random: () => number;
}

/** Gives back what one state of a service holds and the other does not. */
export async function letGo(dropped: JsonObject, kept: JsonObject, request: ResourceRequest): Promise<void> {
  const { addresses, ports } = await allocations(request.server);
  const keptAddresses = new Set(listOf(kept.clusterIPs));
  const keptPorts = new Set(portsOf(kept));
  for (const address of listOf(dropped.clusterIPs)) {
    if (!keptAddresses.has(address)) addresses.delete(textOf(address));
  }
  for (const port of portsOf(dropped)) {
    if (!keptPorts.has(port)) ports.delete(port);
  }
}

/** Reports whether the type of a service uses node ports. */
export function needsNodePorts(spec: JsonObject): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer';
}

const familyPath = 'spec.ipFamilyPolicy';

/** Which families the service is of. This cluster has addresses of one, IPv4. */
function settleFamilies(spec: JsonObject): FieldError[] {
  const headless = spec.clusterIP === 'None';
  const selects = Object.keys(fieldsOf(spec.selector)).length > 0;
  // A headless service without a selector may be about anything, and so is of both families.
  spec.ipFamilyPolicy ??= headless && !selects ? 'RequireDualStack' : 'SingleStack';
  const wrong = clusterIpProblems(spec);
  if (wrong.length > 0) return wrong;
  const policy = spec.ipFamilyPolicy;
  const addresses = listOf(spec.clusterIPs).map(textOf);
  const families = listOf(spec.ipFamilies).map(textOf);
  const errors: FieldError[] = [];
  const needsTwo = (what: string): string =>
    `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
  if (policy === 'SingleStack' && addresses.length === 2)
    errors.push(invalidValue(familyPath, policy, needsTwo('cluster IPs')));
  if (policy === 'SingleStack' && families.length === 2)
    errors.push(invalidValue(familyPath, policy, needsTwo('IP families')));
  for (const [index, address] of addresses.entries()) {
    if (address === 'None' || index < families.length) continue;
    if (isIP(address) === 6)
      errors.push(invalidValue(`spec.clusterIPs[${index}]`, addresses, 'IPv6 is not configured on this cluster'));
    else families.push('IPv4');
  }
  if (errors.length > 0) return errors;
  if (families.length === 0) families.push('IPv4');
  if (headless && !selects) {
    if (policy !== 'SingleStack' && families.length === 1) families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4');
    spec.ipFamilies = families;
    return [];
  }
  if (policy === 'RequireDualStack')
    errors.push(invalidValue(familyPath, policy, 'this cluster is not configured for dual-stack services'));
  for (const [index, family] of families.entries()) {
    if (family !== 'IPv4')
      errors.push(invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  }
  spec.ipFamilies = families;
  return errors;
}

function settleAddress(
  spec: JsonObject,
  before: JsonObject | undefined,
  taken: Taken<string>,
  { ranges, random }: Choice,
): FieldError[] {
  const [given] = listOf(spec.clusterIPs).map(textOf);
  if (given === 'None') return [];
  if (given === undefined) {
    const free = takeAddress(ranges, taken, random);
    if (free === undefined) throw internal('failed to allocate a serviceIP: range is full');
    Object.assign(spec, { clusterIP: free, clusterIPs: [free] });
    return [];
  }
  // What it has it keeps; that an address never changes is checked later.
  if (before !== undefined && textOf(before.clusterIP) !== '') return [];
  const complain = (why: string): FieldError[] => [
    invalidValue('spec.clusterIPs', [given], `failed to allocate IP ${given}: ${why}`),
  ];
  if (!holdsAddress(ranges, given)) return complain('the provided network does not match the current range');
  if (taken.has(given)) return complain('provided IP is already allocated');
  taken.add(given);
  return [];
}

/** Node ports for the ports of a service. One number serves the same port in several protocols. */
function settleNodePorts(
  spec: JsonObject,
  before: JsonObject | undefined,
  taken: Taken<number>,
  { ranges, random }: Choice,
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
      const fault = nodePortFault(ranges, wanted);
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
  { ranges, random }: Choice,
): void {
  if (!needsHealthCheck(spec)) return;
  const wanted = numberOf(spec.healthCheckNodePort) ?? 0;
  if (wanted === 0) {
    const free = takePort(ranges, taken, random);
    if (free === undefined) throw internal('failed to allocate a HealthCheck NodePort : range is full');
    spec.healthCheckNodePort = free;
  } else if (before === undefined || before.healthCheckNodePort !== wanted) {
    const fault = nodePortFault(ranges, wanted);
    const why = fault ?? 'provided port is already allocated';
    if (fault !== undefined || taken.has(wanted))
      throw internal(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`);
    taken.add(wanted);
  }
}
