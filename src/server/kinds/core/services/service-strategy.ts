import { dns1123LabelProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { setDefault } from '../../../object/set-default.js';
import { cidrWarnings, ipProblems, ipWarnings } from '../../../validation/addresses.js';
import { nameRule } from '../../../validation/meta-problems.js';
import { balancerHostProblems } from '../../networking.k8s.io/ingresses/ingress-strategy.js';
import { claimAddresses } from './address-book.js';
import { portsOf } from './allocators.js';
import { allocate, letGo, needsNodePorts } from './service-allocation.js';
import { isExternal, needsHealthCheck, serviceProblems, serviceUpdateProblems } from './service-validation.js';

/** Services: they get an address, and node ports where their type wants them. */
export const services: Strategy = {
  name: nameRule(dns1123LabelProblems),
  generation: false,
  schemaChecked: false,
  returnsDeleted: true,
  createOnUpdate: true,
  fields: {
    'spec.clusterIP': (object) => textOf(fieldsOf(object.spec).clusterIP),
    'spec.type': (object) => textOf(fieldsOf(object.spec).type),
  },
  defaults: ({ spec, status }) => {
    const fields = fieldsOf(spec);
    defaultService(fields);
    if (fields.type !== 'LoadBalancer') return;
    for (const ingress of objectsOf(fieldsOf(fieldsOf(status).loadBalancer).ingress)) {
      if (textOf(ingress.ip) !== '') setDefault(ingress, 'ipMode', 'VIP');
    }
  },
  prepareForCreate: async (object, request) => {
    object.status = { loadBalancer: {} };
    const spec = fieldsOf(object.spec);
    if (textOf(spec.clusterIP) !== '' && isBlank(spec.clusterIPs)) spec.clusterIPs = [spec.clusterIP];
    await allocate(object, undefined, request);
  },
  prepareForUpdate: async (object, old, request) => {
    const [spec, before] = [fieldsOf(object.spec), fieldsOf(old.spec)];
    followAddress(spec, before);
    keepAllocated(spec, before);
    dropForType(spec, before);
    if (spec.type !== 'LoadBalancer') object.status = { ...fieldsOf(object.status), loadBalancer: {} };
    await allocate(object, before, request);
  },
  validate: (object, old) => [
    ...(old === undefined ? [] : serviceUpdateProblems(fieldsOf(object.spec), fieldsOf(old.spec))),
    ...serviceProblems(object),
  ],
  validateSubresource: (_subresource, { spec, status }, old) =>
    balancerProblems(fieldsOf(spec), fieldsOf(status), fieldsOf(old.status)),
  warnings: ({ spec, metadata }) => serviceWarnings(fieldsOf(spec), metadata.annotations ?? {}),
  claim: claimAddresses,
  released: letGo,
};

const ipModes = ['Proxy', 'VIP'];

/** Checks the addresses that a load balancer gives a service. */
function balancerProblems({ type }: JsonObject, status: JsonObject, old: JsonObject): FieldError[] {
  const path = 'status.loadBalancer.ingress';
  const points = objectsOf(fieldsOf(status.loadBalancer).ingress);
  if (type !== 'LoadBalancer')
    return points.length > 0 ? [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")] : [];
  const known = new Set(objectsOf(fieldsOf(old.loadBalancer).ingress).map(({ ip }) => textOf(ip)));
  return points.flatMap((point, index) => {
    const at = `${path}[${index}]`;
    const [ip, mode] = [textOf(point.ip), point.ipMode];
    const errors = ip === '' || known.has(ip) ? [] : ipProblems(`${at}.ip`, ip);
    if (typeof mode !== 'string') {
      if (ip !== '') errors.push(required(`${at}.ipMode`, 'must be specified when `ip` is set'));
    } else if (ip === '') errors.push(forbiddenField(`${at}.ipMode`, 'may not be specified when `ip` is not set'));
    else if (!ipModes.includes(mode)) errors.push(notSupported(`${at}.ipMode`, mode, ipModes));
    return [...errors, ...balancerHostProblems(textOf(point.hostname), `${at}.hostname`)];
  });
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function defaultService(spec: JsonObject): void {
  if (textOf(spec.type) === '') spec.type = 'ClusterIP';
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (
    spec.sessionAffinity === 'ClientIP' &&
    isBlank(fieldsOf(fieldsOf(spec.sessionAffinityConfig).clientIP).timeoutSeconds)
  )
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10_800 } };
  for (const port of objectsOf(spec.ports)) {
    if (textOf(port.protocol) === '') port.protocol = 'TCP';
    if (isBlank(port.targetPort) || port.targetPort === 0) port.targetPort = port.port;
  }
  if (isExternal(spec) && textOf(spec.externalTrafficPolicy) === '') spec.externalTrafficPolicy = 'Cluster';
  if (spec.type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
  if (spec.type !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
}

/** Two fields with one meaning: a client that knows only the older one changes both by it. */
function followAddress(spec: JsonObject, before: JsonObject): void {
  if (textOf(spec.clusterIP) === textOf(before.clusterIP)) return;
  if (textOf(spec.clusterIP) !== '' && isBlank(spec.clusterIPs)) spec.clusterIPs = [spec.clusterIP];
  if (!equal(spec.clusterIPs ?? [], before.clusterIPs ?? [])) return;
  if (textOf(spec.clusterIP) === '') delete spec.clusterIPs;
  else spec.clusterIPs = [spec.clusterIP];
}

/** Keeps allocated values that an update omits. */
function keepAllocated(spec: JsonObject, before: JsonObject): void {
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    if (textOf(spec.clusterIP) === '') spec.clusterIP = before.clusterIP;
    if (isBlank(spec.clusterIPs) && spec.clusterIP === before.clusterIP) spec.clusterIPs = before.clusterIPs;
  }
  if (needsHealthCheck(spec) && needsHealthCheck(before) && isBlank(spec.healthCheckNodePort))
    spec.healthCheckNodePort = before.healthCheckNodePort;
  if (!needsNodePorts(spec) || !needsNodePorts(before)) return;
  for (const port of objectsOf(spec.ports)) {
    if ((numberOf(port.nodePort) ?? 0) > 0) continue;
    const same = objectsOf(before.ports).find((one) => one.port === port.port && one.protocol === port.protocol);
    if (same?.nodePort !== undefined) port.nodePort = same.nodePort;
  }
}

/**
 * Drops the values that only the previous type used, if the client left them unchanged. If the client changed them, the update is
 * refused.
 */
function dropForType(spec: JsonObject, before: JsonObject): void {
  const drop = (had: boolean, has: boolean, fields: readonly string[]): void => {
    if (!had || has) return;
    for (const field of fields) {
      if (equal(spec[field] ?? null, before[field] ?? null)) delete spec[field];
    }
  };
  const isNamed = (one: JsonObject): boolean => one.type !== 'ExternalName';
  const isBalanced = (one: JsonObject): boolean => one.type === 'LoadBalancer';
  drop(isNamed(before), isNamed(spec), [
    'clusterIP',
    'clusterIPs',
    'ipFamilies',
    'ipFamilyPolicy',
    'internalTrafficPolicy',
  ]);
  drop(needsHealthCheck(before), needsHealthCheck(spec), ['healthCheckNodePort']);
  drop(isBalanced(before), isBalanced(spec), ['allocateLoadBalancerNodePorts', 'loadBalancerClass']);
  drop(isExternal(before), isExternal(spec), ['externalTrafficPolicy']);
  const held = new Set(portsOf({ ports: before.ports }));
  const asBefore = portsOf({ ports: spec.ports }).every((port) => held.has(port));
  if (needsNodePorts(before) && !needsNodePorts(spec) && asBefore) {
    for (const port of objectsOf(spec.ports)) delete port.nodePort;
  }
}

function serviceWarnings(spec: JsonObject, annotations: { readonly [key: string]: string }): string[] {
  const warnings: string[] = [];
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  const external = listOf(spec.externalIPs).length > 0;
  const named = spec.type === 'ExternalName';
  const hints = 'service.kubernetes.io/topology-aware-hints';
  if (Object.hasOwn(annotations, hints))
    warnings.push(`annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`);
  if (!headless)
    for (const [index, address] of listOf(spec.clusterIPs).entries())
      warnings.push(...ipWarnings(`spec.clusterIPs[${index}]`, textOf(address)));
  if (headless && textOf(spec.loadBalancerIP) !== '')
    warnings.push('spec.loadBalancerIP is ignored for headless services');
  if (headless && external) warnings.push('spec.externalIPs is ignored for headless services');
  if (headless && spec.sessionAffinity !== 'None')
    warnings.push('spec.SessionAffinity is ignored for headless services');
  for (const [index, address] of listOf(spec.externalIPs).entries())
    warnings.push(...ipWarnings(`spec.externalIPs[${index}]`, textOf(address)));
  if (external && !headless && !named)
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  warnings.push(...ipWarnings('spec.loadBalancerIP', textOf(spec.loadBalancerIP)));
  for (const [index, network] of listOf(spec.loadBalancerSourceRanges).entries())
    warnings.push(...cidrWarnings(`spec.loadBalancerSourceRanges[${index}]`, textOf(network)));
  if (external && named) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (!named && textOf(spec.externalName) !== '')
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (spec.trafficDistribution === 'PreferClose')
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return warnings;
}
