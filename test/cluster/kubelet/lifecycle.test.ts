import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, mergePatch } from 'keelson';
import { type FunctionImage, FunctionRuntime, Kubelet } from 'keelson/cluster';
import { Event as CoreEvent, Node, Pod } from 'keelson/k8s';
import { Event } from 'keelson/k8s/events.k8s.io/v1';
import { type LocalServer, startServer } from 'keelson/server';
import { localCertificate } from 'keelson/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../src/util/fake-clock.js';

type PodSpec = NonNullable<Pod['spec']>;
type Status = NonNullable<Pod['status']>;

let folder: string;
let server: LocalServer;
let cluster: Cluster;
let kubelet: Kubelet;
let clock: FakeClock;
let images: Record<string, FunctionImage>;
let answer: number;
const pods = () => cluster.resource(Pod).in('default');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-lifecycle-'));
  clock = new FakeClock();
  answer = 200;
  images = {
    web: ({ serve }) => serve(80, () => new Response('', { status: answer })),
    fails: () => 1,
    done: () => 0,
    stays: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(0))),
    stubborn: () => new Promise(() => {}),
  };
  server = await startServer({ listen: false, controllers: ['namespace', 'serviceaccount'] });
  cluster = await server.connect();
  const { cert, key } = localCertificate();
  kubelet = new Kubelet({
    cluster,
    runtime: new FunctionRuntime({ images }),
    nodeName: 'node-1',
    nodeIPs: ['127.0.0.1'],
    rootDir: folder,
    tls: { cert, key },
    port: 0,
    capacity: { cpu: '2', memory: '1Gi', pods: '3' },
    clock,
  });
  await kubelet.start();
});
afterEach(async () => {
  await settled(kubelet.stop());
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(name: string, image: string, container: object = {}, spec: Partial<PodSpec> = {}): Promise<void> {
  await pods().create({
    metadata: { name },
    spec: {
      nodeName: 'node-1',
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image, ...container }],
      ...spec,
    },
  });
}

/** Waits for a status without letting time pass, beside what the outside world takes. */
async function status(name: string, condition: (status: Status) => boolean): Promise<Status> {
  const pod = await pods().waitFor(name, (found) => found?.status !== undefined && condition(found.status), {
    timeoutMs: 10_000,
  });
  return pod?.status ?? {};
}
const main = ({ containerStatuses }: Status) => containerStatuses?.[0];
const ready = (found: Status) =>
  found.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

/** Lets the kubelet finish what it reads and writes: operations on files that begin later end later. */
async function turns(): Promise<void> {
  for (let left = 8; left > 0; left--) await stat(tmpdir());
}

/** Lets time pass until a promise is settled that also waits for files. */
async function settled(promise: Promise<unknown>): Promise<void> {
  let over = false;
  const mark = () => {
    over = true;
  };
  promise.then(mark, mark);
  while (!over) {
    await clock.advance(500);
    await turns();
  }
}

/** Lets time pass in steps, until a pod has the status. */
async function pass(name: string, ms: number, condition: (status: Status) => boolean): Promise<Status> {
  const reached = status(name, condition);
  let over = false;
  reached.then(
    () => {
      over = true;
    },
    () => {},
  );
  for (let at = 0; at < ms && !over; at += 500) {
    await clock.advance(500);
    await turns();
  }
  return reached;
}

/** Returns the fields that only core/v1 shows of the first event with a reason. */
async function recordOf(name: string, reason: string) {
  const { items } = await cluster.resource(CoreEvent).in('default').list().page();
  return items.find(({ involvedObject, reason: is }) => involvedObject.name === name && is === reason);
}

async function eventsOf(name: string): Promise<string[]> {
  const { items } = await cluster.resource(Event).in('default').list().page();
  return items.filter(({ regarding }) => regarding?.name === name).map(({ reason, note }) => `${reason}: ${note}`);
}

describe('restarts', () => {
  it('are immediate once, and then wait 10 s, 20 s and so on', async () => {
    await run('crash', 'fails');
    const waiting = (found: Status) => main(found)?.state?.waiting?.reason === 'CrashLoopBackOff';
    const first = await status('crash', (found) => waiting(found) && main(found)?.restartCount === 1);
    expect(main(first)).toMatchObject({ lastState: { terminated: { exitCode: 1, reason: 'Error' } }, ready: false });
    const { uid } = (await pods().get('crash')).metadata;
    expect(main(first)?.state?.waiting?.message).toBe(
      `back-off 10s restarting failed container=main pod=crash_default(${uid})`,
    );
    expect(first.phase).toBe('Running');
    const began = clock.now();
    const second = await pass('crash', 60_000, (found) => waiting(found) && main(found)?.restartCount === 2);
    expect(clock.now() - began).toBeGreaterThanOrEqual(10_000);
    expect(main(second)?.state?.waiting?.message).toContain('back-off 20s');
    await expect
      .poll(() => eventsOf('crash'))
      .toContain(`BackOff: Back-off restarting failed container main in pod crash_default(${uid})`);
    await expect
      .poll(() => recordOf('crash', 'Started'))
      .toMatchObject({
        involvedObject: { kind: 'Pod', namespace: 'default', uid, fieldPath: 'spec.containers{main}' },
        source: { component: 'kubelet', host: 'node-1' },
        reportingComponent: 'kubelet',
        reportingInstance: 'node-1',
        firstTimestamp: expect.stringMatching(/Z$/),
        lastTimestamp: expect.stringMatching(/Z$/),
        count: 3,
      });
  });

  it.each([
    ['Never', 'fails', 'Failed'],
    ['Never', 'done', 'Succeeded'],
    ['OnFailure', 'done', 'Succeeded'],
  ] as const)('do not follow with %s when %s', async (restartPolicy, image, phase) => {
    await run('once', image, {}, { restartPolicy });
    const found = await status('once', (one) => one.phase === phase);
    expect(main(found)).toMatchObject({ restartCount: 0, state: { terminated: {} } });
  });

  it('follow the rules of a container', async () => {
    await run(
      'rules',
      'fails',
      {
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }],
      },
      { restartPolicy: 'Never' },
    );
    const found = await status('rules', (one) => (main(one)?.restartCount ?? 0) > 0);
    expect(found.phase).toBe('Running');
  });
});

describe('probes', () => {
  it('make a pod ready and unready', async () => {
    answer = 500;
    await run('ready', 'web', { readinessProbe: { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 2 } });
    expect(ready(await status('ready', (found) => main(found)?.state?.running !== undefined))).toBe(false);
    await clock.advance(1);
    await expect
      .poll(() => eventsOf('ready'))
      .toContain('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500');
    answer = 200;
    await pass('ready', 20_000, ready);
    answer = 503;
    const unready = await pass('ready', 30_000, (found) => !ready(found));
    expect(main(unready)).toMatchObject({ ready: false, restartCount: 0 });
  });

  it('start a container again that is not alive', async () => {
    await run('alive', 'web', {
      livenessProbe: { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 3 },
    });
    await status('alive', ready);
    answer = 500;
    const again = await pass('alive', 30_000, (found) => main(found)?.restartCount === 1);
    expect(main(again)?.lastState?.terminated).toMatchObject({ exitCode: 143 });
    await expect
      .poll(() => eventsOf('alive'))
      .toContain('Killing: Container main failed liveness probe, will be restarted');
  });

  it('hold the others back until a container has started', async () => {
    answer = 500;
    await run('slow', 'web', {
      startupProbe: { tcpSocket: { port: 80 }, initialDelaySeconds: 5, periodSeconds: 1 },
      livenessProbe: { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 1 },
    });
    const before = await status('slow', (found) => main(found)?.state?.running !== undefined);
    expect(main(before)).toMatchObject({ started: false, ready: false });
    await clock.advance(4_000);
    expect(main((await pods().get('slow')).status ?? {})?.restartCount).toBe(0);
    await pass('slow', 20_000, (found) => main(found)?.restartCount === 1);
  });
});

describe('an end', () => {
  it('comes with a deadline that the running pod was given, and with a shortened one', async () => {
    await run('active', 'stays');
    await status('active', ready);
    await pods().patch('active', mergePatch({ spec: { activeDeadlineSeconds: 1_000 } }));
    await pods().patch('active', mergePatch({ spec: { activeDeadlineSeconds: 5 } }));
    const failed = await pass('active', 60_000, ({ phase }) => phase === 'Failed');
    expect(failed.reason).toBe('DeadlineExceeded');
  });

  it('comes by SIGKILL when the grace period is over', async () => {
    await run('stubborn', 'stubborn', {}, { terminationGracePeriodSeconds: 5 });
    await status('stubborn', ready);
    const began = clock.now();
    await pods().delete('stubborn');
    const gone = pods().waitFor('stubborn', (found) => found === undefined, { timeoutMs: 10_000 });
    for (let at = 0; at < 40 && (await pods().find('stubborn')) !== undefined; at++) await clock.advance(500);
    await gone;
    expect(clock.now() - began).toBeGreaterThanOrEqual(5_000);
  });

  it('runs the hook first, and counts its time', async () => {
    let ended = 0;
    images.stays = ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => {
          ended = clock.now();
          resolve(0);
        }),
      );
    await run('hook', 'stays', { lifecycle: { preStop: { sleep: { seconds: 3 } } } });
    await status('hook', ready);
    const began = clock.now();
    await pods().delete('hook');
    for (let at = 0; at < 40 && (await pods().find('hook')) !== undefined; at++) {
      await clock.advance(500);
      await turns();
    }
    expect(ended - began).toBeGreaterThanOrEqual(3_000);
    expect(ended - began).toBeLessThan(5_000);
  });

  it('of a sidecar follows that of the containers', async () => {
    await run(
      'job',
      'done',
      {},
      {
        restartPolicy: 'Never',
        initContainers: [{ name: 'side', image: 'stays', restartPolicy: 'Always' }],
      },
    );
    const found = await pass('job', 10_000, ({ phase }) => phase === 'Succeeded');
    expect(found.initContainerStatuses).toMatchObject([{ name: 'side', state: { terminated: { exitCode: 0 } } }]);
    expect(found.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'PodCompleted',
    });
  });
});

describe('init containers', () => {
  it('that fail keep the others waiting, and fail the pod when they may not run again', async () => {
    const initContainers = [{ name: 'first', image: 'fails' }];
    await run('waits', 'done', {}, { initContainers });
    const waits = await status(
      'waits',
      ({ initContainerStatuses: [first] = [] }) => first?.state?.waiting?.reason === 'CrashLoopBackOff',
    );
    expect(waits.phase).toBe('Pending');
    expect(main(waits)?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
    expect(waits.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [first]',
    });
    await run('fails', 'done', {}, { initContainers, restartPolicy: 'Never' });
    await status('fails', ({ phase }) => phase === 'Failed');
  });
});

describe('admission', () => {
  it('refuses pods beyond the capacity of the node', async () => {
    await run('small', 'stays', { resources: { requests: { cpu: '1500m' } } });
    await status('small', ready);
    await run('large', 'stays', { resources: { requests: { cpu: '1' } } });
    const large = await status('large', ({ phase }) => phase === 'Failed');
    expect(large).toMatchObject({
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 1000, used: 1500, capacity: 2000",
    });
  });

  it('takes a pod that needs a label which the node has just got', async () => {
    for (const disk of ['a', 'b', 'c']) {
      await cluster.resource(Node).patch('node-1', mergePatch({ metadata: { labels: { disk } } }));
      await run(`needs-${disk}`, 'done', {}, { nodeSelector: { disk }, restartPolicy: 'Never' });
      expect((await status(`needs-${disk}`, ({ phase }) => phase !== 'Pending')).reason).toBeUndefined();
    }
    await run('odd', 'done', {}, { nodeSelector: { disk: 'none' }, restartPolicy: 'Never' });
    expect((await status('odd', ({ phase }) => phase === 'Failed')).reason).toBe('NodeAffinity');
  });
});

describe('a kubelet that starts again', () => {
  it('finds the containers gone, and runs them again where it may', async () => {
    await run('again', 'stays');
    await run('never', 'stays', {}, { restartPolicy: 'Never' });
    await status('again', ready);
    await status('never', ready);
    await settled(kubelet.stop());
    const { cert, key } = localCertificate();
    kubelet = new Kubelet({
      cluster,
      runtime: new FunctionRuntime({ images }),
      nodeName: 'node-1',
      nodeIPs: ['127.0.0.1'],
      rootDir: folder,
      tls: { cert, key },
      port: 0,
      clock,
    });
    await kubelet.start();
    // A write that meets another is tried again, which takes time.
    const again = await pass('again', 60_000, (found) => ready(found) && main(found)?.restartCount === 1);
    expect(main(again)?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' });
    await pass('never', 60_000, ({ phase }) => phase === 'Failed');
  });
});
