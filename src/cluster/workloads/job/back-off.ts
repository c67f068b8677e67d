import { parseTime } from '../../../meta/index.js';
import { timeOf } from '../base/time-of.js';
import type { CachedPod } from '../pods/pod-state.js';

const FIRST_MS = 10_000;
const LONGEST_MS = 600_000;

/** The failures of a Job's pods since one last succeeded. */
export interface FailureRecord {
  readonly failures: number;
  readonly lastFailure: number;
}

/** Returns the record after some pods ended. A success forgets the failures before it. */
export function nextRecord(
  record: FailureRecord | undefined,
  succeeded: readonly CachedPod[],
  failed: readonly CachedPod[],
): FailureRecord | undefined {
  const lastSuccess = Math.max(...succeeded.map(finishedAt));
  const times = failed.map(finishedAt).filter((time) => time > lastSuccess);
  const before = succeeded.length === 0 ? record : undefined;
  if (times.length === 0) return before;
  return { failures: (before?.failures ?? 0) + times.length, lastFailure: Math.max(...times) };
}

/** Returns the milliseconds to wait before the next pod: 10 s after one failure, twice as long after each more, 10 minutes at most. */
export function backOffMs(record: FailureRecord | undefined, now: number): number {
  if (record === undefined || record.failures === 0) return 0;
  const wait = Math.min(FIRST_MS * 2 ** (record.failures - 1), LONGEST_MS);
  return Math.max(0, record.lastFailure + wait - now);
}

/** Returns the time at which a pod ended, as far as it is known. */
export function finishedAt({ spec, status, metadata }: CachedPod): number {
  const sidecars = new Set(
    spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const statuses = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)),
  ];
  const ends = statuses.flatMap(({ state }) => timeOf(state?.terminated?.finishedAt) ?? []);
  if (ends.length > 0 && ends.length === statuses.length) return Math.max(...ends);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const unready = ready?.status === 'False' ? timeOf(ready.lastTransitionTime) : undefined;
  if (unready !== undefined) return unready;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = metadata;
  if (deletionTimestamp !== undefined) return parseTime(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return parseTime(creationTimestamp);
}
