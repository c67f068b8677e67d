import { HorizontalPodAutoscaler } from '../../../../generated/autoscaling/v2.js';
import { Pod } from '../../../../generated/core/v1.js';
import { Controller, type ManagedController, watched } from '../../../controller/index.js';
import { deepEqual } from '../../../meta/index.js';
import { draftOf } from '../base/draft.js';
import type { ControllerSetup } from '../base/setup.js';
import { type AutoscalerDraft, AutoscalerSync } from './autoscaler-sync.js';
import type { ScaleHistory } from './scale-limits.js';

/** The time between two looks at the metrics, as `--horizontal-pod-autoscaler-sync-period`. */
const PERIOD_MS = 15_000;

/** Returns the controller that scales the target of each HorizontalPodAutoscaler by the use of resources. */
export function autoscalerController(setup: ControllerSetup): ManagedController {
  const events = setup.events('horizontal-pod-autoscaler');
  const histories = new Map<string, ScaleHistory>();
  const selectors = new Map<string, string>();
  return new Controller({
    name: 'horizontalpodautoscaler',
    for: HorizontalPodAutoscaler,
    // The status is the controller's own writing.
    predicates: [
      ({ change, current, old }) => change !== 'updated' || !deepEqual(current.object.spec, old?.object.spec),
    ],
    watches: [watched(Pod, () => [])],
    ...setup.run,
    deleted: ({ key }) => void selectors.delete(key),
    async reconcile({ object, cluster, lister, signal, key }) {
      const control = { cluster, pods: lister(Pod), events, signal, now: setup.clock.now(), histories, selectors };
      try {
        await new AutoscalerSync(draftOf<AutoscalerDraft>(object), control).run();
      } catch (error) {
        // The next look is due in any case, and not sooner because of an error.
        if (!signal.aborted)
          setup.run.onError(error, { controller: 'horizontalpodautoscaler', key, failures: 1, retried: true });
      }
      return { requeueAfterMs: PERIOD_MS };
    },
  });
}
