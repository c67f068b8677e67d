import type { ClusterApi } from './api.js';
import { findKind, type Kind } from './kinds.js';
import { listObjects } from './live-object.js';
import type { KubeObject } from './objects.js';

/** An object with those that it owns. */
export interface OwnerNode {
  readonly object: KubeObject;
  readonly kind: Kind | undefined;
  readonly children: readonly OwnerNode[];
}

/** Kinds whose objects usually have owners. */
const ownedKinds = [
  ['deployments', 'apps'],
  ['statefulsets', 'apps'],
  ['daemonsets', 'apps'],
  ['replicasets', 'apps'],
  ['jobs', 'batch'],
  ['pods', ''],
  ['endpointslices', 'discovery.k8s.io'],
  ['services', ''],
  ['configmaps', ''],
  ['persistentvolumeclaims', ''],
] as const;

const mostDepth = 5;

/** Finds the topmost owner of an object and everything below it. */
export async function ownerTree(api: ClusterApi, kinds: readonly Kind[], object: KubeObject): Promise<OwnerNode> {
  const { namespace } = object.metadata;
  const lists = await Promise.all(
    ownedKinds.map(async ([plural, group]) => {
      const kind = findKind(kinds, plural, group);
      if (kind === undefined || namespace === undefined) return [];
      // A user may be allowed to see some of the kinds only.
      return listObjects(api, { kind, namespace, limit: 2000 }).then(
        (list) => list.items,
        () => [],
      );
    }),
  );
  const all = new Map([...lists.flat(), object].map((one) => [one.metadata.uid ?? '', one]));
  let top = object;
  for (let depth = 0; depth < mostDepth; depth++) {
    const owner = top.metadata.ownerReferences?.find(({ controller }) => controller === true);
    const found = owner === undefined ? undefined : all.get(owner.uid);
    if (found === undefined) break;
    top = found;
  }
  const node = (one: KubeObject, depth: number): OwnerNode => ({
    object: one,
    kind: kinds.find(({ kind, group }) => kind === one.kind && group === groupOf(one.apiVersion)),
    children:
      depth >= mostDepth
        ? []
        : [...all.values()]
            .filter((child) => child.metadata.ownerReferences?.some(({ uid }) => uid === one.metadata.uid))
            .map((child) => node(child, depth + 1)),
  });
  return node(top, 0);
}

export function groupOf(apiVersion = ''): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
