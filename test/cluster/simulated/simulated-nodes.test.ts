import { FakeClock } from 'keelson/testing';
import { describe, expect, it } from 'vitest';
import { Job } from '../../../generated/batch/v1.js';
import { Lease } from '../../../generated/coordination.k8s.io/v1.js';
import { Node, Pod } from '../../../generated/core/v1.js';
import { Event } from '../../../generated/events.k8s.io/v1.js';
import { parseStages, type StartClusterOptions, startCluster } from '../../../src/cluster/index.js';
import { compileStage, nextStage } from '../../../src/cluster/simulated/lifecycle.js';
import { seededRandom } from '../../../src/util/random.js';

const slow = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata:
  name: slow-start
spec:
  resourceRef: { apiGroup: v1, kind: Pod }
  selector:
    matchExpressions:
    - { key: '.status.podIP', operator: DoesNotExist }
    - { key: '.metadata.deletionTimestamp', operator: DoesNotExist }
  delay:
    durationMilliseconds: 1000
    durationFrom: { expressionFrom: '.metadata.annotations["example.com/delay"]' }
    jitterDurationMilliseconds: 60000
  next:
    event: { type: Normal, reason: Created, message: Created container }
    statusTemplate: |
      phase: Running
      podIP: {{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata:
  name: mark
spec:
  resourceRef: { apiGroup: v1, kind: Pod }
  selector:
    matchLabels: { marked: 'true' }
    matchExpressions:
    - jq: { key: '.status.phase', operator: In, values: [Running] }
    - jq: { key: '.metadata.annotations["example.com/mark"]', operator: DoesNotExist }
  steps:
  - finalizers: { add: [{ value: example.com/hold }] }
  - patch: { root: metadata, type: merge, template: 'annotations: { example.com/mark: "{{ .metadata.name }}" }' }
---
kind: ConfigMap
`;

const start = (options: StartClusterOptions = {}) => {
  const clock = new FakeClock();
  return startCluster({ clock, nodes: 2, server: { listen: false }, random: seededRandom(1), ...options });
};
const pod = (name: string, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'nginx' }], readinessGates: [{ conditionType: 'example.com/gate' }] },
});
const conditionsOf = (object: Node | Pod) =>
  Object.fromEntries((object.status?.conditions ?? []).map(({ type, status }) => [type, status]));

describe('simulated nodes', () => {
  it('are registered, ready and alive', async () => {
    await using local = await start({ labels: (_, index) => ({ 'topology.kubernetes.io/zone': `z${index}` }) });
    const cluster = await local.connect();
    await local.pass(2000);
    const node = await cluster.resource(Node).get('node-1');
    expect(conditionsOf(node)).toMatchObject({ Ready: 'True', MemoryPressure: 'False', NetworkUnavailable: 'False' });
    expect(node.metadata.labels).toMatchObject({
      'kubernetes.io/hostname': 'node-1',
      'topology.kubernetes.io/zone': 'z1',
    });
    expect(node.status).toMatchObject({
      capacity: { cpu: '32', pods: '110' },
      addresses: [{ type: 'InternalIP' }, { address: 'node-1' }],
    });
    expect(node.spec?.taints ?? []).toEqual([]);
    const lease = async () => (await cluster.resource(Lease).in('kube-node-lease').get('node-1')).spec?.renewTime;
    const before = await lease();
    await local.pass(11_000);
    expect(await lease()).not.toBe(before);
  });

  it('run pods at once, each with an address of its own, and let deleted ones go', async () => {
    await using local = await start();
    const cluster = await local.connect();
    const pods = cluster.resource(Pod).in('default');
    for (const name of ['a', 'b']) await pods.create(pod(name));
    await local.pass(1000);
    const [a, b] = [await pods.get('a'), await pods.get('b')];
    expect(conditionsOf(a)).toMatchObject({
      Ready: 'True',
      ContainersReady: 'True',
      PodScheduled: 'True',
      'example.com/gate': 'True',
    });
    expect(a.status).toMatchObject({
      phase: 'Running',
      containerStatuses: [{ name: 'c', ready: true, restartCount: 0 }],
    });
    expect(new Set([a.status?.podIP, b.status?.podIP, a.status?.hostIP]).size).toBe(3);
    await pods.delete('a');
    await local.pass(1000);
    expect(await pods.find('a')).toBeUndefined();
  });

  it('let the pods of jobs succeed', async () => {
    await using local = await start({ workloads: false });
    const cluster = await local.connect();
    const template = { spec: { restartPolicy: 'Never' as const, containers: [{ name: 'c', image: 'i' }] } };
    const job = await cluster
      .resource(Job)
      .in('default')
      .create({ metadata: { name: 'j' }, spec: { template } });
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: job.metadata.uid };
    await cluster
      .resource(Pod)
      .in('default')
      .create(pod('p', { ownerReferences: [owner] }));
    await local.pass(2000);
    const { status } = await cluster.resource(Pod).in('default').get('p');
    expect(status).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ state: { terminated: { exitCode: 0 } } }],
    });
  });

  it('go through the stages of a file of kwok, with delays, events, finalizers and steps', async () => {
    await using local = await start({ stages: await parseStages(slow) });
    const cluster = await local.connect();
    const pods = cluster.resource(Pod).in('default');
    await pods.create(pod('p', { labels: { marked: 'true' }, annotations: { 'example.com/delay': '30s' } }));
    await local.pass(29_000);
    expect((await pods.get('p')).status?.phase).toBe('Pending');
    await local.pass(31_000);
    const { metadata, status } = await pods.get('p');
    expect(status?.phase).toBe('Running');
    expect(metadata.finalizers).toEqual(['example.com/hold']);
    expect(metadata.annotations).toMatchObject({ 'example.com/mark': 'p' });
    const { items } = await cluster.resource(Event).in('default').list().all();
    expect(items.map(({ reason, note }) => `${reason}: ${note}`)).toContain('Created: Created container');
  });

  it('refuse stages with fields that would have no effect', async () => {
    const text = slow.replace('delay:', 'later:');
    await expect(parseStages(text)).rejects.toThrow('cannot use the stage slow-start: spec.later is not supported');
  });
});

describe('of several stages that match', () => {
  const stage = (name: string, weight: number) =>
    compileStage({
      metadata: { name },
      spec: { resourceRef: { kind: 'Pod' }, selector: {}, weight, next: { delete: true } },
    });

  it('one is drawn by weight', () => {
    const random = seededRandom(7);
    const drawn = Array.from(
      { length: 1000 },
      () => nextStage([stage('a', 1), stage('b', 3), stage('c', 0)], {}, random)?.name,
    );
    const times = (name: string) => drawn.filter((one) => one === name).length;
    expect(times('c')).toBe(0);
    expect(times('b') / times('a')).toBeGreaterThan(2);
    expect(times('b') / times('a')).toBeLessThan(4);
  });

  it('any is as likely if none has a weight', () => {
    const random = seededRandom(7);
    const drawn = new Set(
      Array.from({ length: 50 }, () => nextStage([stage('a', 0), stage('b', 0)], {}, random)?.name),
    );
    expect(drawn).toEqual(new Set(['a', 'b']));
  });
});
