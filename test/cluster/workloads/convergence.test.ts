import { StatefulSet } from 'keelson/k8s/apps/v1';
import { Job } from 'keelson/k8s/batch/v1';
import type { Pod } from 'keelson/k8s/core/v1';
import { describe, expect, inject, it } from 'vitest';
import { isConflict, isNotFound } from '../../../src/errors/index.js';
import { type Random, seededRandom } from '../../../src/util/random.js';
import { failedSeeds } from '../../helpers/failed-seeds.js';
import { newWorld } from './world.js';

const labels = { app: 'web' };
const rounds = 12;

type World = ReturnType<typeof newWorld>;

const pick = (random: Random, below: number) => Math.floor(random() * below);
const podSpec = (image: string, restartPolicy: 'Always' | 'Never' = 'Always') => ({
  containers: [{ name: 'main', image }],
  restartPolicy,
});

/** Returns the pods of the test that are not being deleted. */
async function alive({ pods }: World): Promise<Pod[]> {
  const { items } = await pods.list({ labels }).all();
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

const isReady = ({ status }: Pod) =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

/** Deletes a random pod: at once, as a node does that is lost, or with its grace period. */
async function kill(world: World, random: Random): Promise<string> {
  const found = await alive(world);
  const victim = found[pick(random, found.length)]?.metadata;
  if (victim?.name === undefined) return 'no pod to kill';
  const gracePeriodSeconds = random() < 0.5 ? 0 : 30;
  try {
    await world.pods.delete(victim.name, { gracePeriodSeconds });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
  return `kill ${victim.name} (${gracePeriodSeconds} s)`;
}

/** Runs random actions, and lets none or a few seconds pass after each. Shows the actions if the end is not reached. */
async function play(
  world: World,
  random: Random,
  actions: readonly (() => Promise<string>)[],
  end: () => Promise<string>,
) {
  const log: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let step = pick(random, 4); step >= 0; step--) {
      // A conflict with a controller is retried after a wait on the clock.
      log.push((await world.clock.runUntil(actions[pick(random, actions.length)]?.() ?? Promise.resolve(''))) ?? '');
      if (random() < 0.6) await world.clock.advance(pick(random, 3_000));
    }
    let missing = '';
    await world
      .eventually(async () => {
        missing = await end();
        return missing === '';
      }, 'the end')
      .catch((error: unknown) => {
        throw new Error(`${missing} after ${log.join('; ')}`, { cause: error });
      });
    log.push('quiet');
  }
  expect(world.errors.filter((text) => !/conflict|not found|modified|already exists/i.test(text))).toEqual([]);
}

const seeds = [inject('seed'), ...failedSeeds('test/cluster/workloads/convergence.test.ts').map((one) => one.seed)];

describe.each(seeds)('under random scaling, changes and deletions of pods, seed %i', (seed) => {
  it('a Deployment comes to exactly its pods, of its newest template', { timeout: 60_000 }, async () => {
    const random = seededRandom(seed);
    const world = newWorld({ seed });
    const { deployments, sets } = world;
    let replicas = 3;
    let image = 0;
    const template = () => ({ metadata: { labels }, spec: podSpec(`web:${image}`) });
    await deployments.create({
      metadata: { name: 'web', labels },
      spec: { replicas, selector: { matchLabels: labels }, template: template() },
    });
    const actions = [
      async () => {
        replicas = pick(random, 6);
        await deployments.scale('web', replicas);
        return `scale to ${replicas}`;
      },
      async () => {
        image = (image + 1 + pick(random, 2)) % 4;
        await deployments.update('web', (draft) => {
          if (draft.spec) draft.spec.template = template();
        });
        return `image web:${image}`;
      },
      () => kill(world, random),
      () => kill(world, random),
    ];
    await play(world, random, actions, async () => {
      const found = await alive(world);
      const current = found.filter(({ spec }) => spec?.containers[0]?.image === `web:${image}`);
      const { items } = await sets.list().all();
      const wanted = items.reduce((sum, { spec }) => sum + (spec?.replicas ?? 0), 0);
      const fine =
        found.length === replicas && current.length === replicas && found.every(isReady) && wanted === replicas;
      return fine
        ? ''
        : `${replicas} pods of web:${image} wanted, ${found.length} found, ${current.length} current, ${wanted} in sets`;
    });
    await world.end();
  });

  it('a StatefulSet has the ordinals from 0, of its newest template', { timeout: 60_000 }, async () => {
    const random = seededRandom(seed + 1);
    const world = newWorld({ seed });
    const statefulSets = world.cluster.resource(StatefulSet).in('default');
    let replicas = 3;
    let image = 0;
    const template = () => ({ metadata: { labels }, spec: podSpec(`web:${image}`) });
    await statefulSets.create({
      metadata: { name: 'web' },
      spec: { serviceName: 'web', replicas, selector: { matchLabels: labels }, template: template() },
    });
    const actions = [
      async () => {
        replicas = pick(random, 5);
        await statefulSets.scale('web', replicas);
        return `scale to ${replicas}`;
      },
      async () => {
        image = (image + 1 + pick(random, 2)) % 4;
        await statefulSets.update('web', (draft) => {
          if (draft.spec) draft.spec.template = template();
        });
        return `image web:${image}`;
      },
      () => kill(world, random),
      () => kill(world, random),
    ];
    await play(world, random, actions, async () => {
      const found = await alive(world);
      const names = found.map(({ metadata }) => metadata?.name ?? '').sort();
      const expected = Array.from({ length: replicas }, (_, ordinal) => `web-${ordinal}`);
      const current = found.every((pod) => pod.spec?.containers[0]?.image === `web:${image}` && isReady(pod));
      return names.join() === expected.join() && current ? '' : `${expected} of web:${image} wanted, ${names} found`;
    });
    await world.end();
  });

  it('a Job succeeds exactly as often as it should', { timeout: 60_000 }, async () => {
    const random = seededRandom(seed + 2);
    for (let run = 0; run < 6; run++) {
      const fates = new Map<string, 'succeed' | 'fail' | 'ready'>();
      let calm = false;
      const fate = ({ metadata }: Pod) => {
        const uid = metadata?.uid ?? '';
        if (calm) return 'succeed';
        const drawn = fates.get(uid) ?? (random() < 0.6 ? 'succeed' : random() < 0.3 ? 'fail' : 'ready');
        fates.set(uid, drawn);
        return drawn;
      };
      const world = newWorld({ seed: seed + run, fate });
      const jobs = world.cluster.resource(Job).in('default');
      const [completions, parallelism] = [1 + pick(random, 5), 1 + pick(random, 3)];
      const completionMode = random() < 0.5 ? 'Indexed' : 'NonIndexed';
      const template = { metadata: { labels }, spec: podSpec('task', 'Never') };
      await jobs.create({
        metadata: { name: 'task' },
        spec: { completions, parallelism, completionMode, backoffLimit: 1_000, template },
      });
      const log: string[] = [];
      const isComplete = async () => {
        const { status = {} } = await jobs.get('task');
        return status.conditions?.some(({ type, status: is }) => type === 'Complete' && is === 'True') === true;
      };
      for (let step = 0; step < 200 && !(await isComplete()); step++) {
        expect((await alive(world)).filter(({ status: is }) => is?.phase === 'Running').length).toBeLessThanOrEqual(
          parallelism,
        );
        if (random() < 0.5) log.push(await kill(world, random));
        await world.clock.advance(pick(random, 20_000));
      }
      // Pods that would run for ever are deleted. The job makes the next ones after its back-off, of 600 s at most.
      calm = true;
      for (const { metadata } of (await isComplete()) ? [] : await alive(world))
        await world.pods.delete(metadata?.name ?? '', { gracePeriodSeconds: 0 });
      await world.eventually(isComplete, `the job (${log.join('; ')})`, 700_000);
      const { status = {} } = await jobs.get('task');
      const shown = `seed ${seed}, ${completionMode} ${completions}/${parallelism}: ${log.join('; ')}`;
      expect(status.succeeded, shown).toBe(completions);
      expect(status.active ?? 0, shown).toBe(0);
      expect(world.errors.filter((text) => !/conflict|not found|modified|already exists/i.test(text))).toEqual([]);
      await world.end();
    }
  });
});
