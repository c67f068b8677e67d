import type { ViewChange } from '../cache/index.js';
import { deepEqual, type KubeObject, type Scope } from '../meta/index.js';

/**
 * Whether a change leads to a reconcile. What it reads of the views beside `object` costs no parse; several in one list must all agree.
 * One that throws lets the change pass, and the error is reported.
 */
export type Predicate<T extends KubeObject = KubeObject, S extends Scope = Scope> = (
  change: ViewChange<T, S>,
) => boolean;

/**
 * The desired state changed: `metadata.generation`, or that the object is being deleted. Objects that come or go pass. For kinds
 * without a generation, such as ConfigMap, every new version passes. (controller-runtime's `GenerationChangedPredicate`, which lets no
 * update of such kinds pass.)
 */
export function generationChanged({ current, old, change }: ViewChange): boolean {
  if (change !== 'updated' || old === undefined) return true;
  const generation = current.generation;
  if (generation === undefined || generation === 0) return current.resourceVersion !== old.resourceVersion;
  return generation !== old.generation || (current.deletionTimestamp === '') !== (old.deletionTimestamp === '');
}

/** The labels changed, or the object came or went. (controller-runtime's `LabelChangedPredicate`.) */
export function labelsChanged({ current, old, change }: ViewChange): boolean {
  return change !== 'updated' || old === undefined || !deepEqual(current.labels, old.labels);
}

/** The annotations changed, or the object came or went. (controller-runtime's `AnnotationChangedPredicate`.) */
export function annotationsChanged({ current, old, change }: ViewChange): boolean {
  return change !== 'updated' || old === undefined || !deepEqual(current.annotations, old.annotations);
}

/** It is no mere resync: there is a new version. (controller-runtime's `ResourceVersionChangedPredicate`.) */
export function resourceVersionChanged({ current, old, change }: ViewChange): boolean {
  return change !== 'updated' || old === undefined || current.resourceVersion !== old.resourceVersion;
}

/** One of them agrees. (controller-runtime's `predicate.Or`.) */
export function anyOf<T extends KubeObject = KubeObject, S extends Scope = Scope>(
  ...predicates: readonly Predicate<T, S>[]
): Predicate<T, S> {
  return (change) => predicates.some((predicate) => predicate(change));
}

/** All of them agree, as a list of predicates says by itself; for use inside `anyOf`. (controller-runtime's `predicate.And`.) */
export function allOf<T extends KubeObject = KubeObject, S extends Scope = Scope>(
  ...predicates: readonly Predicate<T, S>[]
): Predicate<T, S> {
  return (change) => predicates.every((predicate) => predicate(change));
}
