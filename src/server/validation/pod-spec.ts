import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../fields.js';
import type { JsonObject } from '../patch/json-value.js';
import { containerPortProblems, hostNetworkProblems, hostPortConflicts } from './container-ports.js';
import { envProblems } from './env.js';
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from './field-error.js';
import { mountProblems } from './mounts.js';
import { labelProblems } from './object-meta.js';
import { podDnsProblems } from './pod-dns.js';
import { probeProblems } from './probes.js';
import { resourceProblems } from './resources.js';
import { schedulingProblems } from './scheduling.js';
import { containerSecurityProblems, podSecurityProblems } from './security-context.js';
import { qualifiedProblems } from './values.js';
import { checkVolumes } from './volumes.js';

/**
 * What is wrong with a pod spec, in a pod or in a template. What the schemas say by themselves is not said again. `isPod` tells a
 * pod, of which a little more is asked, from a template.
 */
export function podSpecProblems(spec: JsonObject, path: string, isPod = false): FieldError[] {
  const volumes = checkVolumes(spec, path);
  return [
    ...volumes.errors,
    ...containersProblems(spec, path, isPod, volumes.sound),
    ...hostNetworkProblems(spec, path, isPod),
    ...labelProblems(fieldsOf(spec.nodeSelector) as { [key: string]: string }, `${path}.nodeSelector`),
    ...podSecurityProblems(fieldsOf(spec.securityContext), `${path}.securityContext`),
    ...podDnsProblems(spec, path),
    ...objectsOf(spec.readinessGates).flatMap(({ conditionType }, index) =>
      qualifiedProblems(`${path}.readinessGates[${index}].conditionType`, textOf(conditionType)),
    ),
    ...schedulingProblems(spec, path),
    ...nameProblems(spec, path),
    ...deadlineProblems(numberOf(spec.activeDeadlineSeconds), `${path}.activeDeadlineSeconds`),
  ];
}

const maxDeadline = 2_147_483_647;

function deadlineProblems(seconds: number | undefined, field: string): FieldError[] {
  return seconds !== undefined && (seconds < 1 || seconds > maxDeadline)
    ? [invalidValue(field, seconds, `must be between 1 and ${maxDeadline}, inclusive`)]
    : [];
}

/** Fields that name something: itself in DNS, or an object. */
function nameProblems(spec: JsonObject, path: string): FieldError[] {
  const labels = ['hostname', 'subdomain'] as const;
  const names = ['nodeName', 'serviceAccountName', 'priorityClassName', 'runtimeClassName'] as const;
  const complain = (field: string, rule: (value: string) => string[]): FieldError[] => {
    const value = textOf(spec[field]);
    return value === '' ? [] : rule(value).map((why) => invalidValue(`${path}.${field}`, value, why));
  };
  return [
    ...labels.flatMap((field) => complain(field, dns1123LabelProblems)),
    ...names.flatMap((field) => complain(field, dns1123SubdomainProblems)),
  ];
}

function containersProblems(
  spec: JsonObject,
  path: string,
  isPod: boolean,
  volumes: ReadonlyMap<string, JsonObject>,
): FieldError[] {
  const containers = objectsOf(spec.containers);
  const errors: FieldError[] = containers.length === 0 ? [required(`${path}.containers`)] : [];
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = `${path}.containers[${index}]`;
    errors.push(...containerProblems(container, at, volumes, isPod), ...probeProblems(container, at));
    errors.push(...repeated(container, at, names));
  }
  errors.push(...hostPortConflicts(containers, `${path}.containers`));
  for (const [index, container] of objectsOf(spec.initContainers).entries()) {
    const at = `${path}.initContainers[${index}]`;
    errors.push(...containerProblems(container, at, volumes, isPod), ...repeated(container, at, names));
    // One after the other, so that only those that keep running can be asked how they are.
    if (container.restartPolicy === 'Always') errors.push(...probeProblems(container, at));
    else errors.push(...initOnlyProblems(container, at));
  }
  return errors;
}

function repeated(container: JsonObject, path: string, names: Set<string>): FieldError[] {
  const name = textOf(container.name);
  const errors = name !== '' && names.has(name) ? [duplicate(`${path}.name`, name)] : [];
  names.add(name);
  return errors;
}

function initOnlyProblems(container: JsonObject, path: string): FieldError[] {
  return ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']
    .filter((field) => container[field] !== undefined && container[field] !== null)
    .map((field) =>
      forbiddenField(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
    );
}

function containerProblems(
  container: JsonObject,
  path: string,
  volumes: ReadonlyMap<string, JsonObject>,
  isPod: boolean,
): FieldError[] {
  const [name, image] = [textOf(container.name), textOf(container.image)];
  const errors: FieldError[] =
    name === '' ? [] : dns1123LabelProblems(name).map((why) => invalidValue(`${path}.name`, name, why));
  if (image === '') errors.push(required(`${path}.image`));
  else if (isPod && image.trim() !== image)
    errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  const resizes = listOf(container.resizePolicy).map((one) => textOf(fieldsOf(one).resourceName));
  return [
    ...errors,
    ...containerPortProblems(container, path),
    ...envProblems(container, path),
    ...mountProblems(container, path, volumes),
    ...resourceProblems(fieldsOf(container.resources), `${path}.resources`),
    ...resizes
      .filter((resource, index) => resizes.indexOf(resource) !== index)
      .map((resource) => duplicate(`${path}.resizePolicy`, resource)),
    ...containerSecurityProblems(fieldsOf(container.securityContext), `${path}.securityContext`),
  ];
}
