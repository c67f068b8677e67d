import { ReplicationController } from '../../../../generated/core/v1.js';
import type { Cached } from '../../../cache/index.js';
import { Controller, type ManagedController } from '../../../controller/index.js';
import { type ParsedLabelSelector, toLabelSelector } from '../../../meta/index.js';
import { draftOf } from '../base/draft.js';
import type { ControllerSetup } from '../base/setup.js';
import { orphanPods, ownedPods } from '../pods/pod-sources.js';
import { reconcileReplicas } from './reconcile-replicas.js';

/** Returns the controller that keeps the number of pods of each ReplicationController. */
export function replicationController(setup: ControllerSetup): ManagedController {
  const events = setup.events('replication-controller');
  return new Controller({
    name: 'replicationcontroller',
    for: ReplicationController,
    owns: [ownedPods],
    watches: [orphanPods(ReplicationController, selectorOf)],
    ...setup.run,
    reconcile(context) {
      const { object, cluster, namespace, name, signal } = context;
      const controllers = cluster.resource(ReplicationController).in(namespace);
      const rules = {
        selector: selectorOf(object),
        countsTerminating: false,
        refresh: () => controllers.get(name, { signal }),
        writeStatus: (status: ReplicationController['status']) =>
          controllers
            .subresource('status')
            .replace(
              { ...draftOf<ReplicationController & { metadata: { name: string } }>(object), status },
              { signal },
            ),
        relatedPods: () => [],
      };
      return reconcileReplicas(context, rules, { clock: setup.clock, events });
    },
  });
}

function selectorOf({ spec }: Cached<ReplicationController, 'Namespaced'>): ParsedLabelSelector | undefined {
  const { selector } = spec ?? {};
  return selector === undefined || Object.keys(selector).length === 0 ? undefined : toLabelSelector(selector);
}
