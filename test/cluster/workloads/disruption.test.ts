import { PodDisruptionBudget } from 'keelson/k8s';
import { afterEach, describe, expect, test } from 'vitest';
import { newWorld } from './world.js';

let world: ReturnType<typeof newWorld>;
afterEach(() => world.end());

const budgets = () => world.cluster.resource(PodDisruptionBudget).in('default');
const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };

async function status(healthy: number) {
  await world.eventually(
    async () => ((await budgets().get('web')).status?.currentHealthy ?? 0) === healthy,
    `${healthy} healthy pods`,
  );
  return (await budgets().get('web')).status;
}

async function deploy(replicas: number): Promise<void> {
  await world.deployments.create({
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: labels }, template },
  });
}

describe('the disruption controller', () => {
  test('allows as many evictions as maxUnavailable leaves, counted from the size of the Deployment', async () => {
    world = newWorld();
    await deploy(4);
    await budgets().create({
      metadata: { name: 'web' },
      spec: { maxUnavailable: '50%', selector: { matchLabels: labels } },
    });
    expect(await status(4)).toMatchObject({
      currentHealthy: 4,
      desiredHealthy: 2,
      expectedPods: 4,
      disruptionsAllowed: 2,
      observedGeneration: 1,
      conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods', message: '' }],
    });
    const { items } = await world.pods.list().all();
    await world.pods.evict(items[0]?.metadata.name ?? '');
    await world.pods.evict(items[1]?.metadata.name ?? '');
    await expect(world.pods.evict(items[2]?.metadata.name ?? '')).rejects.toThrow(/disruption budget/);
    await world.eventually(async () => (await budgets().get('web')).status?.disruptionsAllowed === 2, 'new pods');
    expect(world.errors).toEqual([]);
  });

  test('counts unready pods as disrupted, and takes minAvailable as it is', async () => {
    world = newWorld({ fate: () => 'unready' });
    await deploy(3);
    await budgets().create({ metadata: { name: 'web' }, spec: { minAvailable: 2, selector: { matchLabels: labels } } });
    await world.eventually(async () => (await budgets().get('web')).status?.expectedPods === 3, 'three pods');
    expect((await budgets().get('web')).status).toMatchObject({
      desiredHealthy: 2,
      expectedPods: 3,
      conditions: [{ status: 'False', reason: 'InsufficientPods' }],
    });
    expect((await budgets().get('web')).status?.disruptionsAllowed ?? 0).toBe(0);
  });

  test('allows nothing for pods that no owner counts', async () => {
    world = newWorld();
    await world.pods.create({ metadata: { name: 'alone', labels }, spec: template.spec });
    await budgets().create({
      metadata: { name: 'web' },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    });
    expect((await status(1))?.disruptionsAllowed ?? 0).toBe(0);
    expect((await world.events('web')).join()).toContain(
      'Warning UnmanagedPods Pods selected by this PodDisruptionBudget',
    );
  });
});
