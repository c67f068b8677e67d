import { isIPv4 } from 'node:net';
import { dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { duplicate, type FieldError, forbiddenField, invalidValue } from '../../../object/field-error.js';
import { ipProblems } from '../../../validation/addresses.js';
import { qualifiedProblems } from '../../../validation/value-problems.js';

/** The conditions whose names are older than the rule for names. */
const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);

/** Validates the status of a pod, and its change from the old one. `spec` is that of the pod. */
export function podStatusProblems(spec: JsonObject, status: JsonObject, before: JsonObject): FieldError[] {
  return [
    ...conditionProblems(objectsOf(status.conditions)),
    ...nominationProblems(spec, status, before),
    ...generationProblems('status.observedGeneration', status.observedGeneration),
    ...(textOf(status.qosClass) === textOf(before.qosClass)
      ? []
      : [invalidValue('status.qosClass', status.qosClass ?? '', 'field is immutable')]),
    ...transitionProblems(spec, status, before, 'containerStatuses'),
    ...transitionProblems(spec, status, before, 'initContainerStatuses'),
    ...claimProblems(spec, objectsOf(status.resourceClaimStatuses)),
    ...addressProblems('status.podIPs', status.podIPs, before.podIPs),
    ...hostProblems(status, before),
  ];
}

function generationProblems(field: string, value: unknown): FieldError[] {
  const generation = numberOf(value) ?? 0;
  return generation < 0 ? [invalidValue(field, generation, 'must be a non-negative integer')] : [];
}

function conditionProblems(conditions: readonly JsonObject[]): FieldError[] {
  return conditions.flatMap(({ type, observedGeneration }, index) => {
    const at = `status.conditions[${index}]`;
    const name = textOf(type);
    return [
      ...generationProblems(`${at}.observedGeneration`, observedGeneration),
      ...(systemConditions.has(name) ? [] : qualifiedProblems(`${at}.Type`, name)),
    ];
  });
}

function nominationProblems(spec: JsonObject, status: JsonObject, before: JsonObject): FieldError[] {
  const field = 'status.nominatedNodeName';
  const name = textOf(status.nominatedNodeName);
  if (name === '' || name === textOf(before.nominatedNodeName)) return [];
  const errors = dns1123SubdomainProblems(name).map((why) => invalidValue(field, name, why));
  if (textOf(spec.nodeName) !== '')
    errors.push(forbiddenField(field, 'may not be set on pods that are already bound to a node'));
  return errors;
}

/** A container that has ended stays so, unless the pod restarts it. */
function transitionProblems(spec: JsonObject, status: JsonObject, before: JsonObject, list: string): FieldError[] {
  const inits = list === 'initContainerStatuses';
  const containers = new Map(
    objectsOf(inits ? spec.initContainers : spec.containers).map((one) => [textOf(one.name), one]),
  );
  const now = new Map(objectsOf(status[list]).map((one) => [textOf(one.name), one]));
  return objectsOf(before[list]).flatMap(({ name, state }, index) => {
    const { terminated } = fieldsOf(state);
    const next = now.get(textOf(name));
    if (terminated === undefined || next === undefined || fieldsOf(next.state).terminated !== undefined) return [];
    const container = containers.get(textOf(name));
    if (container !== undefined && restarts(spec, container, numberOf(fieldsOf(terminated).exitCode) ?? 0)) return [];
    return [forbiddenField(`status.${list}[${index}].state`, 'may not be transitioned to non-terminated state')];
  });
}

/** Reports whether a container restarts after an exit code. */
function restarts(spec: JsonObject, container: JsonObject, exitCode: number): boolean {
  for (const { action, exitCodes } of objectsOf(container.restartPolicyRules)) {
    const { operator, values } = fieldsOf(exitCodes);
    if (listOf(values).includes(exitCode) === (operator === 'In')) return action === 'Restart';
  }
  const policy = textOf(container.restartPolicy) || textOf(spec.restartPolicy);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

function claimProblems(spec: JsonObject, statuses: readonly JsonObject[]): FieldError[] {
  const claims = new Set(objectsOf(spec.resourceClaims).map(({ name }) => textOf(name)));
  const seen = new Set<string>();
  return statuses.flatMap((status, index) => {
    const field = `status.resourceClaimStatuses[${index}].name`;
    const name = textOf(status.name);
    const errors: FieldError[] = [];
    if (!claims.has(name))
      errors.push(invalidValue(field, name, 'must match the name of an entry in `spec.resourceClaims`'));
    if (seen.has(name)) errors.push(duplicate(field, name));
    seen.add(name);
    return errors;
  });
}

function hostProblems(status: JsonObject, before: JsonObject): FieldError[] {
  const first = objectsOf(status.hostIPs)[0];
  if (first === undefined) return [];
  const same = textOf(first.ip) === textOf(status.hostIP);
  return [
    ...(same ? [] : [invalidValue('status.hostIPs[0].ip', textOf(first.ip), 'must be equal to `hostIP`')]),
    ...addressProblems('status.hostIPs', status.hostIPs, before.hostIPs),
  ];
}

/** Addresses that are new are good ones; of two, each is of a family of its own. */
function addressProblems(field: string, now: unknown, before: unknown): FieldError[] {
  const known = new Set(objectsOf(before).map(({ ip }) => textOf(ip)));
  const addresses = objectsOf(now).map(({ ip }) => textOf(ip));
  const errors = addresses.flatMap((address, index) =>
    known.has(address) ? [] : ipProblems(`${field}[${index}]`, address),
  );
  const olds = addresses.filter((address) => isIPv4(address)).length;
  if (addresses.length > 1 && (addresses.length > 2 || olds !== 1)) {
    const shown = addresses.map((address) => ({ IP: address }));
    errors.push(invalidValue(field, shown, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}
