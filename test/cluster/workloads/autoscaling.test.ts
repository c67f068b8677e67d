import { HorizontalPodAutoscaler } from 'keelson/k8s';
import { afterEach, describe, expect, test } from 'vitest';
import { ScaleHistory } from '../../../src/cluster/workloads/autoscaling/scale-limits.js';
import { newWorld } from './world.js';

describe('the limits of an autoscaler', () => {
  const spec = (behavior?: HorizontalPodAutoscaler['spec']['behavior']) => ({
    maxReplicas: 20,
    scaleTargetRef: { kind: 'Deployment', name: 'web' },
    behavior,
  });
  const size = (
    history: ScaleHistory,
    behavior: Parameters<typeof spec>[0],
    current: number,
    desired: number,
    now: number,
  ) => {
    const { replicas, able, limited } = history.limit(spec(behavior), { current, desired, min: 1, now });
    return `${replicas} ${able.reason} ${limited.reason}`;
  };

  test('double a size at once, and keep the highest recommendation of five minutes', () => {
    const history = new ScaleHistory(2, 0);
    expect(size(history, undefined, 2, 9, 0)).toBe('4 ReadyForNewScale ScaleUpLimit');
    expect(size(history, undefined, 4, 30, 15_000)).toBe('8 ReadyForNewScale ScaleUpLimit');
    expect(size(history, undefined, 8, 2, 60_000)).toBe('16 ScaleDownStabilized ScaleUpLimit');
    expect(size(history, undefined, 8, 2, 320_000)).toBe('2 ReadyForNewScale DesiredWithinRange');
    expect(size(history, undefined, 8, 0, 700_000)).toBe('1 ReadyForNewScale TooFewReplicas');
  });

  test('follow the policies of a behaviour, counted from the beginning of the period', () => {
    const history = new ScaleHistory(4, 0);
    const behavior = {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [{ type: 'Pods', value: 3, periodSeconds: 60 }],
      },
      scaleDown: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Min',
        policies: [
          { type: 'Percent', value: 50, periodSeconds: 60 },
          { type: 'Pods', value: 1, periodSeconds: 60 },
        ],
      },
    };
    expect(size(history, behavior, 4, 15, 0)).toBe('7 ReadyForNewScale ScaleUpLimit');
    history.changed(4, 7, 0);
    expect(size(history, behavior, 7, 15, 30_000)).toBe('7 ReadyForNewScale ScaleUpLimit');
    expect(size(history, behavior, 7, 15, 61_000)).toBe('10 ReadyForNewScale ScaleUpLimit');
    expect(size(history, behavior, 7, 1, 200_000)).toBe('6 ReadyForNewScale ScaleDownLimit');
  });
});

describe('the HorizontalPodAutoscaler controller', () => {
  let world: ReturnType<typeof newWorld>;
  let cpu: string | undefined;
  afterEach(() => world.end());
  const scalers = () => world.cluster.resource(HorizontalPodAutoscaler).in('default');

  async function start(replicas: number): Promise<void> {
    world = newWorld();
    world.transport.intercept = ({ path }) => {
      if (cpu === undefined || !path.startsWith('/apis/metrics.k8s.io/v1beta1/namespaces/default/pods'))
        return undefined;
      const usage = { cpu, memory: '10Mi' };
      const timestamp = new Date(world.clock.now()).toISOString();
      const items = names.map((name) => ({
        metadata: { name },
        timestamp,
        window: '30s',
        containers: [{ name: 'c', usage }],
      }));
      const bytes = new TextEncoder().encode(JSON.stringify({ kind: 'PodMetricsList', items }));
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: { bytes: async () => bytes, consume: async (onChunk) => onChunk(bytes), cancel: () => {} },
      };
    };
    const labels = { app: 'web' };
    const containers = [{ name: 'c', image: 'nginx', resources: { requests: { cpu: '100m' } } }];
    await world.deployments.create({
      metadata: { name: 'web' },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    });
    await world.eventually(async () => (await world.deployments.get('web')).status?.readyReplicas === replicas, 'pods');
    await refresh();
    await scalers().create({
      metadata: { name: 'web' },
      spec: {
        minReplicas: 1,
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
      },
    });
  }

  let names: string[] = [];
  async function refresh(): Promise<void> {
    const { items } = await world.pods.list().all();
    names = items.map(({ metadata }) => metadata.name);
  }
  const conditions = async () =>
    Object.fromEntries(
      ((await scalers().get('web')).status?.conditions ?? []).map(({ type, status, reason }) => [
        type,
        `${status} ${reason}`,
      ]),
    );

  test('scales up with the use of CPU, and down again after five minutes', async () => {
    cpu = '100m';
    await start(2);
    await world.eventually(async () => (await world.deployments.get('web')).spec?.replicas === 4, 'four replicas');
    const { status } = await scalers().get('web');
    expect(status).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 4,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 100, averageValue: '100m' } } },
      ],
    });
    expect(await world.events('web')).toContain(
      'Normal SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target',
    );
    await world.eventually(async () => (await world.deployments.get('web')).status?.readyReplicas === 4, 'four pods');
    await refresh();
    cpu = '10m';
    await world.clock.advance(60_000);

    expect(await conditions()).toEqual({
      AbleToScale: 'True ScaleDownStabilized',
      ScalingActive: 'True ValidMetricFound',
      ScalingLimited: 'False DesiredWithinRange',
      ScaledToZero: 'False NotScaledToZero',
    });
    await world.eventually(async () => (await world.deployments.get('web')).spec?.replicas === 1, 'one replica');
    expect(world.errors).toEqual([]);
  });

  test('says that there are no metrics, and keeps the size', async () => {
    cpu = undefined;
    await start(2);
    await world.eventually(async () => (await conditions()).ScalingActive !== undefined, 'a condition');
    expect(await conditions()).toEqual({
      AbleToScale: 'True SucceededGetScale',
      ScalingActive: 'False FailedGetResourceMetric',
    });
    const [, active] = (await scalers().get('web')).status?.conditions ?? [];
    expect(active?.message).toMatch(
      /^the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource/,
    );
    expect((await world.deployments.get('web')).spec?.replicas).toBe(2);
  });

  test('does nothing for a target that was scaled to zero by hand', async () => {
    cpu = '100m';
    await start(1);
    await world.deployments.scale('web', 0);
    await world.eventually(
      async () => (await conditions()).ScalingActive === 'False ScalingDisabled',
      'the end of scaling',
    );
    expect((await world.deployments.get('web')).spec?.replicas).toBe(0);
  });
});
