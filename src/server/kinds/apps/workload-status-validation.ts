import { numberOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { type FieldError, invalidValue } from '../../object/field-error.js';
import { nonNegative } from '../../validation/value-problems.js';

/** The counts in the status of a workload. */
interface Counts {
  /** The counts that may not be negative, in the order they are checked. */
  readonly all: readonly string[];
  /** Those that are part of `replicas`. */
  readonly parts?: readonly string[];
  /** The message about more available than ready pods. */
  readonly unready?: string;
}

/** The counts of the kinds that run pods. */
export const workloadCounts = {
  deployment: {
    all: [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ],
    parts: ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
    unready: 'cannot be greater than readyReplicas',
  },
  replicaSet: {
    all: [
      'replicas',
      'fullyLabeledReplicas',
      'readyReplicas',
      'availableReplicas',
      'observedGeneration',
      'terminatingReplicas',
    ],
    parts: ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
    unready: 'cannot be greater than readyReplicas',
  },
  statefulSet: {
    all: [
      'replicas',
      'readyReplicas',
      'currentReplicas',
      'updatedReplicas',
      'availableReplicas',
      'observedGeneration',
      'collisionCount',
    ],
    parts: ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
    unready: 'cannot be greater than status.readyReplicas',
  },
  daemonSet: {
    all: [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ],
  },
} as const satisfies { readonly [kind: string]: Counts };

/** Checks the counts in a status that follows another. */
export function workloadStatusProblems(counts: Counts, status: JsonObject, old: JsonObject): FieldError[] {
  const count = (field: string): number => numberOf(status[field]) ?? 0;
  const errors = counts.all.flatMap((field) => nonNegative(`status.${field}`, count(field)));
  const complain = (field: string, why: string): void =>
    void errors.push(invalidValue(`status.${field}`, count(field), why));
  for (const field of counts.parts ?? [])
    if (count(field) > count('replicas')) complain(field, 'cannot be greater than status.replicas');
  if (counts.unready !== undefined && count('availableReplicas') > count('readyReplicas'))
    complain('availableReplicas', counts.unready);
  const collisions = numberOf(old.collisionCount);
  if (counts.all.includes('collisionCount') && collisions !== undefined && count('collisionCount') < collisions)
    complain('collisionCount', 'cannot be decremented');
  return errors;
}
