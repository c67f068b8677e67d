import { mergePatch } from 'keelson';
import { Node, type Pod } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PodAllocation, resizeProblem } from '../../../src/cluster/kubelet/pods/pod-allocation.js';
import { conditionOf, KubeletWorld } from './world.js';

let world: KubeletWorld;
let cores = 0;
beforeAll(async () => {
  world = await KubeletWorld.start();
  const node = await world.cluster.resource(Node).get('node-1');
  cores = Number(node.status?.allocatable?.cpu);
});
afterAll(() => world[Symbol.asyncDispose]());

async function run(name: string, requests: Record<string, string>, more: object = {}): Promise<void> {
  await world.run(name, {
    containers: [{ name: 'main', image: 'x', command: ['sleep', '60'], resources: { requests }, ...more }],
  });
  await world.ready(name);
}

async function resize(name: string, requests: Record<string, string>): Promise<void> {
  // The status tells the server that the node can resize.
  await world.until(name, (pod) => pod.status?.containerStatuses?.[0]?.resources !== undefined);
  const pod = await world.pods.get(name);
  const [main] = pod.spec?.containers ?? [];
  const containers = [
    { ...main, name: 'main', resources: { requests: { ...main?.resources?.requests, ...requests } } },
  ];
  await world.pods.subresource('resize').patch(name, mergePatch({ spec: { containers } }));
}

const main = (pod: Pod) => pod.status?.containerStatuses?.find(({ name }) => name === 'main');
const granted = (cpu: string) => (pod: Pod) => main(pod)?.allocatedResources?.cpu === cpu;

describe('a resize of a running pod', () => {
  it('is granted in place where the node has the resources', async () => {
    await run('grows', { cpu: '10m', memory: '1Mi' });
    await resize('grows', { cpu: '20m' });
    const pod = await world.until('grows', granted('20m'));
    expect(pod && main(pod)).toMatchObject({ restartCount: 0, resources: { requests: { cpu: '20m', memory: '1Mi' } } });
    expect(pod && conditionOf(pod, 'PodResizePending')).toBeUndefined();
  });

  it('starts the container again where its policy says so, and only for that resource', async () => {
    await run(
      'restarts',
      { cpu: '10m', memory: '1Mi' },
      { resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] },
    );
    await resize('restarts', { cpu: '20m' });
    const same = await world.until('restarts', granted('20m'));
    expect(same && main(same)?.restartCount).toBe(0);
    await resize('restarts', { memory: '2Mi' });
    const again = await world.until('restarts', (pod) => main(pod)?.restartCount === 1);
    expect(again && main(again)?.allocatedResources).toMatchObject({ memory: '2Mi' });
  });

  it('that the node can never grant is infeasible', () => {
    const pod = (cpu: string) => ({ spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] } });
    const node = { status: { allocatable: { cpu: '2', memory: '1Gi', pods: '9' } } };
    expect(resizeProblem(pod('1000'), [], node)).toEqual({
      reason: 'Infeasible',
      message: "Node didn't have enough capacity: cpu, requested: 1000000, capacity: 2000",
    });
    expect(resizeProblem(pod('1'), [pod('1500m')], node)?.reason).toBe('Deferred');
    expect(resizeProblem(pod('1'), [pod('500m')], node)).toBeUndefined();
  });

  it('waits while other pods have the resources', async () => {
    await run('other', { cpu: `${cores * 1000 - 300}m` });
    await run('waits', { cpu: '10m' });
    await resize('waits', { cpu: '900m' });
    const pod = await world.until('waits', (now) => conditionOf(now, 'PodResizePending') !== undefined);
    expect(pod && conditionOf(pod, 'PodResizePending')).toMatchObject({ reason: 'Deferred' });
    expect((await world.pods.events('waits').all()).map(({ reason }) => reason)).toContain('ResizeDeferred');
    expect(pod && main(pod)?.allocatedResources).toEqual({ cpu: '10m' });
    await resize('waits', { cpu: '10m' });
    await world.until('waits', (now) => conditionOf(now, 'PodResizePending') === undefined);
    await resize('waits', { cpu: '900m' });
    await world.until('waits', (now) => conditionOf(now, 'PodResizePending') !== undefined);
    await world.pods.delete('other', { gracePeriodSeconds: 0 });
    await world.until('waits', granted('900m'));
  });
});

it('what was granted outlives the kubelet that granted it', () => {
  const spec = { containers: [{ name: 'c', resources: { requests: { cpu: '2' } } }] };
  const status = {
    containerStatuses: [
      {
        name: 'c',
        allocatedResources: { cpu: '1' },
        resources: { requests: { cpu: '1' } },
        ready: true,
        restartCount: 0,
        image: 'x',
        imageID: 'x',
      },
    ],
  };
  const allocation = new PodAllocation({ spec, status });
  expect(allocation.isResized({ spec })).toBe(true);
  expect(allocation.pod({ spec }).spec?.containers[0]?.resources).toEqual({ requests: { cpu: '1' } });
  allocation.grant({ spec });
  expect(allocation.isResized({ spec })).toBe(false);
});
