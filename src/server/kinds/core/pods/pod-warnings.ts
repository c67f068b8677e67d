import { dns1123LabelProblems, labelValueProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { ipWarnings } from '../../../validation/addresses.js';
import { nodeLabels } from '../../../validation/label-warnings.js';
import { isWhole } from '../../../validation/value-problems.js';
import { overlapWarnings } from './volume-warnings.js';

interface Meta {
  readonly name?: string | undefined;
  readonly annotations?: { readonly [key: string]: string } | undefined;
}

/**
 * Returns the texts of Warning headers for a pod or a pod template. `prefix` leads the paths of a template, as in `spec.template.`; a pod
 * has none.
 */
export function podWarnings(spec: JsonObject, meta: Meta, prefix = ''): string[] {
  const path = `${prefix}spec`;
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    objectsOf(spec[list]).map((container, index): [JsonObject, string] => [container, `${path}.${list}[${index}]`]),
  );
  return [
    ...labelWarnings(spec, path),
    ...Object.keys(meta.annotations ?? {}).flatMap((key) =>
      Object.hasOwn(annotations, key) ? [`${prefix}metadata.annotations[${key}]: ${annotations[key]}`] : [],
    ),
    ...volumeWarnings(spec, path),
    ...overlapWarnings(spec),
    ...repeatedWarnings(spec, path),
    ...overheadWarnings(fieldsOf(spec.overhead), `${path}.overhead`),
    ...profileWarnings(spec, meta, prefix, containers),
    ...containers.flatMap(([container, at]) => [...fractionWarnings(container, at), ...envWarnings(container, at)]),
    ...portWarnings(containers),
    ...((numberOf(spec.terminationGracePeriodSeconds) ?? 0) < 0
      ? [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(spec, path),
    ...listOf(fieldsOf(spec.dnsConfig).nameservers).flatMap((address, index) =>
      ipWarnings(`${path}.dnsConfig.nameservers[${index}]`, textOf(address)),
    ),
    ...objectsOf(spec.hostAliases).flatMap(({ ip }, index) =>
      ipWarnings(`${path}.hostAliases[${index}].ip`, textOf(ip)),
    ),
  ];
}

/** Returns the warning for a name that is not a DNS label, if pods or their hosts are called by it. */
export function nameWarnings({ name = '' }: Meta, used: string): string[] {
  const faults = dns1123LabelProblems(name);
  if (faults.length === 0) return [];
  return [
    `metadata.name: this is used in ${used}, which can result in surprising behavior; a DNS label is recommended: [${faults.join(' ')}]`,
  ];
}

const annotations: { readonly [key: string]: string } = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

/** Profiles that annotations used to name; those of AppArmor are told of in templates only, since pods have theirs converted. */
function profileWarnings(
  spec: JsonObject,
  { annotations: given = {} }: Meta,
  prefix: string,
  containers: readonly [JsonObject, string][],
): string[] {
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  const has = (key: string): boolean => Object.hasOwn(given, key);
  const lacks = (context: unknown, profile: string): boolean => fieldsOf(context)[profile] === undefined;
  const told = (key: string, why: string): string => `${prefix}metadata.annotations[${key}]: ${why}`;
  const ofPod = 'seccomp.security.alpha.kubernetes.io/pod';
  const warnings = lacks(spec.securityContext, 'seccompProfile') && has(ofPod) ? [told(ofPod, seccomp)] : [];
  for (const [{ name, securityContext }] of containers) {
    const key = `container.seccomp.security.alpha.kubernetes.io/${textOf(name)}`;
    if (lacks(securityContext, 'seccompProfile') && has(key)) warnings.push(told(key, seccomp));
    const armor = `container.apparmor.security.beta.kubernetes.io/${textOf(name)}`;
    if (prefix !== '' && lacks(securityContext, 'appArmorProfile') && has(armor))
      warnings.push(told(armor, 'deprecated since v1.30; use the "appArmorProfile" field instead'));
  }
  return warnings;
}

const mandatory = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const matchesNothing = 'a null labelSelector results in matching no pod';

function labelWarnings(spec: JsonObject, path: string): string[] {
  const warnings = Object.keys(fieldsOf(spec.nodeSelector)).flatMap((key) =>
    Object.hasOwn(nodeLabels, key) ? [`${path}.nodeSelector[${key}]: ${nodeLabels[key]}`] : [],
  );
  const affinity = fieldsOf(fieldsOf(spec.affinity).nodeAffinity);
  const at = `${path}.affinity.nodeAffinity`;
  for (const [index, term] of objectsOf(fieldsOf(affinity[mandatory]).nodeSelectorTerms).entries())
    warnings.push(...termWarnings(term, `${at}.${mandatory}.nodeSelectorTerms[${index}]`));
  for (const [index, { preference }] of objectsOf(affinity[preferred]).entries())
    warnings.push(...termWarnings(fieldsOf(preference), `${at}.${preferred}[${index}].preference`, true));
  for (const [index, constraint] of objectsOf(spec.topologySpreadConstraints).entries()) {
    const one = `${path}.topologySpreadConstraints[${index}]`;
    const key = textOf(constraint.topologyKey);
    if (Object.hasOwn(nodeLabels, key)) warnings.push(`${one}.topologyKey: ${key} is ${nodeLabels[key]}`);
    if (isAbsent(constraint.labelSelector)) warnings.push(`${one}.labelSelector: ${matchesNothing}`);
  }
  return warnings;
}

/** Labels of nodes that have other names by now; with `values` also values that no label can have. */
export function termWarnings(term: JsonObject, path: string, values = false): string[] {
  return objectsOf(term.matchExpressions).flatMap((one, index) => {
    const key = textOf(one.key);
    const at = `${path}.matchExpressions[${index}]`;
    const warnings = Object.hasOwn(nodeLabels, key) ? [`${at}.key: ${key} is ${nodeLabels[key]}`] : [];
    if (!values) return warnings;
    const wrong = listOf(one.values).map(textOf).entries();
    for (const [which, value] of wrong)
      for (const why of labelValueProblems(value)) warnings.push(`${at}.values[${which}]: ${value} is invalid, ${why}`);
    return warnings;
  });
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

const volumes: { readonly [kind: string]: string } = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

function volumeWarnings(spec: JsonObject, path: string): string[] {
  return objectsOf(spec.volumes).flatMap((volume, index) =>
    Object.keys(volumes)
      .filter((kind) => !isAbsent(volume[kind]))
      .map((kind) => `${path}.volumes[${index}].${kind === 'storageos' ? 'storageOS' : kind}: ${volumes[kind]}`),
  );
}

function repeatedWarnings(spec: JsonObject, path: string): string[] {
  const repeats = (list: string, field: string): string[] => {
    const seen = new Set<string>();
    return objectsOf(spec[list]).flatMap((item, index) => {
      const value = textOf(item[field]);
      const again = seen.has(value);
      seen.add(value);
      return again ? [`${path}.${list}[${index}].${field}: duplicate ${field} ${JSON.stringify(value)}`] : [];
    });
  };
  const unnamed = objectsOf(spec.imagePullSecrets).flatMap(({ name }, index) =>
    textOf(name) === '' ? [`${path}.imagePullSecrets[${index}].name: invalid empty name ""`] : [],
  );
  return [...repeats('hostAliases', 'ip'), ...repeats('imagePullSecrets', 'name'), ...unnamed];
}

function overheadWarnings(overhead: JsonObject, path: string): string[] {
  return ['memory', 'ephemeral-storage']
    .filter((name) => !isAbsent(overhead[name]) && !isWhole(overhead[name]))
    .map((name) => fraction(`${path}[${name}]`, overhead[name]));
}

/** Returns the warning for an amount of bytes that is not a whole number. */
export function fraction(field: string, amount: unknown): string {
  return `${field}: fractional byte value ${JSON.stringify(String(amount))} is invalid, must be an integer`;
}

/** Bytes are whole: `100m` of memory is most likely meant to be `100M`. */
function fractionWarnings(container: JsonObject, path: string): string[] {
  const resources = fieldsOf(container.resources);
  return ['memory', 'ephemeral-storage'].flatMap((name) =>
    ['limits', 'requests'].flatMap((list) => {
      const value = fieldsOf(resources[list])[name];
      if (isAbsent(value) || isWhole(value)) return [];
      return [fraction(`${path}.resources.${list}[${name}]`, value)];
    }),
  );
}

function envWarnings(container: JsonObject, path: string): string[] {
  const seen = new Set<string>();
  return objectsOf(container.env).flatMap((variable, index) => {
    const [name, value] = [textOf(variable.name), textOf(variable.value)];
    const again = seen.has(name);
    seen.add(name);
    const reference = `$(${name})`;
    const extends_ = isAbsent(variable.valueFrom) && value !== reference && value.includes(reference);
    return again && !extends_
      ? [
          `${path}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        ]
      : [];
  });
}

interface Port {
  readonly at: string;
  readonly hostIP: string;
  readonly hostPort: number;
}

function portWarnings(containers: readonly [JsonObject, string][]): string[] {
  const warnings: string[] = [];
  const claimed = new Map<string, Port[]>();
  const named = new Map<string, string>();
  const names: string[] = [];
  for (const [container, path] of containers) {
    for (const [index, port] of objectsOf(container.ports).entries()) {
      const at = `${path}.ports[${index}]`;
      const one: Port = { at, hostIP: textOf(port.hostIP), hostPort: numberOf(port.hostPort) ?? 0 };
      const key = `${numberOf(port.containerPort) ?? 0}/${textOf(port.protocol)}`;
      const others = claimed.get(key) ?? [];
      if (one.hostIP !== '' && one.hostPort === 0)
        warnings.push(`${at}: hostIP set without hostPort: ${shownPort(port)}`);
      warnings.push(...others.flatMap((other) => overlapWarning(one, other)));
      claimed.set(key, [...others, one]);
      const name = textOf(port.name);
      const first = named.get(name);
      if (name !== '' && first === undefined) named.set(name, at);
      else if (first !== undefined)
        names.push(
          `${at}: duplicate port name ${JSON.stringify(name)} with ${first}, services and probes that select ports by name will use ${first}`,
        );
    }
  }
  return [...warnings, ...names];
}

/** A port as Go writes a struct down. */
function shownPort(port: JsonObject): string {
  const { name, hostPort, containerPort, protocol, hostIP } = port;
  return `{Name:${textOf(name)} HostPort:${numberOf(hostPort) ?? 0} ContainerPort:${numberOf(containerPort) ?? 0} Protocol:${textOf(protocol)} HostIP:${textOf(hostIP)}}`;
}

function overlapWarning(one: Port, other: Port): string[] {
  if (one.hostIP === other.hostIP && one.hostPort === other.hostPort)
    return [`${one.at}: duplicate port definition with ${other.at}`];
  if (one.hostPort === 0 || other.hostPort === 0) return [`${one.at}: overlapping port definition with ${other.at}`];
  const oneIsOpen = (one.hostIP === '') !== (other.hostIP === '');
  return one.hostPort === other.hostPort && oneIsOpen
    ? [`${one.at}: dangerously ambiguous port definition with ${other.at}`]
    : [];
}

function affinityWarnings(spec: JsonObject, path: string): string[] {
  return ['podAffinity', 'podAntiAffinity'].flatMap((kind) => {
    const one = fieldsOf(fieldsOf(spec.affinity)[kind]);
    const at = `${path}.affinity.${kind}`;
    return [
      ...objectsOf(one[mandatory]).flatMap(({ labelSelector }, index) =>
        isAbsent(labelSelector) ? [`${at}.${mandatory}[${index}].labelSelector: ${matchesNothing}`] : [],
      ),
      ...objectsOf(one[preferred]).flatMap(({ podAffinityTerm }, index) =>
        isAbsent(fieldsOf(podAffinityTerm).labelSelector)
          ? [`${at}.${preferred}[${index}].podAffinityTerm.labelSelector: ${matchesNothing}`]
          : [],
      ),
    ];
  });
}
