import type { Container, Pod } from '../../../../generated/core/v1.js';
import { type Patch, strategicMergePatch } from '../../../client/index.js';
import type { DeepReadonly, KubeObject } from '../../../meta/index.js';
import { compareText } from '../../../util/compare.js';
import { inDeletionOrder } from '../pods/deletion-order.js';
import { podFromTemplate } from '../pods/pod-control.js';
import type { CachedPod } from '../pods/pod-state.js';
import { failureVerdict } from './failure-policy.js';
import { failureAnnotations, INDEX, indexFailures, indexOf, isIndexed, type JobDraft, TRACKING } from './job-state.js';

const ENVIRONMENT = 'JOB_COMPLETION_INDEX';
/** The longest prefix that the server completes to a name. */
const LONGEST_PREFIX = 58;

/** A pod on its way to the server. */
export type NewPod = Pod & { metadata: { generateName: string } };

/** Returns a pod of a Job. `index` is its completion index; `replaced` is the failed pod of that index whose place it takes. */
export function jobPod(job: JobDraft, index: number | undefined, replaced: CachedPod | undefined): NewPod {
  const pod = podFromTemplate(job, job.spec?.template ?? {});
  const { metadata, spec } = pod;
  metadata.finalizers = [...(metadata.finalizers ?? []).filter((one) => one !== TRACKING), TRACKING];
  if (index === undefined) return pod;
  metadata.annotations = { ...metadata.annotations, [INDEX]: String(index) };
  metadata.labels = { ...metadata.labels, [INDEX]: String(index) };
  const suffix = `-${index}-`;
  metadata.generateName = `${job.metadata.name.slice(0, LONGEST_PREFIX - suffix.length)}${suffix}`;
  if (job.spec?.backoffLimitPerIndex !== undefined) {
    Object.assign(metadata.annotations, failuresBefore(job, replaced));
  }
  if (spec !== undefined) {
    spec.hostname = `${job.metadata.name}-${index}`;
    for (const container of [...(spec.initContainers ?? []), ...spec.containers]) addIndexVariable(container);
  }
  return pod;
}

function addIndexVariable(container: Container): void {
  if (container.env?.some(({ name }) => name === ENVIRONMENT)) return;
  const valueFrom = { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } };
  container.env = [...(container.env ?? []), { name: ENVIRONMENT, valueFrom }];
}

function failuresBefore(job: JobDraft, replaced: CachedPod | undefined): Record<string, string> {
  if (replaced === undefined) return failureAnnotations(0, 0);
  const { counted, all } = indexFailures(replaced);
  const { counts } = failureVerdict(job.spec?.podFailurePolicy?.rules, replaced);
  return failureAnnotations(counted + (counts ? 1 : 0), all - counted + (counts ? 0 : 1));
}

/** Returns the patch that takes the finalizer of the Job from a pod. */
export function untrackPatch(): Patch<KubeObject> {
  return strategicMergePatch({ metadata: { '$deleteFromPrimitiveList/finalizers': [TRACKING] } });
}

/** Returns the active pods to delete: those with an index that another one has or that is not wanted, and at least `least` of all. */
export function surplusPods(
  job: DeepReadonly<JobDraft>,
  active: readonly CachedPod[],
  least: number,
  now: number,
): CachedPod[] {
  const order = (pods: readonly CachedPod[]) => inDeletionOrder(pods, () => 0, now);
  const doomed: CachedPod[] = [];
  const left: CachedPod[] = [];
  if (!isIndexed(job)) left.push(...active);
  else {
    for (const [index, pods] of byIndex(active)) {
      const ordered = order(pods);
      const isWanted = index !== undefined && index < (job.spec?.completions ?? 0);
      doomed.push(...(isWanted ? ordered.slice(0, -1) : ordered));
      left.push(...(isWanted ? ordered.slice(-1) : []));
    }
  }
  return doomed.length >= least ? doomed : [...doomed, ...order(left).slice(0, least - doomed.length)];
}

function byIndex(pods: readonly CachedPod[]): Map<number | undefined, CachedPod[]> {
  const groups = new Map<number | undefined, CachedPod[]>();
  for (const pod of [...pods].sort((a, b) => compareText(a.metadata.name, b.metadata.name))) {
    const index = indexOf(pod);
    groups.set(index, [...(groups.get(index) ?? []), pod]);
  }
  return groups;
}
