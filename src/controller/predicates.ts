import type { ViewChange } from '../cache/index.js';
import { deepEqual, type KubeObject, type Scope } from '../meta/index.js';

/**
 * Decides whether a change leads to a reconcile. Reading the views beside `object` costs no parse. All predicates of a list must agree.
 * If a predicate throws, the change passes and the error is reported.
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

/** Lets a change pass if there is a new version, which drops mere resyncs. (controller-runtime's `ResourceVersionChangedPredicate`.) */
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
