import { Job } from '../../../../generated/batch/v1.js';
import { Controller, type ManagedController, type Requeue } from '../../../controller/index.js';
import { isNotFound } from '../../../errors/index.js';
import { type DeepReadonly, findCondition } from '../../../meta/index.js';
import type { ControllerSetup } from '../base/setup.js';
import { timeOf } from '../base/time-of.js';

/** Returns the controller that deletes finished Jobs after their `ttlSecondsAfterFinished`. */
export function ttlController({ clock, run }: ControllerSetup): ManagedController {
  return new Controller({
    name: 'ttl_jobs_to_delete',
    for: Job,
    ...run,
    async reconcile({ object, cluster, namespace, name, signal }): Promise<Requeue | undefined> {
      const left = untilExpired(object, clock.now());
      if (left === undefined) return undefined;
      if (left > 0) return { requeueAfterMs: left };
      const jobs = cluster.resource(Job).in(namespace);
      // The limit may have been raised a moment ago.
      const fresh = await jobs.find(name, { signal });
      const stillLeft = fresh === undefined ? undefined : untilExpired(fresh, clock.now());
      if (fresh === undefined || stillLeft === undefined) return undefined;
      if (stillLeft > 0) return { requeueAfterMs: stillLeft };
      const preconditions = { uid: fresh.metadata.uid };
      await jobs.delete(name, { propagation: 'foreground', preconditions, signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
      return undefined;
    },
  });
}

function untilExpired({ metadata, spec, status }: DeepReadonly<Job>, now: number): number | undefined {
  const { ttlSecondsAfterFinished } = spec ?? {};
  if (ttlSecondsAfterFinished === undefined || metadata?.deletionTimestamp !== undefined) return undefined;
  const end = ['Complete', 'Failed']
    .map((type) => findCondition(status?.conditions, type))
    .find((condition) => condition?.status === 'True');
  const time = timeOf(end?.lastTransitionTime);
  return time === undefined ? undefined : time + ttlSecondsAfterFinished * 1000 - now;
}
