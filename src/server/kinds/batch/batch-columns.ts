import type { CronJob, Job } from '../../../../generated/batch/v1.js';
import { parseTime } from '../../../meta/index.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, containerColumns, humanDuration, selectorText, since } from '../../table/format.js';

const cronJob = columnsFor<CronJob>();
const job = columnsFor<Job>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const batchColumns: { readonly [kind: string]: readonly Column[] } = {
  'batch/CronJob': [
    nameColumn,
    cronJob.text('Schedule', 'When jobs are made.', ({ spec }) => spec?.schedule ?? ''),
    cronJob.text('Timezone', 'Where the schedule is meant.', ({ spec }) => spec?.timeZone ?? '<none>'),
    cronJob.boolean('Suspend', 'Whether it is switched off.', ({ spec }) =>
      spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
    ),
    cronJob.integer('Active', 'Jobs that run now.', ({ status }) => status?.active?.length ?? 0),
    cronJob.text('Last Schedule', 'How long ago a job was made.', ({ status }, now) =>
      status?.lastScheduleTime ? since(status.lastScheduleTime, now) : '<none>',
    ),
    ageColumn,
    ...containerColumns<CronJob>(({ spec }) => spec?.jobTemplate.spec?.template.spec),
    cronJob.wide('Selector', 'Which pods count.', ({ spec }) => selectorText(spec?.jobTemplate.spec?.selector)),
  ],
  'batch/Job': [
    nameColumn,
    job.text('Status', 'State of the job in a word.', jobStatus),
    job.text('Completions', 'Pods that succeeded, of those needed.', ({ spec, status }) => {
      const done = status?.succeeded ?? 0;
      if (spec?.completions !== undefined) return `${done}/${spec.completions}`;
      const parallelism = spec?.parallelism ?? 0;
      return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
    }),
    job.text('Duration', 'How long it ran.', ({ status }, now) => {
      if (!status?.startTime) return '';
      return humanDuration(
        (status.completionTime ? parseTime(status.completionTime) : now) - parseTime(status.startTime),
      );
    }),
    ageColumn,
    ...containerColumns<Job>(({ spec }) => spec?.template.spec),
    job.wide('Selector', 'Which pods count.', ({ spec }) => selectorText(spec?.selector)),
  ],
};

function jobStatus({ metadata, status }: Job): string {
  const has = (type: string) => status?.conditions?.some((each) => each.type === type && each.status === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata?.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(has) ?? 'Running';
}
