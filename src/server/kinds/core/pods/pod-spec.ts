import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../../../object/field-error.js';
import { labelProblems } from '../../../validation/meta-problems.js';
import { resourceProblems } from '../../../validation/resources.js';
import { affinityProblems, gateProblems, spreadProblems, tolerationProblems } from '../../../validation/scheduling.js';
import { qualifiedProblems } from '../../../validation/value-problems.js';
import { containerPortProblems, hostNetworkProblems, hostPortConflicts } from './container-ports.js';
import { envProblems, fileKeyVolumeProblems } from './env.js';
import { ephemeralContainerProblems } from './ephemeral-containers.js';
import { mountProblems } from './mounts.js';
import { hostProcessProblems, hostUsersProblems, osProblems } from './platform-problems.js';
import { containerClaimProblems, podClaimProblems } from './pod-claims.js';
import { aliasProblems, podDnsProblems } from './pod-dns.js';
import { podResourcesProblems } from './pod-level-resources.js';
import { probeProblems } from './probes.js';
import { containerSecurityProblems, podSecurityProblems } from './security-context.js';
import { checkVolumes } from './volumes.js';

/**
 * Validates a pod spec, in a pod or in a template, beyond the checks of the schemas. `isPod` distinguishes a pod, which has a few more
 * rules, from a template.
 */
export function podSpecProblems(spec: JsonObject, path: string, isPod = false): FieldError[] {
  const volumes = checkVolumes(spec, path);
  return [
    ...volumes.errors,
    ...podClaimProblems(spec, path),
    ...containersProblems(spec, path, isPod, volumes.sound),
    ...podResourcesProblems(spec, path),
    ...hostNetworkProblems(spec, path, isPod),
    ...oneOf(spec.restartPolicy, `${path}.restartPolicy`, podRestarts),
    ...oneOf(spec.dnsPolicy, `${path}.dnsPolicy`, dnsPolicies),
    ...labelProblems(fieldsOf(spec.nodeSelector) as { [key: string]: string }, `${path}.nodeSelector`),
    ...podSecurityProblems(fieldsOf(spec.securityContext), `${path}.securityContext`),
    ...affinityProblems(fieldsOf(spec.affinity), `${path}.affinity`),
    ...podDnsProblems(spec, path),
    ...objectsOf(spec.readinessGates).flatMap(({ conditionType }, index) =>
      qualifiedProblems(`${path}.readinessGates[${index}].conditionType`, textOf(conditionType)),
    ),
    ...gateProblems(spec, path),
    ...spreadProblems(spec, path),
    ...hostProcessProblems(spec, path),
    ...hostUsersProblems(spec, path),
    ...hostnameProblems(spec, `${path}.hostnameOverride`),
    ...nameProblems(spec, path, ['serviceAccountName', 'nodeName'], dns1123SubdomainProblems),
    ...deadlineProblems(numberOf(spec.activeDeadlineSeconds), `${path}.activeDeadlineSeconds`),
    ...nameProblems(spec, path, ['hostname', 'subdomain'], dns1123LabelProblems),
    ...tolerationProblems(spec.tolerations, `${path}.tolerations`),
    ...aliasProblems(spec, path),
    ...nameProblems(spec, path, ['priorityClassName', 'runtimeClassName'], dns1123SubdomainProblems),
    ...(spec.preemptionPolicy === undefined
      ? []
      : oneOf(spec.preemptionPolicy, `${path}.preemptionPolicy`, preemptionPolicies)),
    ...(spec.overhead === undefined ? [] : resourceProblems({ limits: spec.overhead }, `${path}.overhead`)),
    ...osProblems(spec, path),
    ...fileKeyVolumeProblems(spec, path),
  ];
}

const podRestarts = ['Always', 'OnFailure', 'Never'];

const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];

/** Validates a field that must hold one of a few values. */
function oneOf(value: unknown, field: string, values: readonly string[]): FieldError[] {
  const text = textOf(value);
  if (text === '') return [required(field)];
  return values.includes(text) ? [] : [notSupported(field, text, values)];
}

const maxHostname = 64;

/** A name that a pod's host has in place of the pod's own. */
function hostnameProblems(spec: JsonObject, field: string): FieldError[] {
  if (spec.hostnameOverride === undefined) return [];
  const name = textOf(spec.hostnameOverride);
  const errors: FieldError[] = [];
  if (spec.setHostnameAsFQDN === true)
    errors.push(forbiddenField(field, 'may not be specified when setHostnameAsFQDN is true'));
  if (spec.hostNetwork === true) errors.push(forbiddenField(field, 'may not be specified when hostNetwork is true'));
  if (name.length > maxHostname) errors.push(tooLong(field, maxHostname));
  return [...errors, ...dns1123SubdomainProblems(name).map((why) => invalidValue(field, name, why))];
}

const maxDeadline = 2_147_483_647;

function deadlineProblems(seconds: number | undefined, field: string): FieldError[] {
  return seconds !== undefined && (seconds < 1 || seconds > maxDeadline)
    ? [invalidValue(field, seconds, `must be between 1 and ${maxDeadline}, inclusive`)]
    : [];
}

/** Fields that name something: the pod itself in DNS, or an object. */
function nameProblems(
  spec: JsonObject,
  path: string,
  fields: readonly string[],
  rule: (value: string) => string[],
): FieldError[] {
  return fields.flatMap((field) => {
    const value = textOf(spec[field]);
    return value === '' ? [] : rule(value).map((why) => invalidValue(`${path}.${field}`, value, why));
  });
}

function containersProblems(
  spec: JsonObject,
  path: string,
  isPod: boolean,
  volumes: ReadonlyMap<string, JsonObject>,
): FieldError[] {
  const containers = objectsOf(spec.containers);
  const grace = numberOf(spec.terminationGracePeriodSeconds);
  const errors: FieldError[] = containers.length === 0 ? [required(`${path}.containers`)] : [];
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = `${path}.containers[${index}]`;
    errors.push(...containerProblems(container, at, spec, volumes, false), ...probeProblems(container, at, grace));
    errors.push(...restartProblems(container, at));
    errors.push(...repeated(container, at, names));
  }
  errors.push(...hostPortConflicts(containers, `${path}.containers`));
  for (const [index, container] of objectsOf(spec.initContainers).entries()) {
    const at = `${path}.initContainers[${index}]`;
    errors.push(...containerProblems(container, at, spec, volumes, false), ...repeated(container, at, names));
    errors.push(...restartProblems(container, at));
    // One after the other, so that only those that keep running can be asked how they are.
    if (container.restartPolicy === 'Always') errors.push(...probeProblems(container, at, grace));
    else errors.push(...initOnlyProblems(container, at));
  }
  const common = (container: JsonObject, at: string): FieldError[] =>
    containerProblems(container, at, spec, volumes, isPod);
  return [...errors, ...ephemeralContainerProblems(spec, path, common)];
}

/** Validates the images of a pod's containers once more. Templates may have spaces around them. */
export function imageSpaceProblems(spec: JsonObject, path: string): FieldError[] {
  return ['containers', 'initContainers'].flatMap((list) =>
    objectsOf(spec[list]).flatMap(({ image }, index) =>
      spaceProblems(textOf(image), `${path}.${list}[${index}].image`),
    ),
  );
}

function spaceProblems(image: string, field: string): FieldError[] {
  return image.trim() === image ? [] : [invalidValue(field, image, 'must not have leading or trailing whitespace')];
}

function repeated(container: JsonObject, path: string, names: Set<string>): FieldError[] {
  const name = textOf(container.name);
  const errors = names.has(name) ? [duplicate(`${path}.name`, name)] : [];
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
  spec: JsonObject,
  volumes: ReadonlyMap<string, JsonObject>,
  isPod: boolean,
): FieldError[] {
  const [name, image] = [textOf(container.name), textOf(container.image)];
  const errors: FieldError[] =
    name === ''
      ? [required(`${path}.name`)]
      : dns1123LabelProblems(name).map((why) => invalidValue(`${path}.name`, name, why));
  if (image === '') errors.push(required(`${path}.image`));
  else if (isPod) errors.push(...spaceProblems(image, `${path}.image`));
  errors.push(...oneOf(container.terminationMessagePolicy, `${path}.terminationMessagePolicy`, messagePolicies));
  return [
    ...errors,
    ...containerPortProblems(container, path),
    ...envProblems(container, path),
    ...mountProblems(container, path, volumes),
    ...oneOf(container.imagePullPolicy, `${path}.imagePullPolicy`, pullPolicies),
    ...resourceProblems(fieldsOf(container.resources), `${path}.resources`),
    ...containerClaimProblems(fieldsOf(container.resources), `${path}.resources.claims`, spec),
    ...resizeProblems(container, `${path}.resizePolicy`),
    ...containerSecurityProblems(
      fieldsOf(container.securityContext),
      `${path}.securityContext`,
      spec.hostUsers !== false,
    ),
  ];
}

const resizable = ['cpu', 'memory'];
const resizeRestarts = ['NotRequired', 'RestartContainer'];

/** Validates the resize policy of a container. All faults except repetitions are reported for the list. */
function resizeProblems(container: JsonObject, path: string): FieldError[] {
  const policies = objectsOf(container.resizePolicy);
  const resources = policies.map(({ resourceName }) => textOf(resourceName));
  const known = (value: string, values: readonly string[]): FieldError[] => {
    if (values.includes(value)) return [];
    return [value === '' ? required(path) : notSupported(path, value, values)];
  };
  return policies.flatMap(({ restartPolicy }, index) => {
    const resource = resources[index] ?? '';
    const again = resources.indexOf(resource) < index ? [duplicate(`${path}[${index}]`, resource)] : [];
    return [...again, ...known(resource, resizable), ...known(textOf(restartPolicy), resizeRestarts)];
  });
}

const restarts = ['Always', 'Never', 'OnFailure'];
const exitOperators = ['In', 'NotIn'];
const maxRules = 20;
const maxExitCodes = 255;

/** Validates the restart policy of a container, if it has its own. */
function restartProblems(container: JsonObject, path: string): FieldError[] {
  const policy = container.restartPolicy;
  const rules = objectsOf(container.restartPolicyRules);
  const errors: FieldError[] = [];
  if (policy !== undefined && !restarts.includes(textOf(policy)))
    errors.push(notSupported(`${path}.restartPolicy`, policy, restarts));
  if (policy === undefined && rules.length > 0)
    errors.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  if (rules.length > maxRules) errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, maxRules));
  return [...errors, ...rules.flatMap((rule, index) => ruleProblems(rule, `${path}.restartPolicyRules[${index}]`))];
}

const ruleActions = ['Restart', 'RestartAllContainers'];

function ruleProblems(rule: JsonObject, path: string): FieldError[] {
  const action = textOf(rule.action);
  const errors = ruleActions.includes(action) ? [] : [notSupported(`${path}.action`, action, ruleActions)];
  const at = `${path}.exitCodes`;
  if (rule.exitCodes === undefined) return [...errors, required(at, 'must be specified')];
  const { operator, values } = fieldsOf(rule.exitCodes);
  if (!exitOperators.includes(textOf(operator)))
    errors.push(notSupported(`${at}.operator`, textOf(operator), exitOperators));
  const count = listOf(values).length;
  if (count > maxExitCodes) errors.push(tooMany(`${at}.values`, count, maxExitCodes));
  return errors;
}
