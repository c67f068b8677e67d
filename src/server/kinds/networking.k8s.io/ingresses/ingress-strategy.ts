import { isIP } from 'node:net';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { ipProblems } from '../../../validation/addresses.js';
import { typedReferenceProblems } from '../../../validation/references.js';
import { portNameProblems, portProblems } from '../../../validation/value-problems.js';

const classAnnotation = 'kubernetes.io/ingress.class';

/** Ingresses. */
export const ingresses: Strategy = {
  schemaChecked: false,
  warnings: ({ metadata, spec }, old) =>
    old === undefined &&
    Object.hasOwn(metadata.annotations ?? {}, classAnnotation) &&
    fieldsOf(spec).ingressClassName === undefined
      ? [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  validate: ({ spec }) => {
    const { defaultBackend, rules, tls, ingressClassName } = fieldsOf(spec);
    const list = objectsOf(rules);
    const errors: FieldError[] = [];
    if (defaultBackend === undefined && list.length === 0)
      errors.push(invalidValue('spec', null, 'either `defaultBackend` or `rules` must be specified'));
    if (defaultBackend !== undefined) errors.push(...backendProblems(fieldsOf(defaultBackend), 'spec.defaultBackend'));
    errors.push(...list.flatMap((rule, index) => ruleProblems(rule, `spec.rules[${index}]`)));
    for (const [index, one] of objectsOf(tls).entries()) errors.push(...tlsProblems(one, `spec.tls[${index}]`));
    const name = textOf(ingressClassName);
    if (ingressClassName !== undefined)
      errors.push(...dns1123SubdomainProblems(name).map((why) => invalidValue('spec.ingressClassName', name, why)));
    return errors;
  },
  validateCreate: ({ spec, metadata }) => {
    const { ingressClassName } = fieldsOf(spec);
    const annotated = metadata.annotations?.[classAnnotation];
    if (annotated === undefined || ingressClassName === undefined || annotated === ingressClassName) return [];
    const why = 'must match `ingressClassName` when both are specified';
    return [invalidValue(`annotations.${classAnnotation}`, annotated, why)];
  },
  validateSubresource: (_subresource, { status }, old) => balancerProblems(fieldsOf(status), fieldsOf(old.status)),
};

/** Checks the addresses that a load balancer gives an ingress. */
function balancerProblems(status: JsonObject, old: JsonObject): FieldError[] {
  const known = new Set(objectsOf(fieldsOf(old.loadBalancer).ingress).map(({ ip }) => textOf(ip)));
  return objectsOf(fieldsOf(status.loadBalancer).ingress).flatMap((point, index) => {
    const at = `status.loadBalancer.ingress[${index}]`;
    const [ip, hostname] = [textOf(point.ip), textOf(point.hostname)];
    const errors = ip === '' || known.has(ip) ? [] : ipProblems(`${at}.ip`, ip);
    return [...errors, ...balancerHostProblems(hostname, `${at}.hostname`)];
  });
}

/** Checks the name of a load balancer in DNS. */
export function balancerHostProblems(hostname: string, field: string): FieldError[] {
  if (hostname === '') return [];
  const errors = dns1123SubdomainProblems(hostname).map((why) => invalidValue(field, hostname, why));
  if (isIP(hostname) !== 0) errors.push(invalidValue(field, hostname, 'must be a DNS name, not an IP address'));
  return errors;
}

/** Validates a host name; the first label may be a star. */
function hostProblems(host: string, path: string): FieldError[] {
  if (!host.includes('*')) return dns1123SubdomainProblems(host).map((why) => invalidValue(path, host, why));
  if (host.startsWith('*.') && dns1123SubdomainProblems(host.slice(2)).length === 0) return [];
  const why =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  return [invalidValue(path, host, why)];
}

function tlsProblems({ hosts, secretName }: JsonObject, path: string): FieldError[] {
  const secret = textOf(secretName);
  return [
    ...listOf(hosts).flatMap((host, index) => hostProblems(textOf(host), `${path}.hosts[${index}]`)),
    ...(secret === '' ? [] : dns1123SubdomainProblems(secret)).map((why) =>
      invalidValue(`${path}.secretName`, secret, why),
    ),
  ];
}

function ruleProblems(rule: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const host = textOf(rule.host);
  if (isIP(host) !== 0) errors.push(invalidValue(`${path}.host`, host, 'must be a DNS name, not an IP address'));
  if (host !== '') errors.push(...hostProblems(host, `${path}.host`));
  if (rule.http !== undefined && objectsOf(fieldsOf(rule.http).paths).length === 0)
    errors.push(required(`${path}.http.paths`));
  for (const [index, one] of objectsOf(fieldsOf(rule.http).paths).entries())
    errors.push(...pathProblems(one, `${path}.http.paths[${index}]`));
  return errors;
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const neverIn = ['//', '/./', '/../', '%2f', '%2F'];
const neverAtEnd = ['/..', '/.'];

function pathProblems(one: JsonObject, at: string): FieldError[] {
  const [type, path] = [textOf(one.pathType), textOf(one.path)];
  if (one.pathType === undefined || one.pathType === null)
    return [required(`${at}.pathType`, 'pathType must be specified')];
  const errors: FieldError[] = [];
  const complain = (why: string): void => void errors.push(invalidValue(`${at}.path`, path, why));
  if (!pathTypes.includes(type))
    return [
      notSupported(`${at}.pathType`, type, pathTypes),
      ...backendProblems(fieldsOf(one.backend), `${at}.backend`),
    ];
  const exact = type === 'Exact' || type === 'Prefix';
  if (!path.startsWith('/') && (exact || path !== '')) complain('must be an absolute path');
  for (const part of exact ? neverIn : []) if (path.includes(part)) complain(`must not contain '${part}'`);
  for (const end of exact ? neverAtEnd : []) if (path.endsWith(end)) complain(`cannot end with '${end}'`);
  return [...errors, ...backendProblems(fieldsOf(one.backend), `${at}.backend`)];
}

function backendProblems({ service, resource }: JsonObject, path: string): FieldError[] {
  if (service !== undefined && resource !== undefined)
    return [invalidValue(path, '', 'cannot set both resource and service backends')];
  if (service === undefined)
    return resource === undefined
      ? [invalidValue(path, '', 'resource or service backend is required')]
      : typedReferenceProblems(fieldsOf(resource), `${path}.resource`);
  const { name, port } = fieldsOf(service);
  const text = textOf(name);
  const errors =
    text === ''
      ? [required(`${path}.service.name`)]
      : dns1123LabelProblems(text).map((why) => invalidValue(`${path}.service.name`, text, why));
  const [portName, number] = [textOf(fieldsOf(port).name), numberOf(fieldsOf(port).number) ?? 0];
  if (portName !== '' && number !== 0) errors.push(invalidValue(path, '', 'cannot set both port name & port number'));
  else if (portName !== '') errors.push(...portNameProblems(`${path}.service.port.name`, portName));
  else if (number !== 0) errors.push(...portProblems(`${path}.service.port.number`, number));
  else errors.push(required(path, 'port name or number is required'));
  return errors;
}
