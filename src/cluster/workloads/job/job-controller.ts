import { Job } from '../../../../generated/batch/v1.js';
import { Pod } from '../../../../generated/core/v1.js';
import { Controller, type ManagedController, watched } from '../../../controller/index.js';
import { isNotFound } from '../../../errors/index.js';
import { controllerOf, toLabelSelector } from '../../../meta/index.js';
import { draftOf } from '../base/draft.js';
import { requeueIfReplaced } from '../base/replaced-owner.js';
import type { ControllerSetup } from '../base/setup.js';
import { orphanPods, ownedPods } from '../pods/pod-sources.js';
import type { FailureRecord } from './back-off.js';
import { untrackPatch } from './job-pods.js';
import { isJobFinished, isManagedElsewhere, type JobDraft, TRACKING } from './job-state.js';
import { claimJobPods, JobSync } from './job-sync.js';

/** The index of pods by the uid of the object that manages them. */
const BY_OWNER = 'keelson/owner';

/** Returns the controller that runs the pods of each Job to completion. */
export function jobController(setup: ControllerSetup): ManagedController {
  const events = setup.events('job-controller');
  const records = new Map<string, FailureRecord>();
  return new Controller({
    name: 'job',
    for: Job,
    owns: [ownedPods],
    watches: [
      orphanPods(Job, ({ spec }) => (spec?.selector === undefined ? undefined : toLabelSelector(spec.selector))),
    ],
    ...setup.run,
    async reconcile(context) {
      const { object, cluster, signal } = context;
      if (isManagedElsewhere(object)) return undefined;
      if (isJobFinished(object)) {
        records.delete(object.metadata.uid);
        return undefined;
      }
      const refresh = () => cluster.resource(Job).in(context.namespace).get(context.name, { signal });
      const replaced = await requeueIfReplaced(context, refresh);
      if (replaced !== undefined) return replaced;
      const pods = await claimJobPods(context);
      const control = { cluster, events, signal, records, now: setup.clock.now() };
      return new JobSync(draftOf<JobDraft>(object), pods, control).run();
    },
  });
}

/** Returns the controller that takes the finalizer of a Job from pods whose Job is gone or finished, so that they can be deleted. */
export function orphanedPodController(setup: ControllerSetup): ManagedController {
  return new Controller({
    name: 'job_orphan_pod',
    for: Pod,
    indexes: { [BY_OWNER]: { owner: 'controller' } },
    predicates: [({ current }) => current.finalizers.includes(TRACKING)],
    watches: [
      watched(Job, ({ current, change }, { lister }) => {
        if (change !== 'deleted' && !isJobFinished(current.object)) return [];
        return lister(Pod).keysBy(BY_OWNER, current.uid);
      }),
    ],
    ...setup.run,
    async reconcile({ object, cluster, lister, namespace, name, signal }) {
      if (object.metadata.finalizers?.includes(TRACKING) !== true) return;
      const owner = controllerOf(object);
      if (owner !== undefined && (owner.kind !== 'Job' || !owner.apiVersion.startsWith('batch/'))) return;
      const job = owner === undefined ? undefined : lister(Job).get(`${namespace}/${owner.name}`);
      const isWanted = job?.metadata.uid === owner?.uid && job !== undefined;
      if (isWanted && (isManagedElsewhere(job) || !isJobFinished(job))) return;
      await cluster
        .resource(Pod)
        .in(namespace)
        .patch(name, untrackPatch(), { signal })
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
    },
  });
}
