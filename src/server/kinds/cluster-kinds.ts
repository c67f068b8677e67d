import { labelValueProblems } from '../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import { equal, type JsonObject } from '../../util/json-value.js';
import { internalEcho } from '../go-text/echo.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../object/field-error.js';
import type { Strategy } from '../object/server-context.js';
import { setDefault } from '../object/set-default.js';
import { cidrProblems, cidrWarnings } from '../validation/addresses.js';
import { labelSelectorProblems } from '../validation/label-selector-problems.js';
import { pathSegmentName } from '../validation/meta-problems.js';
import { amountProblems } from '../validation/resources.js';
import { nonNegative, qualifiedProblems } from '../validation/value-problems.js';
import { atMostAll, intOrPercentProblems } from './apps/rolling-update-validation.js';
import { newPriorityClassProblems } from './scheduling.k8s.io/priorityclasses/priority-class-validation.js';
import { sharedConditionProblems } from './shared-conditions.js';

/** Nodes: tainted until somebody says that they are ready. */
export const nodes: Strategy = {
  generation: false,
  keepsStatus: true,
  schemaChecked: false,
  defaults: ({ spec, status }) => {
    const fields = fieldsOf(status);
    if (fields.capacity !== undefined) setDefault(fields, 'allocatable', fields.capacity);
    alignNetworks(fieldsOf(spec));
  },
  warnings: ({ spec }) => {
    const fields = fieldsOf(spec);
    const warnings: string[] = [];
    if (fields.configSource !== undefined) warnings.push('spec.configSource: the feature is removed');
    if (textOf(fields.externalID) !== '')
      warnings.push('spec.externalID: this field is deprecated, and is unused by Kubernetes');
    for (const [index, network] of listOf(fields.podCIDRs).entries())
      warnings.push(...cidrWarnings(`spec.podCIDRs[${index}]`, textOf(network)));
    return warnings;
  },
  fields: { 'spec.unschedulable': ({ spec }) => String(fieldsOf(spec).unschedulable === true) },
  prepareForUpdate: ({ spec }, old) => {
    if (fieldsOf(old.spec).configSource === undefined) delete fieldsOf(spec).configSource;
  },
  prepareForCreate: ({ spec }) => {
    delete fieldsOf(spec).configSource;
  },
  validate: ({ spec, status }) => [
    ...taintProblems(fieldsOf(spec).taints),
    ...nodeAmountProblems(fieldsOf(status)),
    ...networkProblems(listOf(fieldsOf(spec).podCIDRs).map(textOf)),
  ],
  validateSubresource: (_subresource, { status }) => nodeStatusProblems(fieldsOf(status)),
  validateUpdate: ({ spec }, old) => {
    const [now, before] = [fieldsOf(spec), fieldsOf(old.spec)];
    // Told twice, since the real server looks at the taints of a change twice.
    const errors = taintProblems(now.taints);
    const settled = (field: string): string => `node updates may not change ${field} except from "" to valid`;
    if (textOf(now.externalID) !== textOf(before.externalID))
      errors.push(forbiddenField('spec.externalID', 'may not be updated'));
    const [cidrs, oldCidrs] = [listOf(now.podCIDRs), listOf(before.podCIDRs)];
    if (oldCidrs.length > 0 && !equal(cidrs, oldCidrs))
      errors.push(forbiddenField('spec.podCIDRs', settled('podCIDR')));
    if (textOf(before.providerID) !== '' && now.providerID !== before.providerID)
      errors.push(forbiddenField('spec.providerID', settled('providerID')));
    return errors;
  },
};

/** Validates that the amounts of a node are not negative. */
function nodeAmountProblems(status: JsonObject): FieldError[] {
  return ['capacity', 'allocatable'].flatMap((field) =>
    Object.entries(fieldsOf(status[field])).flatMap(([name, amount]) =>
      amountProblems(`status.${field}.${name}`, name, amount),
    ),
  );
}

function nodeStatusProblems(status: JsonObject): FieldError[] {
  const seen = new Set<string>();
  const twice = objectsOf(status.addresses).flatMap(({ type, address }, index) => {
    const id = JSON.stringify([type, address]);
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [duplicate(`status.addresses[${index}]`, { type, address })];
  });
  return [...nodeAmountProblems(status), ...twice];
}

/** The network of a node stands in two fields, of which the older one decides where they differ. */
function alignNetworks(spec: { [field: string]: unknown }): void {
  const [one, many] = [textOf(spec.podCIDR), listOf(spec.podCIDRs)];
  if (one !== '' && many[0] !== one) spec.podCIDRs = [one];
  else if (one === '' && many.length > 0) spec.podCIDR = many[0];
}

function networkProblems(networks: readonly string[]): FieldError[] {
  const errors = networks.flatMap((network, index) => cidrProblems(`spec.podCIDRs[${index}]`, network));
  const families = new Set(networks.map((network) => network.includes(':')));
  if (networks.length > 1 && (networks.length > 2 || families.size < 2))
    errors.push(invalidValue('spec.podCIDRs', networks, 'may specify no more than one CIDR for each IP family'));
  return errors;
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** As in the real server, the path is not the one where taints stand. */
function taintProblems(taints: unknown): FieldError[] {
  const seen = new Set<string>();
  return objectsOf(taints).flatMap((taint, index) => {
    const [key, value, effect] = [textOf(taint.key), textOf(taint.value), textOf(taint.effect)];
    const at = `metadata.taints[${index}]`;
    const errors = qualifiedProblems(`${at}.key`, key);
    if (!effects.includes(effect))
      errors.push(effect === '' ? required(`${at}.effect`) : notSupported(`${at}.effect`, effect, effects));
    errors.push(...labelValueProblems(value).map((why) => invalidValue(`${at}.value`, value, why)));
    if (seen.has(`${key} ${effect}`)) {
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null };
      const { field, reason, message } = duplicate(at, shown);
      errors.push({ field, reason, message: `${message}: taints must be unique by key and effect pair` });
    }
    seen.add(`${key} ${effect}`);
    return errors;
  });
}

/** Leases: made by a PUT as well, and never overwritten blindly. */
export const leases: Strategy = {
  createOnUpdate: true,
  unconditionalUpdate: false,
  // Coordinated leader election is not on by default: what belongs to it is not kept.
  prepareForCreate: (lease) => dropElection(fieldsOf(lease.spec), {}),
  prepareForUpdate: (lease, old) => dropElection(fieldsOf(lease.spec), fieldsOf(old.spec)),
  validate: ({ spec }) => {
    const { leaseDurationSeconds, leaseTransitions } = fieldsOf(spec);
    const errors: FieldError[] = [];
    const [duration, transitions] = [numberOf(leaseDurationSeconds), numberOf(leaseTransitions)];
    if (duration !== undefined && duration <= 0) {
      errors.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
    }
    if (transitions !== undefined && transitions < 0) {
      errors.push(invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
    }
    return errors;
  },
};

function dropElection(spec: { [field: string]: unknown }, old: { [field: string]: unknown }): void {
  for (const field of ['strategy', 'preferredHolder']) if (old[field] === undefined) delete spec[field];
}

const preemptionPolicies = ['PreemptLowerPriority', 'Never'];

function preemptionProblems(policy: string): FieldError[] {
  if (policy === '') return [required('preemptionPolicy')];
  return preemptionPolicies.includes(policy) ? [] : [notSupported('preemptionPolicy', policy, preemptionPolicies)];
}

/** PriorityClasses: their value is settled when they are made. */
export const priorityClasses: Strategy = {
  generation: true,
  generationChanged: () => false,
  schemaChecked: false,
  defaults: (object) => setDefault(object, 'preemptionPolicy', 'PreemptLowerPriority'),
  validateCreate: (object) => [
    ...newPriorityClassProblems(object),
    ...preemptionProblems(textOf(object.preemptionPolicy)),
  ],
  validateUpdate: (object, old) => {
    const errors: FieldError[] = [];
    if ((object.value ?? 0) !== (old.value ?? 0))
      errors.push(forbiddenField('value', 'may not be changed in an update.'));
    if (object.preemptionPolicy !== old.preemptionPolicy) {
      errors.push(invalidValue('preemptionPolicy', object.preemptionPolicy, 'field is immutable'));
    }
    return errors;
  },
};

/** PodDisruptionBudgets. */
export const podDisruptionBudgets: Strategy = {
  name: pathSegmentName,
  schemaChecked: false,
  unconditionalUpdate: false,
  validateSubresource: (_subresource, { status }) => [
    ...sharedConditionProblems(fieldsOf(status).conditions, 'status.conditions'),
    ...['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'].flatMap((field) =>
      nonNegative(`status.${field}`, fieldsOf(status)[field]),
    ),
  ],
  validate: ({ spec }) => {
    const { minAvailable, maxUnavailable, selector = null, unhealthyPodEvictionPolicy = null } = fieldsOf(spec);
    const errors: FieldError[] = [];
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      const shown = internalEcho('policy/v1.PodDisruptionBudgetSpec', spec);
      errors.push(invalidValue('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
    }
    for (const [field, value] of [
      ['minAvailable', minAvailable],
      ['maxUnavailable', maxUnavailable],
    ] as const) {
      errors.push(...intOrPercentProblems(`spec.${field}`, value), ...atMostAll(`spec.${field}`, value));
    }
    errors.push(...labelSelectorProblems(selector, 'spec.selector'));
    if (unhealthyPodEvictionPolicy !== null && !evictionPolicies.includes(textOf(unhealthyPodEvictionPolicy)))
      errors.push(notSupported('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, evictionPolicies));
    return errors;
  },
};

const evictionPolicies = ['AlwaysAllow', 'IfHealthyBudget'];
