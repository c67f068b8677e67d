import fc from 'fast-check';
import { Job } from 'keelson/k8s';
import type { Pod } from 'keelson/k8s/core/v1';
import { afterEach, describe, expect, test } from 'vitest';
import { newWorld } from './world.js';

let world: ReturnType<typeof newWorld>;
afterEach(() => world.end());

const jobs = () => world.cluster.resource(Job).in('default');

function job(spec: Partial<NonNullable<Job['spec']>>) {
  const containers = [{ name: 'c', image: 'busybox' }];
  const template = { metadata: { labels: { app: 'job' } }, spec: { restartPolicy: 'Never' as const, containers } };
  return { metadata: { name: 'work' }, spec: { template, ...spec } };
}

const condition = async (type: string) => {
  const found = (await jobs().get('work')).status?.conditions?.find((one) => one.type === type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
};

async function ended(type: 'Complete' | 'Failed'): Promise<Job> {
  await world.eventually(async () => (await condition(type)) !== undefined, `the condition ${type}`, 3_600_000);
  return jobs().get('work');
}

const indexOf = (pod: Pod) => pod.metadata?.annotations?.['batch.kubernetes.io/job-completion-index'];

describe('the Job controller', () => {
  test('runs as many pods as completions says, at most parallelism at once, and frees them when they are counted', async () => {
    world = newWorld({ fate: () => 'succeed' });
    await jobs().create(job({ completions: 5, parallelism: 2 }));
    const { status } = await ended('Complete');
    expect(status).toMatchObject({ succeeded: 5, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(status?.active).toBeUndefined();
    expect(status?.conditions?.map(({ type, reason, message }) => `${type} ${reason} ${message}`)).toEqual([
      'SuccessCriteriaMet CompletionsReached Reached expected number of succeeded pods',
      'Complete CompletionsReached Reached expected number of succeeded pods',
    ]);
    expect(status?.completionTime).toBeDefined();
    const { items } = await world.pods.list().all();
    expect(items).toHaveLength(5);
    expect(items.flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
    expect((await world.events('work')).at(-1)).toBe('Normal Completed Job completed');
    expect(world.errors).toEqual([]);
  });

  test('tries again with growing pauses, and gives up at the back-off limit', async () => {
    world = newWorld({ fate: () => 'fail' });
    await jobs().create(job({ backoffLimit: 2 }));
    const begun = world.clock.now();
    const { status } = await ended('Failed');
    expect(await condition('Failed')).toBe('True BackoffLimitExceeded: Job has reached the specified backoff limit');
    expect(status?.failed).toBe(3);
    // 10 s and 20 s between the three pods.
    expect(world.clock.now() - begun).toBeGreaterThanOrEqual(30_000);
    expect(world.clock.now() - begun).toBeLessThan(60_000);
    expect(await world.events('work')).toContain(
      'Warning BackoffLimitExceeded Job has reached the specified backoff limit',
    );
  });

  test('gives every pod of an indexed Job its index, in name, label, host name and environment', async () => {
    world = newWorld({ fate: () => 'succeed' });
    await jobs().create(job({ completions: 3, parallelism: 3, completionMode: 'Indexed' }));
    const { status } = await ended('Complete');
    expect(status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
    const { items } = await world.pods.list().all();
    expect(items.map((pod) => `${indexOf(pod)} ${pod.spec?.hostname} ${pod.metadata.generateName}`).sort()).toEqual([
      '0 work-0 work-0-',
      '1 work-1 work-1-',
      '2 work-2 work-2-',
    ]);
    expect(items[0]?.spec?.containers[0]?.env).toEqual([
      {
        name: 'JOB_COMPLETION_INDEX',
        valueFrom: {
          fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" },
        },
      },
    ]);
  });

  test('gives up single indexes at their own limit', async () => {
    world = newWorld({ fate: (pod) => (indexOf(pod) === '1' ? 'fail' : 'succeed') });
    await jobs().create(
      job({ completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 1, backoffLimit: 100 }),
    );
    const { status } = await ended('Failed');
    expect(await condition('Failed')).toBe('True FailedIndexes: Job has failed indexes');
    expect(status).toMatchObject({ succeeded: 2, failed: 2, completedIndexes: '0,2', failedIndexes: '1' });
  });

  test('fails at once, ignores or counts failures as podFailurePolicy says', async () => {
    world = newWorld({ fate: () => 'fail' });
    await jobs().create(
      job({
        backoffLimit: 6,
        podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'Ready', status: 'False' }] }] },
      }),
    );
    const { status } = await ended('Failed');
    expect(status?.failed).toBe(1);
    expect(await condition('Failed')).toMatch(
      /^True PodFailurePolicy: Pod default\/work-\w+ has condition Ready matching FailJob rule at index 0$/,
    );
  });

  test('completes as soon as successPolicy is met, and ends the other pods', async () => {
    world = newWorld({ fate: (pod) => (indexOf(pod) === '0' ? 'succeed' : 'ready') });
    await jobs().create(
      job({
        completions: 3,
        parallelism: 3,
        completionMode: 'Indexed',
        successPolicy: { rules: [{ succeededIndexes: '0' }] },
      }),
    );
    const { status } = await ended('Complete');
    expect(await condition('Complete')).toBe('True SuccessPolicy: Matched rules at index 0');
    expect(status).toMatchObject({ succeeded: 1, completedIndexes: '0', terminating: 0 });
  });

  test('deletes its pods while it is suspended, and starts anew when it is resumed', async () => {
    world = newWorld();
    await jobs().create(job({ completions: 2, parallelism: 2 }));
    await world.eventually(async () => (await jobs().get('work')).status?.ready === 2, 'two ready pods');
    await jobs().patch('work', { type: 'merge', body: { spec: { suspend: true } } });
    await world.eventually(async () => (await world.pods.list().all()).items.length === 0, 'no pods');
    expect(await condition('Suspended')).toBe('True JobSuspended: Job suspended');
    expect((await jobs().get('work')).status?.startTime).toBeUndefined();
    await jobs().patch('work', { type: 'merge', body: { spec: { suspend: false } } });
    await world.eventually(async () => (await jobs().get('work')).status?.ready === 2, 'two ready pods again');
    expect(await condition('Suspended')).toBe('False JobResumed: Job resumed');
    expect((await jobs().get('work')).status?.failed).toBeUndefined();
  });

  test('ends at activeDeadlineSeconds', async () => {
    world = newWorld();
    await jobs().create(job({ activeDeadlineSeconds: 60 }));
    const begun = world.clock.now();
    await ended('Failed');
    expect(await condition('Failed')).toBe('True DeadlineExceeded: Job was active longer than specified deadline');
    expect(world.clock.now() - begun).toBeGreaterThanOrEqual(60_000);
    await world.eventually(async () => (await world.pods.list().all()).items.length === 0, 'the end of the pod');
  });

  test('lets its pods go when it is deleted', async () => {
    world = newWorld();
    await jobs().create(job({ completions: 2, parallelism: 2 }));
    await world.eventually(async () => (await jobs().get('work')).status?.ready === 2, 'two ready pods');
    await jobs().delete('work', { propagation: 'background' });
    await world.eventually(async () => (await world.pods.list().all()).items.length === 0, 'the end of the pods');
  });
});

describe('a Job in bad weather', () => {
  test('reaches exactly its completions, however pods fail', async () => {
    const runs = fc.record({
      completions: fc.integer({ min: 1, max: 6 }),
      parallelism: fc.integer({ min: 1, max: 4 }),
      indexed: fc.boolean(),
      fates: fc.array(fc.constantFrom('succeed' as const, 'fail' as const), { minLength: 8, maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ completions, parallelism, indexed, fates }) => {
        const seen = new Map<string, 'succeed' | 'fail'>();
        const fate = (pod: Pod) => {
          const name = pod.metadata?.name ?? '';
          const known = seen.get(name) ?? fates[seen.size] ?? 'succeed';
          seen.set(name, known);
          return known;
        };
        world = newWorld({ fate });
        await jobs().create(
          job({ completions, parallelism, backoffLimit: 100, completionMode: indexed ? 'Indexed' : 'NonIndexed' }),
        );
        const { status } = await ended('Complete');
        const values = [...seen.values()];
        expect(status?.succeeded).toBe(completions);
        expect(values.filter((one) => one === 'succeed')).toHaveLength(completions);
        expect(status?.failed ?? 0).toBe(values.filter((one) => one === 'fail').length);
        expect(world.errors).toEqual([]);
        await world.end();
      }),
      { numRuns: 6 },
    );
    world = newWorld();
  });
});
