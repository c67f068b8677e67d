import { isIP } from 'node:net';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../../object/field-error.js';
import type { ServerObject } from '../../../object/server-object.js';
import { cidrProblems, ipProblems } from '../../../validation/addresses.js';
import { labelProblems } from '../../../validation/meta-problems.js';
import {
  endpointIpProblems,
  portOrNameProblems,
  portProblems,
  qualifiedProblems,
} from '../../../validation/value-problems.js';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

/** Validates a service. */
export function serviceProblems(service: ServerObject): FieldError[] {
  const spec = fieldsOf(service.spec);
  const ports = objectsOf(spec.ports);
  return [
    ...topologyProblems(service),
    ...(ports.length > 0 || isHeadless(spec) || spec.type === 'ExternalName' ? [] : [required('spec.ports')]),
    ...typeProblems(spec),
    ...portListProblems(ports),
    ...labelProblems(fieldsOf(spec.selector) as { [key: string]: string }, 'spec.selector'),
    ...affinityProblems(spec),
    ...clusterIpProblems(spec),
    ...externalIpProblems(spec),
    ...choiceProblems('spec.type', spec.type, types),
    ...nodePortProblems(ports, spec.type === 'ClusterIP'),
    ...repeatedPortProblems(ports),
    ...loadBalancerProblems(service),
    ...trafficProblems(spec),
  ];
}

/** Checks a field that has to be there and has few values. */
function choiceProblems(field: string, value: unknown, choices: readonly string[]): FieldError[] {
  if (textOf(value) === '') return [required(field)];
  return choices.includes(textOf(value)) ? [] : [notSupported(field, value, choices)];
}

function topologyProblems({ metadata: { annotations = {} } }: ServerObject): FieldError[] {
  const [hints, mode] = ['service.kubernetes.io/topology-aware-hints', 'service.kubernetes.io/topology-mode'];
  const value = annotations[mode];
  if (value === undefined || annotations[hints] === undefined || annotations[hints] === value) return [];
  const why = `must match annotations[${hints}] when both are specified`;
  return [invalidValue(`metadata.annotations[${mode}]`, value, why)];
}

/** Validates the change of a service. */
export function serviceUpdateProblems(spec: JsonObject, before: JsonObject): FieldError[] {
  const errors = addressUpdateProblems(spec, before);
  if (spec.type === 'LoadBalancer' && before.type === 'LoadBalancer') {
    const given = spec.loadBalancerClass ?? null;
    if (!equal(given, before.loadBalancerClass ?? null))
      errors.push(invalidValue('spec.loadBalancerClass', given, 'may not change once set'));
  }
  // Checked once as an update and once more as a service.
  errors.push(...classProblems(spec));
  if (needsHealthCheck(spec) && needsHealthCheck(before) && spec.healthCheckNodePort !== before.healthCheckNodePort)
    errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
  return errors;
}

const isHeadless = (spec: JsonObject): boolean => listOf(spec.clusterIPs)[0] === 'None';

function addressUpdateProblems(spec: JsonObject, before: JsonObject): FieldError[] {
  if (spec.type === 'ExternalName' || before.type === 'ExternalName') return [];
  if (isHeadless(spec) && isHeadless(before)) return [];
  const [now, was] = [listOf(spec.clusterIPs), listOf(before.clusterIPs)];
  const changed = 'may not change once set';
  const errors: FieldError[] = [];
  if (now.length === 0 && was.length > 0)
    errors.push(invalidValue('spec.clusterIPs[0]', now, 'primary clusterIP can not be unset'));
  for (const [index, address] of was.entries()) {
    if (index < now.length && address !== now[index] && (index === 0 || now.length === was.length))
      errors.push(invalidValue(`spec.clusterIPs[${index}]`, now, changed));
  }
  const [families, wereFamilies] = [listOf(spec.ipFamilies), listOf(before.ipFamilies)];
  if (isHeadless(spec) === isHeadless(before) && families.length > 0 && wereFamilies.length > 0) {
    if (families[0] !== wereFamilies[0]) errors.push(invalidValue('spec.ipFamilies[0]', families, changed));
  }
  return errors;
}

/** Reports whether a load balancer must check each node for pods of the service. */
export function needsHealthCheck(spec: JsonObject): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** Reports whether a service can be reached from outside the cluster. */
export function isExternal(spec: JsonObject): boolean {
  return (
    spec.type === 'LoadBalancer' ||
    spec.type === 'NodePort' ||
    (spec.type === 'ClusterIP' && listOf(spec.externalIPs).length > 0)
  );
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function typeProblems(spec: JsonObject): FieldError[] {
  const type = textOf(spec.type);
  if (type !== 'ExternalName') {
    return isHeadless(spec) && (type === 'LoadBalancer' || type === 'NodePort')
      ? [invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`)]
      : [];
  }
  const errors = ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy']
    .filter((field) => (Array.isArray(spec[field]) ? listOf(spec[field]).length > 0 : isGiven(spec[field])))
    .map((field) => forbiddenField(`spec.${field}`, 'may not be set for ExternalName services'));
  const name = textOf(spec.externalName).replace(/\.$/, '');
  if (name === '') return [...errors, required('spec.externalName')];
  return [...errors, ...dns1123SubdomainProblems(name).map((why) => invalidValue('spec.externalName', name, why))];
}

function portListProblems(ports: readonly JsonObject[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `spec.ports[${index}]`;
    const [name, number] = [textOf(port.name), numberOf(port.port) ?? 0];
    const errors: FieldError[] = [];
    if (name === '' && ports.length > 1) errors.push(required(`${at}.name`));
    if (name !== '') errors.push(...dns1123LabelProblems(name).map((why) => invalidValue(`${at}.name`, name, why)));
    if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    errors.push(
      ...portProblems(`${at}.port`, number),
      ...choiceProblems(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
      ...portOrNameProblems(`${at}.targetPort`, port.targetPort),
    );
    if (isGiven(port.appProtocol)) errors.push(...qualifiedProblems(`${at}.appProtocol`, textOf(port.appProtocol)));
    return errors;
  });
}

function nodePortProblems(ports: readonly JsonObject[], isInternal: boolean): FieldError[] {
  const given = ports.flatMap(({ nodePort, protocol }, index) =>
    (numberOf(nodePort) ?? 0) === 0 ? [] : [{ field: `spec.ports[${index}].nodePort`, nodePort, protocol }],
  );
  const why = "may not be used when `type` is 'ClusterIP'";
  const known = new Set<string>();
  return [
    ...(isInternal ? given.map(({ field }) => forbiddenField(field, why)) : []),
    ...given.flatMap(({ field, nodePort, protocol }) => {
      const key = `${textOf(protocol)}/${nodePort}`;
      if (known.has(key)) return [duplicate(field, nodePort)];
      known.add(key);
      return [];
    }),
  ];
}

function repeatedPortProblems(ports: readonly JsonObject[]): FieldError[] {
  const known = new Set<string>();
  return ports.flatMap((port, index) => {
    const [protocol, number] = [textOf(port.protocol), numberOf(port.port) ?? 0];
    const key = `${protocol}/${number}`;
    // Shown as the real server shows it: a port of which nothing but its number and protocol is known.
    const bare = { Name: '', Protocol: protocol, AppProtocol: null, Port: number, TargetPort: 0, NodePort: 0 };
    if (known.has(key)) return [duplicate(`spec.ports[${index}]`, bare)];
    known.add(key);
    return [];
  });
}

const maxAffinitySeconds = 86_400;

function affinityProblems(spec: JsonObject): FieldError[] {
  const config = spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'None') {
    const why = 'must not be set when session affinity is None';
    return isGiven(config) ? [forbiddenField('spec.sessionAffinityConfig', why)] : [];
  }
  const seconds = numberOf(fieldsOf(fieldsOf(config).clientIP).timeoutSeconds);
  if (spec.sessionAffinity !== 'ClientIP')
    return choiceProblems('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']);
  if (seconds === undefined) return [];
  const field = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  return seconds <= 0 || seconds > maxAffinitySeconds
    ? [invalidValue(field, seconds, `must be greater than 0 and less than ${maxAffinitySeconds}`)]
    : [];
}

const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/** Validates the addresses of a service, and their agreement with its families. */
export function clusterIpProblems(spec: JsonObject): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const path = 'spec.clusterIPs';
  const [primary, addresses] = [textOf(spec.clusterIP), listOf(spec.clusterIPs).map(textOf)];
  const families = listOf(spec.ipFamilies).map(textOf);
  const errors: FieldError[] = [];
  if (primary === '' && addresses.length > 0)
    errors.push(invalidValue(path, addresses, 'must be empty when `clusterIP` is not specified'));
  else if (primary !== '' && addresses.length === 0) errors.push(required(path));
  else if (primary !== '' && addresses[0] !== primary)
    errors.push(invalidValue(path, addresses, 'first value must match `clusterIP`'));
  for (const [index, family] of families.entries()) {
    const at = `spec.ipFamilies[${index}]`;
    if (!['IPv4', 'IPv6'].includes(family)) errors.push(notSupported(at, family, ['IPv4', 'IPv6']));
    if (families.indexOf(family) !== index) errors.push(duplicate(at, family));
  }
  if (isGiven(spec.ipFamilyPolicy) && !policies.includes(textOf(spec.ipFamilyPolicy)))
    errors.push(notSupported('spec.ipFamilyPolicy', spec.ipFamilyPolicy, policies));
  const faults = addresses.flatMap((address, index) => {
    if (index !== 0 || address !== 'None') return ipProblems(`${path}[${index}]`, address);
    return addresses.length > 1 ? [invalidValue(path, addresses, "'None' must be the first and only value")] : [];
  });
  errors.push(...faults);
  if (addresses.length > 2) errors.push(invalidValue(path, addresses, 'may only hold up to 2 values'));
  if (faults.length > 0 || addresses[0] === 'None') return errors;
  if (addresses.length > 1 && new Set(addresses.map(isIP)).size < 2)
    errors.push(invalidValue(path, addresses, 'may specify no more than one IP for each IP family'));
  for (const [index, address] of addresses.entries()) {
    const family = families[index];
    if ((family === 'IPv4' || family === 'IPv6') && `IPv${isIP(address)}` !== family) {
      const why = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
      errors.push(invalidValue(`${path}[${index}]`, address, why));
    }
  }
  return errors;
}

function externalIpProblems(spec: JsonObject): FieldError[] {
  return listOf(spec.externalIPs).flatMap((one, index) => {
    const [address, at] = [textOf(one), `spec.externalIPs[${index}]`];
    const errors = ipProblems(at, address);
    return errors.length > 0 ? errors : endpointIpProblems(at, address);
  });
}

const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const onlyBalanced = "may only be used when `type` is 'LoadBalancer'";

function loadBalancerProblems(service: ServerObject): FieldError[] {
  const spec = fieldsOf(service.spec);
  const balanced = spec.type === 'LoadBalancer';
  // The real server writes this path with a capital.
  const ranges = 'spec.LoadBalancerSourceRanges';
  const errors: FieldError[] = [];
  const given = listOf(spec.loadBalancerSourceRanges).map(textOf);
  if (given.length > 0 && !balanced) errors.push(forbiddenField(ranges, onlyBalanced));
  const annotated = service.metadata.annotations?.[rangesAnnotation];
  if (given.length === 0 && annotated !== undefined) {
    const at = `metadata.annotations[${rangesAnnotation}]`;
    if (!balanced) errors.push(forbiddenField(at, onlyBalanced));
    const networks = annotated.trim() === '' ? [] : annotated.trim().split(',');
    errors.push(...networks.flatMap((network) => cidrProblems(at, network.trim())));
  }
  errors.push(...given.flatMap((range, index) => cidrProblems(`${ranges}[${index}]`, range.trim())));
  if (isGiven(spec.allocateLoadBalancerNodePorts) && !balanced)
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', onlyBalanced));
  return [...errors, ...classProblems(spec)];
}

function classProblems({ type, loadBalancerClass }: JsonObject): FieldError[] {
  const field = 'spec.loadBalancerClass';
  if (!isGiven(loadBalancerClass)) return [];
  if (type === 'LoadBalancer') return qualifiedProblems(field, textOf(loadBalancerClass));
  return [forbiddenField(field, onlyBalanced)];
}

const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

function trafficProblems(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const policy = textOf(spec.externalTrafficPolicy);
  if (policy !== '' && !isExternal(spec)) {
    const why = 'may only be set for externally-accessible services';
    errors.push(invalidValue('spec.externalTrafficPolicy', policy, why));
  }
  const port = numberOf(spec.healthCheckNodePort) ?? 0;
  if (isExternal(spec)) errors.push(...choiceProblems('spec.externalTrafficPolicy', policy, ['Cluster', 'Local']));
  if (port !== 0 && !needsHealthCheck(spec)) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalidValue('spec.healthCheckNodePort', port, why));
  } else if (port !== 0) errors.push(...portProblems('spec.healthCheckNodePort', port));
  const inside = spec.internalTrafficPolicy;
  const isOptional = spec.type === 'ExternalName' || !types.includes(textOf(spec.type));
  if (isGiven(inside) || !isOptional)
    errors.push(...choiceProblems('spec.internalTrafficPolicy', inside, ['Cluster', 'Local']));
  const distribution = spec.trafficDistribution;
  if (isGiven(distribution) && !distributions.includes(textOf(distribution)))
    errors.push(notSupported('spec.trafficDistribution', distribution, distributions));
  return errors;
}
