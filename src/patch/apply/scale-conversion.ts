import type { ManagedFieldsEntry } from '../../meta/index.js';
import { finish } from '../../util/steps.js';
import { FieldSet } from './field-set.js';
import { decodeManagedFields, encodeManagedFields, Managed } from './managed.js';
import { fieldElement } from './path-element.js';

const scaleVersion = 'autoscaling/v1';
const replicasInScale = ['f:spec', 'f:replicas'];

/** Where a kind keeps its replicas, by version of the kind: `{ 'apps/v1': ['spec', 'replicas'] }`; null where a version has no scale. */
export type ReplicasPaths = { readonly [apiVersion: string]: readonly string[] | null };

/**
 * The managedFields of a Scale, made from those of the object it scales: who owns the replicas there owns them here. A write
 * to `scale` is tracked on these and taken back with `fromScale`.
 */
export function toScale(entries: unknown, paths: ReplicasPaths): ManagedFieldsEntry[] | undefined {
  const parent = finish(decodeManagedFields(entries)) ?? new Managed();
  const scale = new Managed();
  for (const [id, { set, apiVersion, applied }] of parent.owners) {
    const path = pathAt(paths, apiVersion);
    if (path === undefined || !set.has(path)) continue;
    scale.owners.set(id, { set: FieldSet.of(replicasInScale), apiVersion: scaleVersion, applied });
    const time = parent.times.get(id);
    if (time !== undefined) scale.times.set(id, time);
  }
  return finish(encodeManagedFields(scale));
}

/** The managedFields of the scaled object after a write to `scale`: whoever lost the replicas there loses them here. */
export function fromScale(
  parentEntries: unknown,
  scaleEntries: unknown,
  apiVersion: string,
  paths: ReplicasPaths,
): ManagedFieldsEntry[] | undefined {
  const parent = finish(decodeManagedFields(parentEntries)) ?? new Managed();
  const scale = finish(decodeManagedFields(scaleEntries)) ?? new Managed();
  const out = new Managed();
  for (const [id, time] of parent.times) out.times.set(id, time);
  for (const [id, ownership] of parent.owners) {
    if (!Object.hasOwn(paths, ownership.apiVersion)) continue;
    const path = pathAt(paths, ownership.apiVersion);
    const stolen = path !== undefined && ownership.set.has(path) && !scale.owners.has(id);
    const set = stolen ? ownership.set.difference(FieldSet.of(path)) : ownership.set;
    if (!set.isEmpty) out.owners.set(id, { ...ownership, set });
  }
  const path = pathAt(paths, apiVersion);
  for (const [id, { set, applied }] of scale.owners) {
    if (path === undefined || !set.has(replicasInScale) || ownsReplicas(parent, id, paths)) continue;
    out.owners.set(id, { set: FieldSet.of(path), apiVersion, applied });
  }
  return finish(encodeManagedFields(out));
}

function ownsReplicas(parent: Managed, id: string, paths: ReplicasPaths): boolean {
  const ownership = parent.owners.get(id);
  if (ownership === undefined) return false;
  const path = pathAt(paths, ownership.apiVersion);
  return path !== undefined && ownership.set.has(path);
}

function pathAt(paths: ReplicasPaths, apiVersion: string): string[] | undefined {
  const path = Object.hasOwn(paths, apiVersion) ? paths[apiVersion] : undefined;
  return path?.map(fieldElement);
}
