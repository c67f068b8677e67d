import { ControllerRevision, DaemonSet } from '../../../../generated/apps/v1.js';
import { Node, Pod } from '../../../../generated/core/v1.js';
import type { Cached, ViewChange } from '../../../cache/index.js';
import {
  Controller,
  type ManagedController,
  type ReconcileContext,
  type Requeue,
  watched,
} from '../../../controller/index.js';
import { deepEqual, type ParsedLabelSelector, toLabelSelector } from '../../../meta/index.js';
import { claimObjects } from '../base/claims.js';
import { draftOf } from '../base/draft.js';
import { requeueIfReplaced } from '../base/replaced-owner.js';
import type { ControllerSetup } from '../base/setup.js';
import { orphanPods, orphansIn, ownedPods } from '../pods/pod-sources.js';
import { type CachedPod, untilNextAvailable } from '../pods/pod-state.js';
import { RevisionHistory } from '../revisions/revision-history.js';
import { templateHash } from '../revisions/template-hash.js';
import { type DaemonDraft, REVISION_LABEL } from './daemon-pods.js';
import { DaemonSync } from './daemon-sync.js';
import { FailedPods } from './failed-pods.js';

/** The number of revisions that are kept by default. */
const HISTORY_LIMIT = 10;

const naming = { label: REVISION_LABEL, hash: templateHash };

/** Returns the controller that keeps a pod of each DaemonSet on every node that fits. */
export function daemonSetController(setup: ControllerSetup): ManagedController {
  const events = setup.events('daemonset-controller');
  const failedPods = new FailedPods();
  return new Controller({
    name: 'daemonset',
    for: DaemonSet,
    owns: [ownedPods, ControllerRevision],
    watches: [
      orphanPods(DaemonSet, selectorOf),
      watched(Node, (_, { lister }) => lister(DaemonSet).keys(), { predicates: [mattersToPlacement] }),
    ],
    ...setup.run,
    async reconcile(context): Promise<Requeue | undefined> {
      const { object, cluster, signal, lister, namespace, name } = context;
      const set = draftOf<DaemonDraft>(object);
      const selector = selectorOf(object);
      if (selector === undefined || set.spec === undefined) return undefined;
      if (deepEqual(set.spec.selector, {})) {
        const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
        events.warning(set, 'SelectingAll', message);
        return undefined;
      }
      if (set.metadata.deletionTimestamp !== undefined) return undefined;
      const refresh = () => cluster.resource(DaemonSet).in(namespace).get(name, { signal });
      const replaced = await requeueIfReplaced(context, refresh);
      if (replaced !== undefined) return replaced;
      const history = new RevisionHistory({ cluster, signal, owner: set, selector, refresh, naming });
      await history.claim(lister(ControllerRevision));
      const { revision } = await history.ensure(set.spec.template, set.status?.collisionCount ?? 0);
      const hash = revision.metadata.labels?.[REVISION_LABEL] ?? '';
      const pods = await claimPods(context, selector);
      const now = setup.clock.now();
      const nodes = lister(Node).list();
      const sync = new DaemonSync(set, pods, hash, { cluster, events, signal, nodes, failedPods, now });
      try {
        await sync.run();
        const used = pods.map((pod) => pod.metadata.labels?.[REVISION_LABEL]);
        const live = history.revisions.filter((one) => used.includes(one.metadata.labels?.[REVISION_LABEL] ?? ''));
        const names = new Set([revision.metadata.name, ...live.map(({ metadata }) => metadata.name)]);
        await history.truncate(set.spec.revisionHistoryLimit ?? HISTORY_LIMIT, names);
      } finally {
        await sync.writeStatus();
      }
      const next = untilNextAvailable(pods, set.spec.minReadySeconds ?? 0, now);
      const waits = [sync.waitMs, next].filter((ms) => ms !== undefined);
      return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
    },
  });
}

async function claimPods(
  { object, cluster, owned, lister, namespace, name, signal }: ReconcileContext<DaemonSet, 'Namespaced'>,
  selector: ParsedLabelSelector,
): Promise<CachedPod[]> {
  const pods = cluster.resource(Pod).in(namespace);
  return claimObjects(object, [...owned(Pod), ...orphansIn(lister(Pod), namespace)], {
    matches: ({ metadata }) => selector.matches(metadata.labels),
    refresh: () => cluster.resource(DaemonSet).in(namespace).get(name, { signal }),
    patch: (pod, patch) => pods.patch(pod, patch, { signal }),
  });
}

function selectorOf({ spec }: Cached<DaemonSet, 'Namespaced'>): ParsedLabelSelector | undefined {
  return spec === undefined ? undefined : toLabelSelector(spec.selector);
}

/** Reports whether a change of a node may change which pods fit it. Its heartbeats do not. */
function mattersToPlacement({ current, old, change }: ViewChange<Node, 'Cluster'>): boolean {
  if (change !== 'updated' || old === undefined) return true;
  return !deepEqual(current.labels, old.labels) || !deepEqual(current.object.spec?.taints, old.object.spec?.taints);
}
