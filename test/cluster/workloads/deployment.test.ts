import type { Deployment } from 'keelson/k8s';
import type { Pod } from 'keelson/k8s/core/v1';
import { afterEach, describe, expect, test } from 'vitest';
import { newWorld } from './world.js';

let world: ReturnType<typeof newWorld>;
afterEach(() => world.end());

function deployment(replicas: number, spec: Partial<NonNullable<Deployment['spec']>> = {}) {
  return {
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
      ...spec,
    },
  };
}

const setImage = (image: string) =>
  world.deployments.patch('web', {
    type: 'strategic',
    body: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } },
  });

async function rolledOut(): Promise<void> {
  await world.eventually(async () => {
    const { metadata, spec, status } = await world.deployments.get('web');
    const { replicas } = spec ?? {};
    return (
      status?.observedGeneration === metadata.generation &&
      status?.updatedReplicas === replicas &&
      status?.replicas === replicas &&
      status?.availableReplicas === replicas
    );
  }, 'the end of the rollout');
}

const conditions = async () =>
  Object.fromEntries(
    ((await world.deployments.get('web')).status?.conditions ?? []).map(({ type, status, reason, message }) => [
      type,
      `${status} ${reason}: ${message}`,
    ]),
  );

const images = async () => {
  const { items } = await world.pods.list().all();
  return items.map(({ spec }) => spec?.containers[0]?.image).sort();
};

describe('the Deployment controller', () => {
  test('creates a ReplicaSet for its template, and says so', async () => {
    world = newWorld();
    await world.deployments.create({ ...deployment(2), metadata: { name: 'web', annotations: { note: 'x' } } });
    await rolledOut();
    const { items } = await world.sets.list().all();
    const [set] = items;
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(set?.spec?.selector).toEqual({ matchLabels: { app: 'web', 'pod-template-hash': hash } });
    expect(set?.metadata.annotations).toEqual({
      note: 'x',
      'deployment.kubernetes.io/desired-replicas': '2',
      'deployment.kubernetes.io/max-replicas': '3',
      'deployment.kubernetes.io/revision': '1',
    });
    expect(await conditions()).toEqual({
      Available: 'True MinimumReplicasAvailable: Deployment has minimum availability.',
      Progressing: `True NewReplicaSetAvailable: ReplicaSet "web-${hash}" has successfully progressed.`,
    });
    const { metadata } = await world.deployments.get('web');
    expect(metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    expect(await world.events('web')).toEqual([
      `Normal ScalingReplicaSet Scaled up replica set web-${hash} from 0 to 2`,
    ]);
    expect(world.errors).toEqual([]);
  });

  test('replaces pods step by step, keeps the old revision, and goes back to it', async () => {
    world = newWorld();
    await world.deployments.create(deployment(4));
    await rolledOut();
    const [first] = (await world.sets.list().all()).items;
    await setImage('nginx:2');
    await rolledOut();
    expect(await images()).toEqual(['nginx:2', 'nginx:2', 'nginx:2', 'nginx:2']);
    expect((await world.sets.get(first?.metadata.name ?? '')).spec?.replicas).toBe(0);
    await setImage('nginx:1');
    await rolledOut();
    expect(await images()).toEqual(['nginx:1', 'nginx:1', 'nginx:1', 'nginx:1']);
    const back = await world.sets.get(first?.metadata.name ?? '');
    expect(back.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
    expect((await world.sets.list().all()).items).toHaveLength(2);
    expect(world.errors).toEqual([]);
  });

  test('stops before the last available pods when the new template never becomes ready, and says so at the deadline', async () => {
    const fate = (pod: Pod) => (pod.spec?.containers[0]?.image === 'broken' ? 'unready' : 'ready');
    world = newWorld({ fate });
    await world.deployments.create(deployment(4, { progressDeadlineSeconds: 60 }));
    await rolledOut();
    await setImage('broken');
    await world.eventually(async () => (await conditions()).Progressing?.includes('Deadline') === true, 'the deadline');
    // 25% of 4 may be missing, and 25% more may be there.
    expect(await images()).toEqual(['broken', 'broken', 'nginx:1', 'nginx:1', 'nginx:1']);
    expect(await conditions()).toMatchObject({
      Available: 'True MinimumReplicasAvailable: Deployment has minimum availability.',
      Progressing: expect.stringMatching(
        /^False ProgressDeadlineExceeded: ReplicaSet "web-\w+" has timed out progressing\.$/,
      ),
    });
    await setImage('nginx:3');
    await rolledOut();
    expect(await images()).toEqual(['nginx:3', 'nginx:3', 'nginx:3', 'nginx:3']);
  });

  test('does not roll out while it is paused, and scales in proportion', async () => {
    const fate = (pod: Pod) => (pod.spec?.containers[0]?.image === 'slow' ? 'unready' : 'ready');
    world = newWorld({ fate });
    await world.deployments.create(deployment(8));
    await rolledOut();
    await setImage('slow');
    await world.eventually(async () => (await images()).filter((image) => image === 'slow').length === 4, 'surge');
    await world.deployments.patch('web', { type: 'merge', body: { spec: { paused: true } } });
    await world.eventually(async () => (await conditions()).Progressing?.includes('Paused') === true, 'the pause');
    expect((await conditions()).Progressing).toBe('Unknown DeploymentPaused: Deployment is paused');
    await setImage('other');
    await world.deployments.scale('web', 16);
    await world.eventually(async () => (await images()).length === 20, 'proportional growth');
    const grown = await images();
    expect([
      grown.filter((image) => image === 'slow').length,
      grown.filter((image) => image === 'nginx:1').length,
    ]).toEqual([8, 12]);
    await world.deployments.patch('web', { type: 'merge', body: { spec: { paused: null } } });
    await rolledOut();
    expect(new Set(await images())).toEqual(new Set(['other']));
  });

  test('ends every old pod first with the strategy Recreate', async () => {
    world = newWorld();
    await world.deployments.create(deployment(3, { strategy: { type: 'Recreate' } }));
    await rolledOut();
    const pods = world.cluster.informer((await import('keelson/k8s/core/v1')).Pod);
    const mixed: number[] = [];
    pods.subscribe({
      added() {
        mixed.push(new Set(Array.from(pods.lister, ({ spec }) => spec?.containers[0]?.image)).size);
      },
    });
    await pods.start();
    await setImage('nginx:2');
    await rolledOut();
    await pods.stop();
    expect(await images()).toEqual(['nginx:2', 'nginx:2', 'nginx:2']);
    expect(Math.max(...mixed)).toBe(1);
  });

  test('keeps as many old revisions as revisionHistoryLimit says', async () => {
    world = newWorld();
    await world.deployments.create(deployment(1, { revisionHistoryLimit: 1 }));
    await rolledOut();
    for (const image of ['nginx:2', 'nginx:3', 'nginx:4']) {
      await setImage(image);
      await rolledOut();
    }
    await world.eventually(async () => (await world.sets.list().all()).items.length === 2, 'two revisions');
    const { items } = await world.sets.list().all();
    expect(items.map(({ spec }) => spec?.template?.spec?.containers[0]?.image).sort()).toEqual(['nginx:3', 'nginx:4']);
  });

  test('adopts a ReplicaSet that an orphaning deletion left behind', async () => {
    world = newWorld();
    await world.deployments.create(deployment(2));
    await rolledOut();
    const before = (await world.pods.list().all()).items.map(({ metadata }) => metadata.name).sort();
    await world.deployments.delete('web', { propagation: 'orphan' });
    await world.eventually(async () => (await world.deployments.find('web')) === undefined, 'the deletion');
    await world.deployments.create(deployment(2));
    await rolledOut();
    expect((await world.pods.list().all()).items.map(({ metadata }) => metadata.name).sort()).toEqual(before);
  });
});
