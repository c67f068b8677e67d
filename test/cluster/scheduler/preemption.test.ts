import { expect, it } from 'vitest';
import { Pod } from '../../../generated/core/v1.js';
import { Event } from '../../../generated/events.k8s.io/v1.js';
import { PodDisruptionBudget } from '../../../generated/policy/v1.js';
import { PriorityClass } from '../../../generated/scheduling.k8s.io/v1.js';
import { createNode, createPod, nodeOf, rejectionOf, startSchedulerBench } from './run-scheduler.js';

const cpu = (amount: string) => ({ containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: amount } } }] });
const high = { priorityClassName: 'high', terminationGracePeriodSeconds: 0 };
const low = { terminationGracePeriodSeconds: 0 };

async function startWithPriorities() {
  const bench = await startSchedulerBench();
  await bench.cluster.resource(PriorityClass).create({ metadata: { name: 'high' }, value: 1000 });
  return bench;
}

it('evicts the least important pods that make room, and takes their place', async () => {
  await using bench = await startWithPriorities();
  const { cluster } = bench;
  await createNode(cluster, 'one', { allocatable: { cpu: '2' } });
  await createPod(cluster, 'victim', { ...cpu('1500m'), ...low });
  await createPod(cluster, 'bystander', { ...cpu('100m'), ...low });
  expect([await nodeOf(cluster, 'victim'), await nodeOf(cluster, 'bystander')]).toEqual(['one', 'one']);
  await createPod(cluster, 'urgent', { ...cpu('1500m'), ...high });
  expect(await nodeOf(cluster, 'urgent')).toBe('one');
  const pods = cluster.resource(Pod).in('default');
  expect(await pods.find('victim')).toBeUndefined();
  expect(await pods.find('bystander')).toBeDefined();
});

it('tells the victim and the world why', async () => {
  await using bench = await startWithPriorities();
  const { cluster } = bench;
  await createNode(cluster, 'one', { allocatable: { cpu: '2' } });
  // A finalizer keeps the victim visible.
  const pods = cluster.resource(Pod).in('default');
  await pods.create({ metadata: { name: 'victim', finalizers: ['example.com/keep'] }, spec: { ...cpu('2'), ...low } });
  await nodeOf(cluster, 'victim');
  await createPod(cluster, 'urgent', { ...cpu('2'), ...high });
  expect(await rejectionOf(cluster, 'urgent')).toBe('0/1 nodes are available: 1 Insufficient cpu.');
  const urgent = await pods.waitFor('urgent', (pod) => pod?.status?.nominatedNodeName === 'one');
  const isTarget = (pod: Pod | undefined) =>
    pod?.status?.conditions?.some(({ type }) => type === 'DisruptionTarget') === true;
  const victim = await pods.waitFor('victim', (pod) => isTarget(pod) && pod?.metadata.deletionTimestamp !== undefined);
  expect(victim?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: 'default-scheduler: preempting to accommodate a higher priority pod',
  });
  const events = cluster.resource(Event).in('default');
  const found = async () => (await events.list().all()).items.find(({ reason }) => reason === 'Preempted');
  await expect.poll(found).toMatchObject({
    action: 'Preempting',
    note: `Preempted by pod ${urgent?.metadata.uid} on node one`,
    regarding: { name: 'victim' },
    reportingController: 'default-scheduler',
  });
});

it('spares pods that a disruption budget protects', async () => {
  await using bench = await startWithPriorities();
  const { cluster } = bench;
  const selector = { matchLabels: { app: 'db' } };
  await cluster
    .resource(PodDisruptionBudget)
    .in('default')
    .create({ metadata: { name: 'db' }, spec: { minAvailable: 1, selector } });
  await createNode(cluster, 'a', { allocatable: { cpu: '1' } });
  await createNode(cluster, 'b', { allocatable: { cpu: '1' } });
  await createPod(cluster, 'db', { ...cpu('1'), ...low }, { app: 'db' });
  await createPod(cluster, 'web', { ...cpu('1'), ...low }, { app: 'web' });
  const home = await nodeOf(cluster, 'web');
  await createPod(cluster, 'urgent', { ...cpu('1'), ...high });
  expect(await nodeOf(cluster, 'urgent')).toBe(home);
});

it('evicts nobody for a pod whose preemptionPolicy is Never, or of equal priority', async () => {
  await using bench = await startWithPriorities();
  const { cluster } = bench;
  await createNode(cluster, 'one', { allocatable: { cpu: '1' } });
  await createPod(cluster, 'first', { ...cpu('1'), ...high });
  await nodeOf(cluster, 'first');
  await createPod(cluster, 'equal', { ...cpu('1'), ...high });
  expect(await rejectionOf(cluster, 'equal')).toBe(
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
  );
  await cluster
    .resource(PriorityClass)
    .create({ metadata: { name: 'patient' }, value: 2000, preemptionPolicy: 'Never' });
  await createPod(cluster, 'patient', { ...cpu('1'), priorityClassName: 'patient' });
  expect(await rejectionOf(cluster, 'patient')).toBe(
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
  );
});
