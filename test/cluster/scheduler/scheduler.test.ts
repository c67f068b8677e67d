import { expect, it } from 'vitest';
import { PersistentVolume, PersistentVolumeClaim, Pod, Service } from '../../../generated/core/v1.js';
import { Event } from '../../../generated/events.k8s.io/v1.js';
import { StorageClass } from '../../../generated/storage.k8s.io/v1.js';
import { mergePatch } from '../../../src/client/index.js';
import { Scheduler } from '../../../src/cluster/index.js';
import { Manager } from '../../../src/controller/index.js';
import { startServer } from '../../../src/server/index.js';
import { createNode, createPod, nodeOf, rejectionOf, startSchedulerBench } from './run-scheduler.js';

const requests = (cpu: string) => ({ containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }] });

it('binds a pod to the node with the most room', async () => {
  await using bench = await startSchedulerBench();
  const { cluster } = bench;
  await createNode(cluster, 'small', { allocatable: { cpu: '2' } });
  await createNode(cluster, 'large', { allocatable: { cpu: '8' } });
  await createPod(cluster, 'web', requests('1'));
  expect(await nodeOf(cluster, 'web')).toBe('large');
});

it('says why a pod fits on no node, in the words of kube-scheduler', async () => {
  await using bench = await startSchedulerBench();
  const { cluster } = bench;
  await createPod(cluster, 'early');
  expect(await rejectionOf(cluster, 'early')).toBe('no nodes available to schedule pods');
  await createNode(cluster, 'cordoned', { spec: { unschedulable: true } });
  await createNode(cluster, 'tainted', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } });
  await createNode(cluster, 'small', { allocatable: { cpu: '1' } });
  expect(await nodeOf(cluster, 'early')).toBe('small');
  await createPod(cluster, 'big', requests('3'));
  expect(await rejectionOf(cluster, 'big')).toBe(
    '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. ' +
      'no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
  );
});

it('leaves pods with scheduling gates alone until the gates are gone', async () => {
  await using bench = await startSchedulerBench();
  const { cluster } = bench;
  await createNode(cluster, 'one');
  await createPod(cluster, 'gated', { schedulingGates: [{ name: 'example.com/wait' }] });
  await createPod(cluster, 'free');
  await nodeOf(cluster, 'free');
  expect((await cluster.resource(Pod).in('default').get('gated')).spec?.nodeName).toBeUndefined();
  await cluster
    .resource(Pod)
    .in('default')
    .update('gated', (pod) => {
      if (pod.spec !== undefined) pod.spec.schedulingGates = [];
    });
  expect(await nodeOf(cluster, 'gated')).toBe('one');
});

it('takes care only of the pods that name it', async () => {
  await using bench = await startSchedulerBench({ schedulerName: 'mine' });
  const { cluster } = bench;
  await createNode(cluster, 'one');
  await createPod(cluster, 'other');
  await createPod(cluster, 'own', { schedulerName: 'mine' });
  expect(await nodeOf(cluster, 'own')).toBe('one');
  expect((await cluster.resource(Pod).in('default').get('other')).spec?.nodeName).toBeUndefined();
});

it('tries a pod again once the room that it needs is free', async () => {
  await using bench = await startSchedulerBench();
  const { cluster } = bench;
  await createNode(cluster, 'one', { allocatable: { cpu: '1' } });
  await createPod(cluster, 'first', { ...requests('1'), terminationGracePeriodSeconds: 0 });
  await nodeOf(cluster, 'first');
  await createPod(cluster, 'second', requests('1'));
  await rejectionOf(cluster, 'second');
  await cluster.resource(Pod).in('default').delete('first', { gracePeriodSeconds: 0 });
  expect(await nodeOf(cluster, 'second')).toBe('one');
});

it('spreads the pods of a service over nodes by default', async () => {
  await using bench = await startSchedulerBench();
  const { cluster } = bench;
  // Without the service, the larger node would get all of them.
  await createNode(cluster, 'large', { allocatable: { cpu: '5' } });
  await createNode(cluster, 'small', { allocatable: { cpu: '4' } });
  await cluster
    .resource(Service)
    .in('default')
    .create({ metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
  const homes: string[] = [];
  for (const name of ['a', 'b']) {
    await createPod(cluster, name, {}, { app: 'web' });
    homes.push(await nodeOf(cluster, name));
  }
  expect(homes.sort()).toEqual(['large', 'small']);
});

it('records the events that kubectl describe shows', async () => {
  await using bench = await startSchedulerBench();
  const { cluster } = bench;
  await createPod(cluster, 'web');
  await rejectionOf(cluster, 'web');
  await createNode(cluster, 'one');
  await nodeOf(cluster, 'web');
  const events = cluster.resource(Event).in('default');
  await expect.poll(async () => (await events.list().all()).items.length).toBe(2);
  const [scheduled, failed] = (await events.list().all()).items.sort((a, b) =>
    (a.type ?? '').localeCompare(b.type ?? ''),
  );
  expect(scheduled).toMatchObject({
    type: 'Normal',
    reason: 'Scheduled',
    action: 'Binding',
    note: 'Successfully assigned default/web to one',
  });
  expect(failed).toMatchObject({
    type: 'Warning',
    reason: 'FailedScheduling',
    note: 'no nodes available to schedule pods',
  });
});

it('counts what it does under the names of kube-scheduler', async () => {
  await using bench = await startSchedulerBench();
  const { cluster, scheduler } = bench;
  await createNode(cluster, 'one');
  await createPod(cluster, 'web');
  await nodeOf(cluster, 'web');
  const sample = (metric: string, part: object) =>
    scheduler.metrics
      .find(({ name }) => name === metric)
      ?.read()
      .values.find(({ labels }) => Object.entries(part).every(([key, value]) => labels[key] === value))?.value;
  await expect.poll(() => sample('scheduler_schedule_attempts_total', { result: 'scheduled' })).toBe(1);
  expect(sample('scheduler_pending_pods', { queue: 'active' })).toBe(0);
  expect(sample('scheduler_cache_size', { type: 'nodes' })).toBe(1);
  expect(sample('scheduler_queue_incoming_pods_total', { queue: 'active', event: 'PodAdd' })).toBe(1);
});

it('lets one of two schedulers lead, and the other one take over without assigning a pod twice', async () => {
  await using server = await startServer({
    listen: false,
    controllers: ['-*', 'namespace'],
    disableAdmissionPlugins: ['ServiceAccount', 'TaintNodesByCondition'],
  });
  const cluster = await server.connect();
  const start = (identity: string) => {
    const ending = new AbortController();
    const leaderElection = {
      name: 'kube-scheduler',
      namespace: 'kube-system',
      identity,
      leaseDurationMs: 2000,
      renewDeadlineMs: 1500,
      retryPeriodMs: 50,
    };
    const manager = new Manager(cluster, { runnables: [new Scheduler()], leaderElection, handleSignals: false });
    return { manager, ending, running: manager.run({ signal: ending.signal }) };
  };
  await createNode(cluster, 'one');
  const candidates = [start('a'), start('b')];
  await createPod(cluster, 'first');
  expect(await nodeOf(cluster, 'first')).toBe('one');
  const leaders = candidates.filter(({ manager }) => manager.acts);
  expect(leaders).toHaveLength(1);
  leaders[0]?.ending.abort();
  await leaders[0]?.running;
  await createPod(cluster, 'second');
  expect(await nodeOf(cluster, 'second')).toBe('one');
  for (const { ending, running } of candidates) {
    ending.abort();
    await running;
  }
});

it('waits for claims: until they exist, are bound, and may be used on the node', async () => {
  await using bench = await startSchedulerBench();
  const { cluster } = bench;
  await createNode(cluster, 'left', { labels: { side: 'left' } });
  await createNode(cluster, 'right', { labels: { side: 'right' } });
  await createPod(cluster, 'db', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] });
  expect(await rejectionOf(cluster, 'db')).toBe(
    '0/2 nodes are available: persistentvolumeclaim "data" not found. not found',
  );
  const spec = { accessModes: ['ReadWriteOnce' as const], storageClassName: '' };
  const claims = cluster.resource(PersistentVolumeClaim).in('default');
  const resources = { requests: { storage: '1Gi' } };
  await claims.create({ metadata: { name: 'data' }, spec: { ...spec, resources } });
  const unbound = '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found';
  await expect.poll(() => rejectionOf(cluster, 'db')).toBe(unbound);
  const side = { matchExpressions: [{ key: 'side', operator: 'In' as const, values: ['right'] }] };
  await cluster.resource(PersistentVolume).create({
    metadata: { name: 'pv' },
    spec: {
      ...spec,
      capacity: { storage: '1Gi' },
      hostPath: { path: '/data' },
      nodeAffinity: { required: { nodeSelectorTerms: [side] } },
    },
  });
  await claims.update('data', (claim) => {
    claim.metadata.annotations = { 'pv.kubernetes.io/bind-completed': 'yes' };
    if (claim.spec !== undefined) claim.spec.volumeName = 'pv';
  });
  expect(await nodeOf(cluster, 'db')).toBe('right');
});

it('reserves a volume on the chosen node for a claim that waits for its first pod', async () => {
  await using bench = await startSchedulerBench();
  const { cluster } = bench;
  await createNode(cluster, 'left', { labels: { side: 'left' } });
  await createNode(cluster, 'right', { labels: { side: 'right' } });
  const provisioner = 'kubernetes.io/no-provisioner';
  await cluster
    .resource(StorageClass)
    .create({ metadata: { name: 'local' }, provisioner, volumeBindingMode: 'WaitForFirstConsumer' });
  const claims = cluster.resource(PersistentVolumeClaim).in('default');
  const spec = { accessModes: ['ReadWriteOnce' as const], storageClassName: 'local' };
  await claims.create({ metadata: { name: 'data' }, spec: { ...spec, resources: { requests: { storage: '1Gi' } } } });
  await createPod(cluster, 'db', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] });
  const none = "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind.";
  await expect.poll(() => rejectionOf(cluster, 'db')).toContain(none);
  const volumes = cluster.resource(PersistentVolume);
  const side = { matchExpressions: [{ key: 'side', operator: 'In' as const, values: ['right'] }] };
  const nodeAffinity = { required: { nodeSelectorTerms: [side] } };
  const capacity = { storage: '1Gi' };
  await volumes.create({
    metadata: { name: 'pv' },
    spec: { ...spec, capacity, hostPath: { path: '/d' }, nodeAffinity },
  });
  await volumes.subresource('status').patch('pv', mergePatch({ status: { phase: 'Available' } }));
  await expect.poll(async () => (await volumes.get('pv')).spec?.claimRef?.name).toBe('data');
  await claims.subresource('status').patch('data', mergePatch({ status: { phase: 'Bound' } }));
  expect(await nodeOf(cluster, 'db')).toBe('right');
});
