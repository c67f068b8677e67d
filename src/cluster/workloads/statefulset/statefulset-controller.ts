import { ControllerRevision, StatefulSet } from '../../../../generated/apps/v1.js';
import { PersistentVolumeClaim, Pod } from '../../../../generated/core/v1.js';
import type { Cached } from '../../../cache/index.js';
import {
  Controller,
  type ManagedController,
  type ReconcileContext,
  type Requeue,
  watched,
} from '../../../controller/index.js';
import { type ParsedLabelSelector, toLabelSelector } from '../../../meta/index.js';
import { claimObjects } from '../base/claims.js';
import { draftOf } from '../base/draft.js';
import { requeueIfReplaced } from '../base/replaced-owner.js';
import type { ControllerSetup } from '../base/setup.js';
import { orphanPods, orphansIn, ownedPods } from '../pods/pod-sources.js';
import { type CachedPod, untilNextAvailable } from '../pods/pod-state.js';
import { RevisionHistory } from '../revisions/revision-history.js';
import { ordinalOf, revisionOf, type StatefulDraft } from './stateful-pods.js';
import { StatefulSync } from './stateful-sync.js';

type StatefulContext = ReconcileContext<StatefulSet, 'Namespaced'>;

/** The number of revisions that are kept by default. */
const HISTORY_LIMIT = 10;

/** Returns the controller that keeps pods with a stable name and storage for each StatefulSet. */
export function statefulSetController(setup: ControllerSetup): ManagedController {
  const events = setup.events('statefulset-controller');
  return new Controller({
    name: 'statefulset',
    for: StatefulSet,
    owns: [ownedPods, ControllerRevision],
    watches: [orphanPods(StatefulSet, selectorOf), watched(PersistentVolumeClaim, () => [])],
    ...setup.run,
    async reconcile(context): Promise<Requeue | undefined> {
      const { cluster, signal, lister } = context;
      const set = draftOf<StatefulDraft>(context.object);
      const { spec, status } = set;
      const selector = selectorOf(context.object);
      if (selector === undefined || spec === undefined) return undefined;
      const refresh = () => cluster.resource(StatefulSet).in(context.namespace).get(context.name, { signal });
      const replaced = await requeueIfReplaced(context, refresh);
      if (replaced !== undefined) return replaced;
      const history = new RevisionHistory({ cluster, signal, owner: set, selector, refresh });
      await history.claim(lister(ControllerRevision));
      const pods = await claimPods(context, set, selector);
      const { revision: update, collisions } = await history.ensure(spec.template, status?.collisionCount ?? 0);
      const current = history.revisions.find(({ metadata }) => metadata.name === status?.currentRevision) ?? update;
      const claims = lister(PersistentVolumeClaim);
      const now = setup.clock.now();
      const sync = new StatefulSync(
        set,
        pods,
        { current, update, collisions },
        { cluster, claims, events, signal, now },
      );
      const next = await sync.run();
      const live = new Set([current.metadata.name, update.metadata.name, ...pods.map(revisionOf)]);
      await history.truncate(spec.revisionHistoryLimit ?? HISTORY_LIMIT, live);
      const { minReadySeconds = 0 } = spec;
      if (minReadySeconds === 0 || next.readyReplicas === next.availableReplicas) return undefined;
      return { requeueAfterMs: untilNextAvailable(pods, minReadySeconds, setup.clock.now()) ?? minReadySeconds * 1000 };
    },
  });
}

async function claimPods(
  context: StatefulContext,
  set: StatefulDraft,
  selector: ParsedLabelSelector,
): Promise<CachedPod[]> {
  const { object, cluster, owned, lister, namespace, name, signal } = context;
  const pods = cluster.resource(Pod).in(namespace);
  const candidates = [...owned(Pod), ...orphansIn(lister(Pod), namespace)];
  return claimObjects(object, candidates, {
    matches: (pod) => selector.matches(pod.metadata.labels) && ordinalOf(pod, set) !== undefined,
    refresh: () => cluster.resource(StatefulSet).in(namespace).get(name, { signal }),
    patch: (pod, patch) => pods.patch(pod, patch, { signal }),
  });
}

function selectorOf({ spec }: Cached<StatefulSet, 'Namespaced'>): ParsedLabelSelector | undefined {
  return spec === undefined ? undefined : toLabelSelector(spec.selector);
}
