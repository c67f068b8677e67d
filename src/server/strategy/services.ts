import { dns1123LabelProblems } from '../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../fields.js';
import { equal, type JsonObject } from '../patch/json-value.js';
import type { ResourceRequest } from '../registry/context.js';
import type { ServerObject } from '../registry/stored.js';
import { internal } from '../status-error.js';
import {
  duplicate,
  type FieldError,
  invalid,
  invalidValue,
  notSupported,
  required,
} from '../validation/field-error.js';
import { nameRule } from '../validation/object-meta.js';
import { allocations, inRange, isNodePort, portsOf, takeAddress, takePort } from './allocators.js';
import { setDefault } from './pod-spec-defaults.js';
import type { Strategy } from './strategy.js';

/** Services: they get an address, and node ports where their type wants them. */
export const services: Strategy = {
  name: nameRule(dns1123LabelProblems),
  generation: false,
  returnsDeleted: true,
  fields: {
    'spec.clusterIP': (object) => textOf(fieldsOf(object.spec).clusterIP),
    'spec.type': (object) => textOf(fieldsOf(object.spec).type),
  },
  defaults: ({ spec }) => defaultService(fieldsOf(spec)),
  prepareForCreate: async (object, request) => {
    object.status = { loadBalancer: {} };
    await allocate(fieldsOf(object.spec), undefined, object, request);
  },
  prepareForUpdate: async (object, old, request) => {
    const spec = fieldsOf(object.spec);
    const before = fieldsOf(old.spec);
    if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
      // What a client leaves out of an update it does not want to lose.
      for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
        if (isBlank(spec[field])) spec[field] = before[field];
      }
    }
    keepNodePorts(spec, before);
    await allocate(spec, before, object, request);
  },
  validate: ({ spec }) => serviceProblems(fieldsOf(spec)),
  validateUpdate: (object, old) => {
    const [now, before] = [fieldsOf(object.spec), fieldsOf(old.spec)];
    if (before.type === 'ExternalName' || now.type === 'ExternalName' || isBlank(before.clusterIP)) return [];
    if (equal(now.clusterIPs, before.clusterIPs)) return [];
    return [invalidValue('spec.clusterIPs[0]', now.clusterIPs ?? null, 'may not change once set')];
  },
  released: (object, request) => {
    void allocations(request.server).then(({ addresses, ports }) => {
      const spec = fieldsOf(object.spec);
      for (const address of listOf(spec.clusterIPs)) addresses.delete(textOf(address));
      for (const port of portsOf(spec)) ports.delete(port);
    });
  },
};

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function defaultService(spec: JsonObject): void {
  if (textOf(spec.type) === '') spec.type = 'ClusterIP';
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec.sessionAffinity === 'ClientIP')
    setDefault(spec, 'sessionAffinityConfig', { clientIP: { timeoutSeconds: 10_800 } });
  for (const port of objectsOf(spec.ports)) {
    if (textOf(port.protocol) === '') port.protocol = 'TCP';
    if (isBlank(port.targetPort) || port.targetPort === 0) port.targetPort = port.port;
  }
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  if (spec.type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
  if (spec.type !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
}

function keepNodePorts(spec: JsonObject, before: JsonObject): void {
  if (!wantsNodePorts(spec)) return;
  for (const port of objectsOf(spec.ports)) {
    if ((numberOf(port.nodePort) ?? 0) > 0) continue;
    const same = objectsOf(before.ports).find((one) => one.port === port.port && one.protocol === port.protocol);
    if (same?.nodePort !== undefined) port.nodePort = same.nodePort;
  }
}

function wantsNodePorts(spec: JsonObject): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

async function allocate(
  spec: JsonObject,
  before: JsonObject | undefined,
  object: ServerObject,
  request: ResourceRequest,
): Promise<void> {
  const taken = await allocations(request.server);
  const refuse = (error: FieldError): Error => invalid(request.resource, object.metadata.name ?? '', [error]);
  const dryRun = request.query.getAll('dryRun').includes('All');
  const [addresses, ports] = dryRun ? [new Set(taken.addresses), new Set(taken.ports)] : [taken.addresses, taken.ports];
  settleAddress(spec, before, { addresses, ports }, request.server.random, refuse);
  for (const [index, port] of objectsOf(spec.ports).entries()) {
    const wanted = numberOf(port.nodePort) ?? 0;
    if (!wantsNodePorts(spec)) {
      if (wanted > 0 && spec.type === 'ClusterIP' && before !== undefined) delete port.nodePort;
      continue;
    }
    if (wanted === 0) {
      const free = takePort({ addresses, ports }, request.server.random);
      if (free === undefined) throw internal('failed to allocate a nodePort: range is full');
      port.nodePort = free;
    } else if (before === undefined || !portsOf(before).includes(wanted)) {
      const field = `spec.ports[${index}].nodePort`;
      if (!isNodePort(wanted)) {
        throw refuse(
          invalidValue(
            field,
            wanted,
            'provided port is not in the valid range. The range of valid ports is 30000-32767',
          ),
        );
      }
      if (ports.has(wanted)) throw refuse(invalidValue(field, wanted, 'provided port is already allocated'));
      ports.add(wanted);
    }
  }
}

function settleAddress(
  spec: JsonObject,
  before: JsonObject | undefined,
  taken: { addresses: Set<string>; ports: Set<number> },
  random: () => number,
  refuse: (error: FieldError) => Error,
): void {
  if (spec.type === 'ExternalName') return;
  const given = textOf(spec.clusterIP) || textOf(listOf(spec.clusterIPs)[0]);
  if (given === 'None') {
    Object.assign(spec, { clusterIP: 'None', clusterIPs: ['None'] });
    // A headless service without a selector may be about anything, and so is of both families.
    const selects = Object.keys(fieldsOf(spec.selector)).length > 0;
    setDefault(spec, 'ipFamilies', selects ? ['IPv4'] : ['IPv4', 'IPv6']);
    setDefault(spec, 'ipFamilyPolicy', selects ? 'SingleStack' : 'RequireDualStack');
    return;
  }
  setDefault(spec, 'ipFamilies', ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
  if (given === '') {
    const free = takeAddress(taken, random);
    if (free === undefined) throw internal('failed to allocate a serviceIP: range is full');
    Object.assign(spec, { clusterIP: free, clusterIPs: [free] });
    return;
  }
  if (isBlank(spec.clusterIP)) spec.clusterIP = given;
  if (isBlank(spec.clusterIPs)) spec.clusterIPs = [given];
  if (before !== undefined && (before.clusterIP === given || !isBlank(before.clusterIP))) return;
  const problem = inRange(given)
    ? taken.addresses.has(given)
      ? 'provided IP is already allocated'
      : undefined
    : `failed to allocate IP ${given}: the provided network does not match the current range`;
  if (problem !== undefined)
    throw refuse(
      invalidValue(
        'spec.clusterIPs',
        [given],
        problem === 'provided IP is already allocated'
          ? `failed to allocate IP ${given}: provided IP is already allocated`
          : problem,
      ),
    );
  taken.addresses.add(given);
}

function serviceProblems(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const ports = objectsOf(spec.ports);
  const headless = spec.clusterIP === 'None';
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  if (spec.type === 'ExternalName' && textOf(spec.externalName) === '') errors.push(required('spec.externalName'));
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const path = `spec.ports[${index}]`;
    const name = textOf(port.name);
    if (name === '' && ports.length > 1) errors.push(required(`${path}.name`));
    if (name !== '') {
      for (const why of dns1123LabelProblems(name)) errors.push(invalidValue(`${path}.name`, name, why));
      if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
    const number = numberOf(port.port) ?? 0;
    if (number < 1 || number > 65_535)
      errors.push(invalidValue(`${path}.port`, number, 'must be between 1 and 65535, inclusive'));
    const id = `${textOf(port.protocol)}/${number}`;
    if (numbers.has(id)) errors.push(duplicate(path, { protocol: port.protocol, port: number }));
    numbers.add(id);
  }
  if (!['None', 'ClientIP'].includes(textOf(spec.sessionAffinity))) {
    errors.push(notSupported('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']));
  }
  return errors;
}
