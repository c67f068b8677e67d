import { CronJob, Job } from '../../../../generated/batch/v1.js';
import { Controller, type ManagedController } from '../../../controller/index.js';
import { draftOf } from '../base/draft.js';
import type { ControllerSetup } from '../base/setup.js';
import { CronSync } from './cron-sync.js';
import type { CronDraft } from './missed-runs.js';

/** Returns the controller that starts Jobs at the times of each CronJob. */
export function cronJobController(setup: ControllerSetup): ManagedController {
  const events = setup.events('cronjob-controller');
  /** The schedule that each CronJob had when it was last looked at. */
  const schedules = new Map<string, string>();
  return new Controller({
    name: 'cronjob',
    for: CronJob,
    owns: [Job],
    ...setup.run,
    deleted: ({ key }) => void schedules.delete(key),
    async reconcile({ object, owned, cluster, signal, key }) {
      const schedule = `${object.spec?.timeZone ?? ''} ${object.spec?.schedule}`;
      const before = schedules.get(key);
      schedules.set(key, schedule);
      const sync = new CronSync(draftOf<CronDraft>(object), owned(Job), {
        cluster,
        events,
        signal,
        now: setup.clock.now(),
      });
      return sync.run(before === undefined || before === schedule);
    },
  });
}
