import { PersistentVolumeClaim } from '../../../../generated/core/v1.js';
import type { Cached, Lister } from '../../../cache/index.js';
import { isAlreadyExists } from '../../../errors/index.js';
import { controllerReference, deepEqual, type OwnerReference, type Stored } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { faultMessage } from '../base/api-faults.js';
import type { ComponentEvents } from '../base/component-events.js';
import { draftOf } from '../base/draft.js';
import { claimsOf, firstOrdinal, type StatefulDraft } from './stateful-pods.js';

type CachedClaim = Cached<PersistentVolumeClaim, 'Namespaced'>;

/** The pod of a claim, as owner references name it. */
export interface ClaimPod {
  readonly name: string;
  /** Absent: the pod is not created yet. */
  readonly uid?: string | undefined;
}

/** The surroundings of the claims of one StatefulSet. */
export interface ClaimOptions {
  readonly cluster: Cluster;
  readonly claims: Lister<PersistentVolumeClaim, 'Namespaced'>;
  readonly events: ComponentEvents;
  readonly signal: AbortSignal;
}

/** Creates the claims of an ordinal that do not exist. Throws while one of them is being deleted. */
export async function createClaims(
  set: StatefulDraft,
  ordinal: number,
  pod: string,
  options: ClaimOptions,
): Promise<void> {
  const { cluster, claims, events, signal } = options;
  const { name: setName, namespace } = set.metadata;
  for (const claim of claimsOf(set, ordinal)) {
    const { name } = claim.metadata;
    const existing = claims.get(`${namespace}/${name}`);
    if (existing?.metadata.deletionTimestamp !== undefined)
      throw new Error(`cannot create pod ${pod}: its claim ${name} is being deleted. The next try waits for that.`);
    if (existing !== undefined) continue;
    const what = `Create Claim ${name} Pod ${pod} in StatefulSet ${setName}`;
    try {
      await cluster.resource(PersistentVolumeClaim).in(namespace).create(claim, { signal });
      events.normal(set, 'SuccessfulCreate', `${what} success`);
    } catch (error) {
      if (isAlreadyExists(error)) continue;
      events.warning(set, 'FailedCreate', `${what} failed error: ${faultMessage(error)}`);
      throw error;
    }
  }
}

/**
 * Gives the claims of an ordinal the owners that `persistentVolumeClaimRetentionPolicy` asks for. The set owns a claim that goes with
 * the set, and the pod owns one that goes because of a scale-down.
 */
export async function settleClaimOwners(
  set: StatefulDraft,
  ordinal: number,
  pod: ClaimPod,
  options: ClaimOptions,
): Promise<void> {
  const { cluster, claims, events, signal } = options;
  const { namespace } = set.metadata;
  for (const { metadata } of claimsOf(set, ordinal)) {
    const claim = claims.get(`${namespace}/${metadata.name}`);
    if (claim === undefined || isStale(claim, set, pod)) continue;
    const isForeign = hasForeignController(claim, set, pod);
    if (isForeign) {
      const message = `PersistentVolumeClaim ${metadata.name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
      events.warning(set, 'ConflictingController', message);
    }
    const others = (claim.metadata.ownerReferences ?? []).filter((one) => !isOf(one, set, pod));
    const wanted = isForeign ? [] : wantedOwners(set, ordinal, pod);
    const current = claim.metadata.ownerReferences ?? [];
    const owners = [...others, ...wanted];
    const isSame =
      current.length === owners.length && owners.every((one) => current.some((old) => deepEqual(old, one)));
    if (isSame) continue;
    const draft = draftOf<Stored<PersistentVolumeClaim, 'Namespaced'>>(claim);
    draft.metadata.ownerReferences = owners.map((one) => ({ ...one }));
    await cluster.resource(PersistentVolumeClaim).in(namespace).replace(draft, { signal });
  }
}

/** Reports whether a claim of an ordinal still belongs to a former pod, and is about to go with it. */
export function hasStaleClaim(set: StatefulDraft, ordinal: number, pod: string, options: ClaimOptions): boolean {
  if (policyOf(set).whenScaled !== 'Delete') return false;
  return claimsOf(set, ordinal).some(({ metadata }) => {
    const claim = options.claims.get(`${set.metadata.namespace}/${metadata.name}`);
    return claim?.metadata.ownerReferences?.some(({ kind, name }) => kind === 'Pod' && name === pod) === true;
  });
}

function policyOf({ spec }: StatefulDraft): { readonly whenDeleted: string; readonly whenScaled: string } {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = spec?.persistentVolumeClaimRetentionPolicy ?? {};
  return { whenDeleted, whenScaled };
}

function wantedOwners(set: StatefulDraft, ordinal: number, pod: ClaimPod): OwnerReference[] {
  const { whenDeleted, whenScaled } = policyOf(set);
  const from = firstOrdinal(set);
  const isCondemned = ordinal < from || ordinal >= from + (set.spec?.replicas ?? 1);
  if (whenScaled === 'Delete' && isCondemned) {
    const { name, uid } = pod;
    return uid === undefined ? [] : [controllerReference({ apiVersion: 'v1', kind: 'Pod', metadata: { name, uid } })];
  }
  return whenDeleted === 'Delete' ? [controllerReference(set)] : [];
}

function isOf({ kind, name, apiVersion }: Readonly<OwnerReference>, set: StatefulDraft, pod: ClaimPod): boolean {
  if (kind === 'StatefulSet') return apiVersion === set.apiVersion && name === set.metadata.name;
  return kind === 'Pod' && apiVersion === 'v1' && name === pod.name;
}

/** Reports whether a claim names a former set or pod of the same name. It goes with that one. */
function isStale({ metadata }: CachedClaim, set: StatefulDraft, pod: ClaimPod): boolean {
  return (metadata.ownerReferences ?? []).some(
    (one) => isOf(one, set, pod) && one.uid !== (one.kind === 'Pod' ? pod.uid : set.metadata.uid),
  );
}

function hasForeignController({ metadata }: CachedClaim, set: StatefulDraft, pod: ClaimPod): boolean {
  const { whenDeleted, whenScaled } = policyOf(set);
  if (whenDeleted === 'Retain' && whenScaled === 'Retain') return false;
  return (metadata.ownerReferences ?? []).some((one) => one.controller === true && !isOf(one, set, pod));
}
