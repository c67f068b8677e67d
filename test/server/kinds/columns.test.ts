import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/server/kinds/columns.js';
import { humanDuration } from '../../../src/server/table/format.js';
import { TestServer } from '../client.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const made = '2026-01-01T00:00:00Z';
const now = Date.parse(made) + 90 * minute;

/** The cells of an object by column name; those of `-o wide` too. */
function cells(group: string, kind: string, object: object): Record<string, unknown> {
  const metadata = { name: 'x', creationTimestamp: made };
  const full = { ...object, metadata: { ...metadata, ...('metadata' in object ? (object.metadata as object) : {}) } };
  return Object.fromEntries(columnsOf({ group, kind }).map(({ name, cell }) => [name, cell(full, now)]));
}

describe('humanDuration', () => {
  it.each([
    [-3 * second, '<invalid>'],
    [-1 * second, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 5 * second, '2m5s'],
    [10 * minute + 5 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 59 * minute, '7h59m'],
    [8 * hour + 59 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [7 * day + 3 * hour, '7d3h'],
    [8 * day + 3 * hour, '8d'],
    [2 * 365 * day, '2y'],
    [3 * 365 * day + 2 * day, '3y2d'],
    [9 * 365 * day + 2 * day, '9y'],
  ])('%d ms are %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });
});

describe('columns', () => {
  it('say of a pod what its containers do', () => {
    const spec = {
      containers: [{ name: 'a' }, { name: 'b' }],
      initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }],
    };
    const status = (rest: object) => cells('', 'Pod', { spec, status: { phase: 'Running', ...rest } });
    const running = { running: { startedAt: made } };
    expect(status({})).toMatchObject({ Ready: '0/3', Status: 'Running', Restarts: '0', Age: '90m', IP: '<none>' });
    expect(status({ initContainerStatuses: [{ name: 'i', state: { running: {} } }] }).Status).toBe('Init:0/2');
    expect(status({ initContainerStatuses: [{ name: 'i', state: { terminated: { exitCode: 7 } } }] }).Status).toBe(
      'Init:ExitCode:7',
    );
    expect(
      status({
        initContainerStatuses: [
          { name: 'i', restartCount: 4, state: { terminated: { exitCode: 0 } } },
          { name: 's', restartCount: 1, started: true, ready: true, state: running },
        ],
        containerStatuses: [
          {
            name: 'a',
            ready: true,
            restartCount: 2,
            state: running,
            lastState: { terminated: { finishedAt: '2026-01-01T01:00:00Z' } },
          },
          { name: 'b', restartCount: 0, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      }),
    ).toMatchObject({ Ready: '2/3', Status: 'CrashLoopBackOff', Restarts: '3 (30m ago)' });
    expect(cells('', 'Pod', { metadata: { deletionTimestamp: made }, spec, status: { phase: 'Running' } }).Status).toBe(
      'Terminating',
    );
    expect(cells('', 'Pod', { metadata: { deletionTimestamp: made }, spec, status: { phase: 'Failed' } }).Status).toBe(
      'Failed',
    );
  });

  it('say how a service is reached', () => {
    const service = (spec: object, status = {}) => cells('', 'Service', { spec, status });
    expect(service({ type: 'ClusterIP', clusterIPs: ['None'], selector: { b: '2', a: '1' } })).toMatchObject({
      'Cluster-IP': 'None',
      'External-IP': '<none>',
      'Port(s)': '<none>',
      Selector: 'a=1,b=2',
    });
    expect(service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }] })['Port(s)']).toBe(
      '80:30080/TCP',
    );
    expect(service({ type: 'LoadBalancer' })['External-IP']).toBe('<pending>');
    const balancer = { loadBalancer: { ingress: [{ hostname: 'z.example' }, { ip: '10.0.0.9' }] } };
    expect(service({ type: 'LoadBalancer', externalIPs: ['1.2.3.4'] }, balancer)['External-IP']).toBe(
      '10.0.0.9,z.example,1.2.3.4',
    );
    expect(service({ type: 'ExternalName', externalName: 'db.example' })['External-IP']).toBe('db.example');
  });

  it('are alike for the two APIs of events', () => {
    const old = {
      involvedObject: { kind: 'Pod', name: 'p' },
      source: { component: 'kubelet', host: 'n1' },
      lastTimestamp: made,
      message: ' m ',
      count: 3,
    };
    const view = {
      regarding: { kind: 'Pod', name: 'p' },
      deprecatedSource: { component: 'kubelet', host: 'n1' },
      deprecatedLastTimestamp: made,
      note: 'm',
      deprecatedCount: 3,
    };
    expect(cells('events.k8s.io', 'Event', view)).toEqual(cells('', 'Event', old));
    expect(cells('', 'Event', old)).toMatchObject({
      'Last Seen': '90m',
      Object: 'pod/p',
      Source: 'kubelet, n1',
      Message: 'm',
      Count: 3,
      Name: 'x',
    });
  });

  it('count no more than they show', () => {
    const rules = ['a', 'b', 'c', 'd', 'e'].map((host) => ({ host }));
    expect(cells('networking.k8s.io', 'Ingress', { spec: { rules } }).Hosts).toBe('a,b,c + 2 more...');
    const metric = (name: string) => ({
      type: 'Resource',
      resource: { name, target: { type: 'Utilization', averageUtilization: 80 } },
    });
    const spec = {
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      maxReplicas: 3,
      metrics: ['cpu', 'memory', 'disk'].map(metric),
    };
    const current = [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12 } } }];
    expect(
      cells('autoscaling', 'HorizontalPodAutoscaler', { spec, status: { currentMetrics: current } }),
    ).toMatchObject({
      Reference: 'Deployment/web',
      Targets: 'cpu: 12%/80%, memory: <unknown>/80% + 1 more...',
      MinPods: '<unset>',
    });
  });

  it('are name and time for kinds that have none of their own', () => {
    expect(cells('rbac.authorization.k8s.io', 'ClusterRole', {})).toEqual({ Name: 'x', 'Created At': made });
  });
});

describe('tables of subresources', () => {
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const workload = {
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  };

  it('have the columns of a Scale for scale', async () => {
    const server = new TestServer();
    const path = '/apis/apps/v1/namespaces/default/deployments';
    await server.ask('POST', path, workload);
    const { status, body } = await server.ask('GET', `${path}/d/scale`, undefined, table);
    expect(status).toBe(200);
    expect(body.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'Desired',
      'Available',
      'Age',
    ]);
    expect(body.rows[0].cells.slice(0, 3)).toEqual(['d', 1, 0]);
  });

  it.each(['binding', 'eviction'])('are not acceptable for %s', async (subresource) => {
    const server = new TestServer();
    const path = `/api/v1/namespaces/default/pods/p/${subresource}`;
    expect((await server.ask('POST', path, {}, table)).status).toBe(406);
  });
});
