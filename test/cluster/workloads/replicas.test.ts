import { ReplicationController, ResourceQuota } from 'keelson/k8s/core/v1';
import { afterEach, describe, expect, test } from 'vitest';
import { newWorld } from './world.js';

let world: ReturnType<typeof newWorld>;
afterEach(() => world.end());

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'nginx' }] },
};
const webSet = (replicas: number) => ({
  metadata: { name: 'web' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template },
});

async function ready(replicas: number): Promise<void> {
  await world.eventually(
    async () => (await world.sets.get('web')).status?.readyReplicas === replicas,
    `${replicas} ready replicas`,
  );
}

describe('the ReplicaSet controller', () => {
  test('creates the missing pods in the name of the set, and counts them', async () => {
    world = newWorld();
    await world.sets.create(webSet(3));
    await ready(3);
    const { items } = await world.pods.list().all();
    expect(items.map(({ metadata }) => metadata.generateName)).toEqual(['web-', 'web-', 'web-']);
    const { metadata, status } = await world.sets.get('web');
    expect(items[0]?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web',
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(status).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
      observedGeneration: 1,
    });
    const created = items.map((pod) => `Normal SuccessfulCreate Created pod: ${pod.metadata.name}`);
    expect((await world.events('web')).sort()).toEqual(created.sort());
    expect(world.errors).toEqual([]);
  });

  test('deletes surplus pods that are not ready before ready ones', async () => {
    let unready = '';
    world = newWorld({ fate: (pod) => (pod.metadata?.name === unready ? 'unready' : 'ready') });
    await world.sets.create(webSet(3));
    await ready(3);
    unready = (await world.pods.list().all()).items[1]?.metadata.name ?? '';
    await world.pods.subresource('status').patch(unready, {
      type: 'merge',
      body: { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
    });
    await ready(2);
    await world.sets.scale('web', 2);
    await world.eventually(async () => (await world.pods.list().all()).items.length === 2, 'two pods');
    expect(await world.pods.find(unready)).toBeUndefined();
    expect(await world.events('web')).toContain(`Normal SuccessfulDelete Deleted pod: ${unready}`);
  });

  test('adopts matching orphans and releases pods whose labels stop matching', async () => {
    world = newWorld();
    await world.pods.create({ metadata: { name: 'orphan', labels: { app: 'web' } }, spec: template.spec });
    await world.sets.create(webSet(2));
    await ready(2);
    const owners = (await world.pods.get('orphan')).metadata.ownerReferences;
    expect(owners?.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['ReplicaSet web']);
    await world.pods.patch('orphan', { type: 'merge', body: { metadata: { labels: { app: 'other' } } } });
    await world.eventually(async () => (await world.pods.list().all()).items.length === 3, 'a third pod');
    await world.eventually(
      async () => (await world.pods.get('orphan')).metadata.ownerReferences === undefined,
      'the release of the pod',
    );
  });

  test('adopts an orphan that comes later, and deletes a pod too many', async () => {
    world = newWorld();
    await world.sets.create(webSet(1));
    await ready(1);
    await world.pods.create({ metadata: { name: 'late', labels: { app: 'web' } }, spec: template.spec });
    await world.eventually(
      async () => (await world.events('web')).some((line) => line.startsWith('Normal SuccessfulDelete')),
      'the deletion of a pod',
    );
    await world.eventually(async () => (await world.pods.list().all()).items.length === 1, 'one pod');
  });

  test('counts a pod as available after minReadySeconds', async () => {
    world = newWorld();
    await world.sets.create({ ...webSet(1), spec: { ...webSet(1).spec, minReadySeconds: 30 } });
    await ready(1);
    expect((await world.sets.get('web')).status?.availableReplicas).toBeUndefined();
    const begun = world.clock.now();
    await world.eventually(async () => (await world.sets.get('web')).status?.availableReplicas === 1, 'availability');
    expect(world.clock.now() - begun).toBeGreaterThan(20_000);
    expect(world.clock.now() - begun).toBeLessThan(35_000);
  });

  test('says why pods cannot be created, and tries one at a time', async () => {
    world = newWorld();
    await world.cluster
      .resource(ResourceQuota)
      .in('default')
      .create({ metadata: { name: 'none' }, spec: { hard: { pods: '0' } } });
    await world.cluster
      .resource(ResourceQuota)
      .in('default')
      .subresource('status')
      .patch('none', { type: 'merge', body: { status: { hard: { pods: '0' }, used: { pods: '0' } } } });
    await world.sets.create(webSet(10));
    await world.eventually(
      async () => (await world.sets.get('web')).status?.conditions !== undefined,
      'a condition of failure',
    );
    const [condition] = (await world.sets.get('web')).status?.conditions ?? [];
    expect(condition).toMatchObject({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' });
    expect(condition?.message).toMatch(/^pods "web-\w+" is forbidden: exceeded quota: none/);
    expect((await world.events('web'))[0]).toMatch(/^Warning FailedCreate Error creating: pods "web-/);
    expect(world.errors.length).toBeGreaterThan(0);
  });
});

describe('the ReplicationController controller', () => {
  test('does the same for ReplicationControllers', async () => {
    world = newWorld();
    const controllers = world.cluster.resource(ReplicationController).in('default');
    await controllers.create({ metadata: { name: 'rc' }, spec: { replicas: 2, selector: { app: 'web' }, template } });
    await world.eventually(async () => (await controllers.get('rc')).status?.readyReplicas === 2, 'two ready pods');
    expect((await controllers.get('rc')).status).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
    await controllers.scale('rc', 0);
    await world.eventually(async () => (await world.pods.list().all()).items.length === 0, 'the end of the pods');
  });
});
