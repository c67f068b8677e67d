import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from 'keelson';
import { CronJob, Deployment, Job, ReplicaSet, StatefulSet } from 'keelson/k8s';
import { Pod } from 'keelson/k8s/core/v1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterComponents } from '../../src/cluster/components.js';
import { realClients } from '../helpers/real-clients.js';
import { RealClient } from './real-client.js';

const programs = realClients();

// The commands with which people run workloads, against the controllers, the scheduler and simulated nodes of this package.
describe.skipIf(programs === undefined)('kubectl and helm on living workloads', { timeout: 120_000 }, () => {
  let client: RealClient;
  let cluster: Cluster;
  let components: ClusterComponents;
  const errors: string[] = [];
  const kubectl = (...args: string[]) => client.kubectl(...args);
  const pods = () => cluster.resource(Pod).in('default');
  const imagesOf = async (app: string) => {
    const { items } = await pods().list({ labels: { app } }).all();
    return items.map(({ spec }) => spec?.containers[0]?.image);
  };

  beforeAll(async () => {
    client = await RealClient.start(programs);
    const connected = await client.connect();
    cluster = connected;
    components = new ClusterComponents(connected, (error) => errors.push(String(error)));
    await components.start({ nodes: 2 });
  });

  afterAll(async () => {
    await components.close();
    await cluster.close();
    await client.close();
  });

  it('rolls out, waits, goes back, restarts and pauses', async () => {
    await kubectl('create', 'deployment', 'web', '--image=nginx:1', '--replicas=3');
    expect(await kubectl('rollout', 'status', 'deployment/web')).toContain('deployment "web" successfully rolled out');
    await kubectl('wait', 'deployment/web', '--for=condition=Available', '--timeout=30s');
    await kubectl('set', 'image', 'deployment/web', 'nginx=nginx:2');
    await kubectl('annotate', 'deployment/web', 'kubernetes.io/change-cause=the second version');
    expect(await kubectl('rollout', 'status', 'deployment/web')).toContain('successfully rolled out');
    expect(new Set(await imagesOf('web'))).toContain('nginx:2');
    expect(await kubectl('rollout', 'history', 'deployment/web')).toMatch(/^1 +<none>\n2 +the second version$/m);
    await kubectl('rollout', 'undo', 'deployment/web');
    await kubectl('rollout', 'status', 'deployment/web');
    const { metadata } = await cluster.resource(Deployment).in('default').get('web');
    expect(metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    await kubectl('rollout', 'restart', 'deployment/web');
    expect(await kubectl('rollout', 'status', 'deployment/web')).toContain('successfully rolled out');
    await kubectl('rollout', 'pause', 'deployment/web');
    await kubectl('set', 'image', 'deployment/web', 'nginx=nginx:3');
    await kubectl(
      'wait',
      'deployment/web',
      '--for=jsonpath={.status.conditions[?(@.type=="Progressing")].reason}=DeploymentPaused',
    );
    expect(await imagesOf('web')).not.toContain('nginx:3');
    await kubectl('rollout', 'resume', 'deployment/web');
    await kubectl('rollout', 'status', 'deployment/web');
    await kubectl('wait', 'deployment/web', '--for=jsonpath={.status.updatedReplicas}=3');
    const described = await kubectl('describe', 'deployment', 'web');
    expect(described).toMatch(/Available +True +MinimumReplicasAvailable/);
    expect(described).toMatch(
      /ScalingReplicaSet +\S+( \(\S+\))? +deployment-controller +Scaled up replica set web-\w+ from 0 to 3/,
    );
  });

  it('scales, exposes and autoscales', async () => {
    await kubectl('scale', 'deployment/web', '--replicas=5');
    await kubectl('rollout', 'status', 'deployment/web');
    await kubectl('wait', 'deployment/web', '--for=jsonpath={.status.readyReplicas}=5', '--timeout=30s');
    await kubectl('expose', 'deployment/web', '--port=80');
    await kubectl('wait', 'endpointslice', '-l', 'kubernetes.io/service-name=web', '--for=create', '--timeout=30s');
    await kubectl('wait', 'endpoints/web', '--for=jsonpath={.subsets[0].addresses[4].ip}', '--timeout=30s');
    await kubectl('autoscale', 'deployment/web', '--min=2', '--max=4', '--cpu=50%');
    await kubectl('wait', 'deployment/web', '--for=jsonpath={.spec.replicas}=4', '--timeout=60s');
    expect(await kubectl('describe', 'hpa', 'web')).toContain(
      'New size: 4; reason: Current number of replicas above Spec.MaxReplicas',
    );
    await kubectl('delete', 'hpa', 'web');
  });

  it('deletes with its pods in the foreground, and leaves them behind as orphans', async () => {
    await kubectl('create', 'deployment', 'gone', '--image=nginx:1');
    await kubectl('rollout', 'status', 'deployment/gone');
    await kubectl('delete', 'deployment', 'gone', '--cascade=foreground', '--timeout=60s');
    expect(await imagesOf('gone')).toEqual([]);
    const sets = cluster.resource(ReplicaSet).in('default');
    expect((await sets.list({ labels: { app: 'gone' } }).all()).items).toEqual([]);
    await kubectl('create', 'deployment', 'kept', '--image=nginx:1');
    await kubectl('rollout', 'status', 'deployment/kept');
    await kubectl('delete', 'deployment', 'kept', '--cascade=orphan');
    expect(await imagesOf('kept')).toEqual(['nginx:1']);
    const { items } = await sets.list({ labels: { app: 'kept' } }).all();
    expect(items[0]?.metadata.ownerReferences).toBeUndefined();
    await kubectl('delete', 'replicaset', '-l', 'app=kept', '--timeout=60s');
  });

  it('runs jobs and cron jobs to their end', async () => {
    await kubectl('create', 'job', 'once', '--image=busybox', '--', 'true');
    await kubectl('wait', 'job/once', '--for=condition=complete', '--timeout=60s');
    await kubectl('create', 'cronjob', 'tick', '--image=busybox', '--schedule=0 0 1 1 *', '--', 'true');
    await kubectl('create', 'job', 'now', '--from=cronjob/tick');
    await kubectl('wait', 'job/now', '--for=condition=complete', '--timeout=60s');
    const job = await cluster.resource(Job).in('default').get('now');
    expect(job.status).toMatchObject({ succeeded: 1, uncountedTerminatedPods: {} });
    await kubectl('delete', 'cronjob', 'tick');
    expect(await cluster.resource(CronJob).in('default').find('tick')).toBeUndefined();
  });

  it('rolls stateful and daemon sets out and back', async () => {
    const labels = { app: 'db' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'db:1' }] } };
    const spec = { serviceName: 'db', replicas: 2, selector: { matchLabels: labels }, template };
    const sts = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec };
    const daemon = { app: 'log' };
    const ds = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'log' },
      spec: { selector: { matchLabels: daemon }, template: { ...template, metadata: { labels: daemon } } },
    };
    await kubectl('apply', '-f', await client.file('sets.yaml', sts, ds));
    for (const target of ['statefulset/db', 'daemonset/log']) {
      await kubectl('rollout', 'status', target, '--timeout=60s');
      await kubectl('set', 'image', target, 'c=db:2');
      await kubectl('rollout', 'status', target, '--timeout=60s');
      expect(await kubectl('rollout', 'history', target)).toMatch(/^1 +<none>\n2 +<none>$/m);
      await kubectl('rollout', 'undo', target);
      await kubectl('rollout', 'status', target, '--timeout=60s');
    }
    expect((await pods().get('db-0')).spec?.containers[0]?.image).toBe('db:1');
    const { status } = await cluster.resource(StatefulSet).in('default').get('db');
    expect(status?.currentRevision).toBe(status?.updateRevision);
  });

  it('installs a chart with hooks, and waits until it is ready', async () => {
    const chart = join(client.folder, 'shop');
    await mkdir(join(chart, 'templates'), { recursive: true });
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n');
    const labels = { app: 'shop' };
    const containers = [{ name: 'c', image: 'shop:1' }];
    const web = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shop' },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    };
    const hook = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate', annotations: { 'helm.sh/hook': 'pre-install' } },
      spec: { template: { spec: { restartPolicy: 'Never', containers } } },
    };
    await writeFile(join(chart, 'templates', 'web.yaml'), JSON.stringify(web));
    await writeFile(join(chart, 'templates', 'hook.yaml'), JSON.stringify(hook));
    expect(await client.helm('install', 'shop', chart, '--wait', '--timeout', '60s')).toContain('STATUS: deployed');
    const { status } = await cluster.resource(Deployment).in('default').get('shop');
    expect(status?.availableReplicas).toBe(2);
    expect((await cluster.resource(Job).in('default').get('migrate')).status?.succeeded).toBe(1);
    // A simulated node may meet a new pod of the same name.
    expect(errors.filter((error) => !error.includes('the UID in the precondition'))).toEqual([]);
  });
});
