import { Deployment, ReplicaSet, StatefulSet } from '../../../../generated/apps/v1.js';
import { ReplicationController } from '../../../../generated/core/v1.js';
import type { PodDisruptionBudget } from '../../../../generated/policy/v1.js';
import type { Cached } from '../../../cache/index.js';
import type { ReconcileContext } from '../../../controller/index.js';
import { isNotFound } from '../../../errors/index.js';
import { controllerOf, type OwnerReference, parseApiVersion, scaledValue } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import type { CachedPod } from '../pods/pod-state.js';

/** The pods that a budget counts on. */
export interface ExpectedPods {
  /** The number of pods that the owners should have. */
  readonly expected: number;
  /** The number of pods that have to stay healthy. */
  readonly healthy: number;
  /** The pods without an owner, which make the calculation wrong. */
  readonly unmanaged: readonly string[];
}

/** The parts of a reconcile that the calculation reads. */
export type BudgetContext = Pick<
  ReconcileContext<PodDisruptionBudget, 'Namespaced'>,
  'cluster' | 'lister' | 'namespace' | 'signal'
>;

/** Calculates how many pods there should be, and how many of them have to stay healthy. */
export async function expectedPods(
  { spec }: Cached<PodDisruptionBudget, 'Namespaced'>,
  pods: readonly CachedPod[],
  context: BudgetContext,
): Promise<ExpectedPods> {
  const { maxUnavailable, minAvailable } = spec ?? {};
  if (maxUnavailable === undefined && typeof minAvailable !== 'string')
    return { expected: minAvailable === undefined ? 0 : pods.length, healthy: minAvailable ?? 0, unmanaged: [] };
  const { expected, unmanaged } = await expectedScale(pods, context);
  if (maxUnavailable === undefined)
    return { expected, healthy: scaledValue(minAvailable ?? 0, expected, 'up'), unmanaged };
  return { expected, healthy: Math.max(0, expected - scaledValue(maxUnavailable, expected, 'up')), unmanaged };
}

async function expectedScale(
  pods: readonly CachedPod[],
  context: BudgetContext,
): Promise<{ readonly expected: number; readonly unmanaged: readonly string[] }> {
  const scales = new Map<string, number>();
  const seen = new Set<string>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      unmanaged.push(pod.metadata.name);
      continue;
    }
    if (seen.has(owner.uid)) continue;
    seen.add(owner.uid);
    const scale = cachedScale(owner, context) ?? (await scaleOf(owner, context));
    if (scale === undefined) throw new Error(`found no controllers for pod "${pod.metadata.name}"`);
    scales.set(scale.uid, scale.replicas);
  }
  return { expected: [...scales.values()].reduce((sum, count) => sum + count, 0), unmanaged };
}

interface OwnerScale {
  readonly uid: string;
  readonly replicas: number;
}

/** Returns the size of an owner of a built-in kind. The size of a ReplicaSet with a Deployment is that of the Deployment. */
function cachedScale(owner: Readonly<OwnerReference>, { lister, namespace }: BudgetContext): OwnerScale | undefined {
  const { group } = parseApiVersion(owner.apiVersion);
  const key = `${namespace}/${owner.name}`;
  const sized = (object: Sized | undefined, uid: string): OwnerScale | undefined =>
    object?.metadata.uid === uid ? { uid, replicas: object.spec?.replicas ?? 1 } : undefined;
  if (group === '' && owner.kind === 'ReplicationController')
    return sized(lister(ReplicationController).get(key), owner.uid);
  if (group !== 'apps') return undefined;
  if (owner.kind === 'StatefulSet') return sized(lister(StatefulSet).get(key), owner.uid);
  if (owner.kind !== 'ReplicaSet') return undefined;
  const set = lister(ReplicaSet).get(key);
  if (set?.metadata.uid !== owner.uid) return undefined;
  const deployment = controllerOf(set);
  if (deployment?.kind !== 'Deployment') return sized(set, owner.uid);
  return sized(lister(Deployment).get(`${namespace}/${deployment.name}`), deployment.uid);
}

interface Sized {
  readonly metadata: { readonly uid: string };
  readonly spec?: { readonly replicas?: number | undefined } | undefined;
}

/** Reads the size of an owner of any other kind from its subresource `scale`. */
async function scaleOf(
  { apiVersion, kind, name, uid }: Readonly<OwnerReference>,
  { cluster, namespace, signal }: { cluster: Cluster; namespace: string; signal: AbortSignal },
): Promise<OwnerScale | undefined> {
  const owners = cluster.dynamic({ apiVersion, kind }).in(namespace);
  try {
    const scale = await owners.subresource('scale').get(name, { signal });
    const { spec } = scale;
    const replicas = typeof spec === 'object' && spec !== null && 'replicas' in spec ? Number(spec.replicas) : 0;
    return scale.metadata.uid === uid ? { uid, replicas } : undefined;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const owner = await owners.find(name, { signal });
    if (owner === undefined) return undefined;
    throw new Error(`${kind} (${apiVersion}) does not implement the scale subresource`);
  }
}
