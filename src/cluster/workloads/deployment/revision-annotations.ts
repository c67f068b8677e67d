import type { Deployment } from '../../../../generated/apps/v1.js';
import type { DeepReadonly, Stored } from '../../../meta/index.js';
import type { RevisionSet } from './replica-sets.js';

const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAX = 'deployment.kubernetes.io/max-replicas';
const LONGEST_HISTORY = 2000;

/** The annotations that a ReplicaSet does not take over from its Deployment. */
const OWN = new Set([
  REVISION,
  HISTORY,
  DESIRED,
  MAX,
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
]);

type Annotated = DeepReadonly<{ metadata: { annotations?: Record<string, string> | undefined } }>;

/** Returns the revision that an object carries, 0 without one, or undefined when it is not a number. */
export function revisionOf({ metadata }: Annotated): number | undefined {
  const text = metadata.annotations?.[REVISION];
  if (text === undefined) return 0;
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Returns the highest revision of some ReplicaSets. */
export function maxRevision(sets: readonly RevisionSet[]): number {
  return sets.reduce((most, set) => Math.max(most, revisionOf(set) ?? 0), 0);
}

/** Returns the number of replicas of the Deployment that a ReplicaSet was last scaled for. */
export function desiredReplicas(set: Annotated): number | undefined {
  return countIn(set, DESIRED);
}

/** Returns the most pods that the Deployment could have when a ReplicaSet was last scaled. */
export function maxReplicas(set: Annotated): number | undefined {
  return countIn(set, MAX);
}

function countIn({ metadata }: Annotated, name: string): number | undefined {
  const text = metadata.annotations?.[name];
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  return Number(text) <= 2 ** 31 - 1 ? Number(text) : undefined;
}

/** Sets the annotations that proportional scaling reads. Returns whether anything changed. */
export function setReplicasAnnotations(set: RevisionSet, desired: number, max: number): boolean {
  const annotations = annotationsOf(set);
  const changed = annotations[DESIRED] !== String(desired) || annotations[MAX] !== String(max);
  annotations[DESIRED] = String(desired);
  annotations[MAX] = String(max);
  return changed;
}

/** Sets the revision of a Deployment. Returns whether it changed. */
export function setRevision(deployment: Stored<Deployment, 'Namespaced'>, revision: string | undefined): boolean {
  if (revision === undefined) return false;
  const annotations = annotationsOf(deployment);
  if (annotations[REVISION] === revision) return false;
  annotations[REVISION] = revision;
  return true;
}

/**
 * Gives the newest ReplicaSet its revision and the annotations of its Deployment. A revision that becomes the newest again, as after
 * `kubectl rollout undo`, keeps its former number in the history. Returns whether anything changed.
 */
export function setRevisionAnnotations(
  deployment: Stored<Deployment, 'Namespaced'>,
  set: RevisionSet,
  revision: number,
): boolean {
  const annotations = annotationsOf(set);
  let changed = false;
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (OWN.has(name) || annotations[name] === value) continue;
    annotations[name] = value;
    changed = true;
  }
  const before = annotations[REVISION];
  const number = revisionOf(set);
  if (number === undefined || number >= revision) return changed;
  annotations[REVISION] = String(revision);
  if (before !== undefined) annotations[HISTORY] = extendHistory(annotations[HISTORY] ?? '', before);
  return true;
}

function extendHistory(history: string, revision: string): string {
  if (history === '') return revision;
  const revisions = [...history.split(','), revision];
  while (revisions.length > 1 && revisions.join(',').length > LONGEST_HISTORY) revisions.shift();
  return revisions.join(',');
}

function annotationsOf(object: {
  metadata: { annotations?: Record<string, string> | undefined };
}): Record<string, string> {
  object.metadata.annotations ??= {};
  return object.metadata.annotations;
}
