import { ReplicaSet } from '../../../../generated/apps/v1.js';
import { Pod } from '../../../../generated/core/v1.js';
import type { Cached } from '../../../cache/index.js';
import { Controller, type ManagedController } from '../../../controller/index.js';
import { controllerOf, type ParsedLabelSelector, toLabelSelector } from '../../../meta/index.js';
import { draftOf } from '../base/draft.js';
import type { ControllerSetup } from '../base/setup.js';
import { orphanPods, ownedPods } from '../pods/pod-sources.js';
import { reconcileReplicas } from './reconcile-replicas.js';

/** The index of ReplicaSets by the uid of their Deployment. */
const BY_OWNER = 'keelson/owner';

/** Returns the controller that keeps the number of pods of each ReplicaSet. */
export function replicaSetController(setup: ControllerSetup): ManagedController {
  const events = setup.events('replicaset-controller');
  return new Controller({
    name: 'replicaset',
    for: ReplicaSet,
    indexes: { [BY_OWNER]: { owner: 'controller' } },
    owns: [ownedPods],
    watches: [orphanPods(ReplicaSet, selectorOf)],
    ...setup.run,
    reconcile(context) {
      const { object, cluster, namespace, name, signal } = context;
      const sets = cluster.resource(ReplicaSet).in(namespace);
      const rules = {
        selector: selectorOf(object),
        countsTerminating: true,
        refresh: () => sets.get(name, { signal }),
        writeStatus: (status: ReplicaSet['status']) =>
          sets.subresource('status').replace({ ...draftOf<ReplicaSet & Named>(object), status }, { signal }),
        relatedPods: () => {
          const owner = controllerOf(object);
          const siblings = owner === undefined ? [] : context.lister(ReplicaSet).by(BY_OWNER, owner.uid);
          return siblings.flatMap((set) => context.lister(Pod).list({ namespace, labels: set.spec?.selector }));
        },
      };
      return reconcileReplicas(context, rules, { clock: setup.clock, events });
    },
  });
}

interface Named {
  metadata: { name: string };
}

function selectorOf({ spec }: Cached<ReplicaSet, 'Namespaced'>): ParsedLabelSelector | undefined {
  return spec === undefined ? undefined : toLabelSelector(spec.selector);
}
