import fc from 'fast-check';
import { StatefulSet } from 'keelson/k8s';
import { ControllerRevision } from 'keelson/k8s/apps/v1';
import { PersistentVolumeClaim, Pod } from 'keelson/k8s/core/v1';
import { afterEach, describe, expect, test } from 'vitest';
import { newWorld } from './world.js';

let world: ReturnType<typeof newWorld>;
afterEach(() => world.end());

const sets = () => world.cluster.resource(StatefulSet).in('default');
const claims = () => world.cluster.resource(PersistentVolumeClaim).in('default');

function set(replicas: number, spec: Partial<NonNullable<StatefulSet['spec']>> = {}) {
  const containers = [{ name: 'c', image: 'db:1' }];
  const template = { metadata: { labels: { app: 'db' } }, spec: { containers } };
  return {
    metadata: { name: 'db' },
    spec: { replicas, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template, ...spec },
  };
}

const data = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce' as const], resources: { requests: { storage: '1Gi' } } },
};

const setImage = (image: string) =>
  sets().patch('db', {
    type: 'strategic',
    body: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } },
  });

async function ready(replicas: number): Promise<void> {
  await world.eventually(async () => {
    const { status, metadata } = await sets().get('db');
    return (
      status?.observedGeneration === metadata.generation &&
      status?.replicas === replicas &&
      (status?.availableReplicas ?? 0) === replicas
    );
  }, `${replicas} available replicas`);
}

async function images(): Promise<string[]> {
  const { items } = await world.pods.list().all();
  return items.map(({ metadata, spec }) => `${metadata.name} ${spec?.containers[0]?.image}`).sort();
}

/** Writes down every pod that comes or goes. */
async function watchPods(): Promise<string[]> {
  const log: string[] = [];
  const informer = world.cluster.informer(Pod, { namespace: 'default' });
  informer.subscribe({
    added: ({ metadata }) => log.push(`+${metadata.name}`),
    deleted: ({ metadata }) => log.push(`-${metadata.name}`),
  });
  await informer.start();
  return log;
}

describe('the StatefulSet controller', () => {
  test('creates pods in order, each with its identity and storage', async () => {
    world = newWorld();
    const log = await watchPods();
    await sets().create(set(3, { volumeClaimTemplates: [data] }));
    await ready(3);
    expect(log).toEqual(['+db-0', '+db-1', '+db-2']);
    const pod = await world.pods.get('db-1');
    const revision = (await sets().get('db')).status?.updateRevision;
    expect(pod.metadata.labels).toEqual({
      app: 'db',
      'apps.kubernetes.io/pod-index': '1',
      'controller-revision-hash': revision,
      'statefulset.kubernetes.io/pod-name': 'db-1',
    });
    expect([pod.spec?.hostname, pod.spec?.subdomain]).toEqual(['db-1', 'db']);
    expect(pod.spec?.volumes?.[0]).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } });
    const { items } = await claims().list().all();
    expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    expect((await sets().get('db')).status).toEqual({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount: 0,
    });
    expect((await world.events('db')).slice(0, 2)).toEqual([
      'Normal SuccessfulCreate Create Claim data-db-0 Pod db-0 in StatefulSet db success',
      'Normal SuccessfulCreate Create Pod db-0 in StatefulSet db successful',
    ]);
    expect(world.errors).toEqual([]);
  });

  test('waits for each pod to be ready, and deletes the highest ordinals first', async () => {
    let broken = 'db-1';
    world = newWorld({ fate: (pod) => (pod.metadata?.name === broken ? 'unready' : 'ready') });
    const log = await watchPods();
    await sets().create(set(3));
    await world.eventually(async () => (await sets().get('db')).status?.replicas === 2, 'two pods');
    await world.clock.advance(30_000);
    expect(log).toEqual(['+db-0', '+db-1']);
    broken = '';
    await world.pods.delete('db-1', { gracePeriodSeconds: 0 });
    await ready(3);
    log.length = 0;
    await sets().scale('db', 1);
    await ready(1);
    expect(log).toEqual(['-db-2', '-db-1']);
  });

  test('replaces pods from the highest ordinal down to the partition, and goes back to an old revision', async () => {
    world = newWorld();
    await sets().create(set(3, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }));
    await ready(3);
    const first = (await sets().get('db')).status?.currentRevision;
    await setImage('db:2');
    await world.eventually(async () => (await sets().get('db')).status?.updatedReplicas === 2, 'two updated pods');
    await ready(3);
    expect(await images()).toEqual(['db-0 db:1', 'db-1 db:2', 'db-2 db:2']);
    await world.pods.delete('db-0', { gracePeriodSeconds: 0 });
    await world.eventually(async () => (await images()).includes('db-0 db:1'), 'the pod below the partition');
    expect((await sets().get('db')).status).toMatchObject({ currentRevision: first, currentReplicas: 1 });
    await sets().patch('db', {
      type: 'merge',
      body: { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } },
    });
    await world.eventually(async () => (await images())[0] === 'db-0 db:2', 'the last pod');
    await ready(3);
    await setImage('db:1');
    await world.eventually(async () => (await sets().get('db')).status?.currentRevision === first, 'the old revision');
    expect(await images()).toEqual(['db-0 db:1', 'db-1 db:1', 'db-2 db:1']);
    const { items } = await world.cluster.resource(ControllerRevision).in('default').list().all();
    expect(items.map(({ revision }) => revision).sort()).toEqual([2, 3]);
    expect(world.errors).toEqual([]);
  });

  test('leaves pods alone with the strategy OnDelete', async () => {
    world = newWorld();
    await sets().create(set(2, { updateStrategy: { type: 'OnDelete' } }));
    await ready(2);
    await setImage('db:2');
    await ready(2);
    expect(await images()).toEqual(['db-0 db:1', 'db-1 db:1']);
    await world.pods.delete('db-1', { gracePeriodSeconds: 0 });
    await world.eventually(async () => (await images())[1] === 'db-1 db:2', 'the new pod');
  });

  test('creates all pods at once with the policy Parallel', async () => {
    world = newWorld({ fate: () => 'unready' });
    await sets().create(set(3, { podManagementPolicy: 'Parallel', ordinals: { start: 5 } }));
    await world.eventually(async () => (await sets().get('db')).status?.replicas === 3, 'three pods');
    expect(await images()).toEqual(['db-5 db:1', 'db-6 db:1', 'db-7 db:1']);
  });

  test('gives claims to the pod that a scale-down deletes, and to the set for its own deletion', async () => {
    world = newWorld();
    const policy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
    await sets().create(set(2, { volumeClaimTemplates: [data], persistentVolumeClaimRetentionPolicy: policy }));
    await ready(2);
    const owners = (await claims().get('data-db-0')).metadata.ownerReferences;
    expect(owners?.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['StatefulSet db']);
    await sets().scale('db', 1);
    await world.eventually(
      async () =>
        (await claims().find('data-db-1'))?.metadata.deletionTimestamp !== undefined ||
        (await claims().find('data-db-1')) === undefined,
      'the end of the claim',
    );
    expect((await claims().get('data-db-0')).metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('a StatefulSet under random changes', () => {
  test('never has two pods of one ordinal, and in order never more than one pod on its way', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ scale: fc.integer({ min: 0, max: 4 }) }),
        fc.record({ kill: fc.integer({ min: 0, max: 3 }) }),
        fc.record({ image: fc.constantFrom('db:2', 'db:3') }),
      ),
      { minLength: 2, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (changes) => {
        world = newWorld();
        const informer = world.cluster.informer(Pod, { namespace: 'default' });
        const faults: string[] = [];
        informer.subscribe({
          added: ({ metadata }) => {
            const others = informer.lister.list().filter((pod) => pod.metadata.name !== metadata.name);
            const low = others.filter(
              (pod) => pod.metadata.name < metadata.name && pod.status?.conditions?.[0]?.status !== 'True',
            );
            if (low.length > 0) faults.push(`${metadata.name} came before ${low[0]?.metadata.name} was ready`);
          },
        });
        await informer.start();
        await sets().create(set(2));
        let replicas = 2;
        for (const change of changes) {
          await world.clock.advance(300);
          if ('scale' in change) {
            replicas = change.scale;
            await sets().scale('db', replicas);
          } else if ('kill' in change) {
            await world.pods.delete(`db-${change.kill}`, { gracePeriodSeconds: 0 }).catch(() => {});
          } else await setImage(change.image);
        }
        const ordinals = Array.from({ length: replicas }, (_, i) => `db-${i}`);
        await world.eventually(async () => {
          // The status still tells of a pod for a moment that has just been deleted.
          const names = (await images()).map((line) => line.split(' ')[0]);
          const { status, metadata } = await sets().get('db');
          const isDone = (status?.updatedReplicas ?? 0) === replicas && (status?.availableReplicas ?? 0) === replicas;
          const isObserved = status?.observedGeneration === metadata.generation && status?.replicas === replicas;
          return isObserved && isDone && names.join() === ordinals.join();
        }, 'the wanted state');
        expect(faults).toEqual([]);
        await informer.stop();
        await world.end();
      }),
      { numRuns: 6, examples: [[[{ kill: 0 }, { kill: 0 }]]] },
    );
    world = newWorld();
  });
});
