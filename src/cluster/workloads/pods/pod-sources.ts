import { Pod } from '../../../../generated/core/v1.js';
import type { Cached, Lister } from '../../../cache/index.js';
import { owned, type Source, watched } from '../../../controller/index.js';
import type { KubeObject, ParsedLabelSelector, Resource } from '../../../meta/index.js';
import type { CachedPod } from './pod-state.js';

/** The index of pods without a managing owner, by namespace. */
const ORPHANS = 'keelson/orphans';

/** Watches the pods that objects of a kind own. All controllers share this cache. */
export const ownedPods: Source = owned(Pod, { indexes: { [ORPHANS]: { owner: 'none' } } });

/** Watches pods without an owner, and reconciles every object of `kind` whose selector matches one. */
export function orphanPods<T extends KubeObject>(
  kind: Resource<T, 'Namespaced', unknown>,
  selectorOf: (object: Cached<T, 'Namespaced'>) => ParsedLabelSelector | undefined,
): Source {
  return watched(Pod, ({ current }, { lister }) => {
    const { namespace, labels, deletionTimestamp, ownerReferences } = current;
    if (deletionTimestamp !== '' || ownerReferences.some(({ controller }) => controller === true)) return [];
    return lister(kind)
      .list({ namespace })
      .filter((object) => selectorOf(object)?.matches(labels) === true)
      .map(({ metadata }) => `${namespace}/${metadata.name}`);
  });
}

/** Returns the pods of a namespace that no controller manages. */
export function orphansIn(pods: Lister<Pod, 'Namespaced'>, namespace: string): CachedPod[] {
  return pods.by(ORPHANS, namespace);
}
