import { dns1123LabelProblems, dns1123SubdomainProblems, labelValueProblems } from '../../../../meta/index.js';
import { ipVersion } from '../../../../util/ip-address.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { setDefault } from '../../../object/set-default.js';
import { ipProblems, strictIpFault } from '../../../validation/addresses.js';
import { labelProblems } from '../../../validation/meta-problems.js';
import { endpointIpProblems, portProblems, qualifiedProblems } from '../../../validation/value-problems.js';

const protocols = ['SCTP', 'TCP', 'UDP'];

/** Endpoints, which EndpointSlices took the place of. */
export const endpoints: Strategy = {
  createOnUpdate: true,
  schemaChecked: false,
  defaults: ({ subsets }) => {
    for (const port of objectsOf(subsets).flatMap((subset) => objectsOf(subset.ports))) {
      if (textOf(port.protocol) === '') port.protocol = 'TCP';
    }
  },
  // What was let in once may stay.
  validate: ({ subsets }, old) =>
    old !== undefined && equal(subsets ?? null, old.subsets ?? null) ? [] : subsetProblems(subsets),
};

function subsetProblems(subsets: unknown): FieldError[] {
  return objectsOf(subsets).flatMap((subset, index) => {
    const at = `subsets[${index}]`;
    const lists = ['addresses', 'notReadyAddresses'] as const;
    const errors = lists.every((list) => listOf(subset[list]).length === 0)
      ? [required(at, 'must specify `addresses` or `notReadyAddresses`')]
      : [];
    for (const list of lists)
      for (const [which, address] of objectsOf(subset[list]).entries())
        errors.push(...subsetAddressProblems(address, `${at}.${list}[${which}]`));
    const ports = objectsOf(subset.ports);
    for (const [which, port] of ports.entries())
      errors.push(...subsetPortProblems(port, `${at}.ports[${which}]`, ports.length > 1));
    return errors;
  });
}

/** Validates an address. An invalid one is reported twice, as upstream. */
function subsetAddressProblems(address: JsonObject, path: string): FieldError[] {
  const [ip, host, node] = [textOf(address.ip), textOf(address.hostname), address.nodeName];
  const errors = ipProblems(`${path}.ip`, ip);
  if (host !== '') errors.push(...dns1123LabelProblems(host).map((why) => invalidValue(`${path}.hostname`, host, why)));
  if (node !== undefined) errors.push(...nodeNameProblems(`${path}.nodeName`, textOf(node)));
  const again = ipVersion(ip) === 0 ? [invalidValue(`${path}.ip`, ip, 'must be a valid IP address')] : [];
  return [...errors, ...again, ...(again.length > 0 ? [] : endpointIpProblems(`${path}.ip`, ip))];
}

function subsetPortProblems(port: JsonObject, path: string, named: boolean): FieldError[] {
  const [name, protocol] = [textOf(port.name), textOf(port.protocol)];
  const errors: FieldError[] = [];
  if (named && name === '') errors.push(required(`${path}.name`));
  if (name !== '') errors.push(...dns1123LabelProblems(name).map((why) => invalidValue(`${path}.name`, name, why)));
  errors.push(...portProblems(`${path}.port`, numberOf(port.port) ?? 0));
  if (!protocols.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, protocols));
  if (port.appProtocol !== undefined)
    errors.push(...qualifiedProblems(`${path}.appProtocol`, textOf(port.appProtocol)));
  return errors;
}

function nodeNameProblems(field: string, name: string): FieldError[] {
  return dns1123SubdomainProblems(name).map((why) => invalidValue(field, name, why));
}

/** EndpointSlices: the kind of address is settled when one is made. */
export const endpointSlices: Strategy = {
  generation: true,
  schemaChecked: false,
  generationChanged: (object, old) => {
    const content = ({ metadata: _metadata, ...rest }: ServerObject) => rest;
    return !equal(content(object), content(old)) || !equal(object.metadata.labels ?? {}, old.metadata.labels ?? {});
  },
  defaults: (slice) => {
    for (const port of objectsOf(slice.ports)) {
      setDefault(port, 'name', '');
      setDefault(port, 'protocol', 'TCP');
    }
  },
  prepareForCreate: (slice) => dropTopology(slice),
  prepareForUpdate: (slice, old) => {
    if (!equal(slice.endpoints ?? null, old.endpoints ?? null)) dropTopology(slice);
  },
  validate: (slice, old) => {
    const type = textOf(slice.addressType);
    const errors: FieldError[] = [];
    if (type === '') errors.push(required('addressType'));
    else if (!addressTypes.includes(type)) errors.push(notSupported('addressType', type, addressTypes));
    errors.push(...slicePortProblems(slice.ports));
    if (old === undefined || !equal(slice.endpoints ?? null, old.endpoints ?? null))
      errors.push(...endpointProblems(slice, type));
    return errors;
  },
  validateUpdate: ({ addressType }, old) =>
    addressType === old.addressType ? [] : [invalidValue('addressType', addressType, 'field is immutable')],
  warnings: ({ addressType }, old) =>
    addressType === 'FQDN' && old === undefined ? ['spec.addressType: FQDN endpoints are deprecated'] : [],
};

/** Where an endpoint is was told otherwise in a version before this one. */
function dropTopology(slice: ServerObject): void {
  for (const endpoint of objectsOf(slice.endpoints)) delete endpoint.deprecatedTopology;
}

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const maxPorts = 20_000;
const maxEndpoints = 1_000;
const maxAddresses = 100;
const maxHints = 8;

function slicePortProblems(list: unknown): FieldError[] {
  const ports = objectsOf(list);
  if (ports.length > maxPorts) return [tooMany('ports', ports.length, maxPorts)];
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `ports[${index}]`;
    const [name, protocol] = [textOf(port.name), textOf(port.protocol)];
    const errors: FieldError[] =
      name === '' ? [] : dns1123LabelProblems(name).map((why) => invalidValue(`${at}.name`, name, why));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (!protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols));
    if (port.appProtocol !== undefined)
      errors.push(...qualifiedProblems(`${at}.appProtocol`, textOf(port.appProtocol)));
    return errors;
  });
}

function endpointProblems(slice: ServerObject, type: string): FieldError[] {
  const list = objectsOf(slice.endpoints);
  if (list.length > maxEndpoints) return [tooMany('endpoints', list.length, maxEndpoints)];
  return list.flatMap((endpoint, index) => {
    const path = `endpoints[${index}]`;
    const at = `${path}.addresses`;
    const addresses = listOf(endpoint.addresses).map(textOf);
    const errors: FieldError[] = [];
    if (addresses.length === 0) errors.push(required(at, 'must contain at least 1 address'));
    if (addresses.length > maxAddresses) errors.push(tooMany(at, addresses.length, maxAddresses));
    errors.push(...addresses.flatMap((address, which) => addressProblems(type, address, at, which)));
    const { nodeName, hostname, hints, deprecatedTopology } = endpoint;
    if (nodeName !== undefined) errors.push(...nodeNameProblems(`${path}.nodeName`, textOf(nodeName)));
    errors.push(
      ...labelProblems(fieldsOf(deprecatedTopology) as { [key: string]: string }, `${path}.deprecatedTopology`),
    );
    if (hostname !== undefined) {
      const name = textOf(hostname);
      errors.push(...dns1123LabelProblems(name).map((why) => invalidValue(`${path}.hostname`, name, why)));
    }
    return [...errors, ...hintProblems(fieldsOf(hints), `${path}.hints`)];
  });
}

/** That an address is of the other family is told of the list. Of addresses of an unknown type nothing can be said. */
function addressProblems(type: string, address: string, list: string, index: number): FieldError[] {
  const field = `${list}[${index}]`;
  if (type === 'FQDN') return domainProblems(field, address);
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const fault = strictIpFault(address);
  if (fault !== undefined) return [invalidValue(field, address, fault)];
  const other = `IPv${ipVersion(address)}` === type ? [] : [invalidValue(list, address, `must be an ${type} address`)];
  return [...other, ...endpointIpProblems(field, address)];
}

/** Validates a domain of at least two labels. */
function domainProblems(field: string, address: string): FieldError[] {
  if (address === '') return [required(field)];
  const name = address.replace(/\.$/, '');
  const faults = dns1123SubdomainProblems(name);
  if (faults.length > 0) return [invalidValue(field, name, faults.join(','))];
  const labels = name.split('.');
  if (labels.length < 2)
    return [invalidValue(field, name, 'should be a domain with at least two segments separated by dots')];
  const wrong = labels.find((label) => dns1123LabelProblems(label).length > 0);
  return wrong === undefined ? [] : [invalidValue(field, wrong, dns1123LabelProblems(wrong).join(','))];
}

function hintProblems(hints: JsonObject, path: string): FieldError[] {
  const rules: readonly (readonly [list: string, rule: (name: string) => string[]])[] = [
    ['forZones', labelValueProblems],
    ['forNodes', dns1123SubdomainProblems],
  ];
  for (const [list] of rules) {
    const count = listOf(hints[list]).length;
    if (count > maxHints) return [tooMany(`${path}.${list}`, count, maxHints)];
  }
  return rules.flatMap(([list, rule]) => {
    const names = objectsOf(hints[list]).map(({ name }) => textOf(name));
    return names.flatMap((name, index) => {
      const field = `${path}.${list}[${index}].name`;
      const again = names.indexOf(name) < index ? [duplicate(field, name)] : [];
      return [...again, ...rule(name).map((why) => invalidValue(field, name, why))];
    });
  });
}
