import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClients } from '../helpers/real-clients.js';
import { RealClient } from './real-client.js';

const programs = realClients();

describe.skipIf(programs === undefined)('kubectl', { timeout: 120_000 }, () => {
  let client: RealClient;
  const kubectl = (...args: string[]) => client.kubectl(...args);
  const manifest = (name: string, ...objects: object[]) => client.file(name, ...objects);

  beforeAll(async () => {
    client = await RealClient.start(programs);
  });

  afterAll(() => client.close());

  const pod = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'nginx' }] },
  });

  it('finds the API', async () => {
    expect(await kubectl('version')).toMatch(/Server Version: v1\.36/);
    expect(await kubectl('api-resources', '--api-group=apps', '-o', 'name')).toContain('deployments.apps');
    expect(await kubectl('explain', 'deployment.spec.replicas')).toMatch(/FIELD: replicas <integer>/);
  });

  it('applies, reads in every form, and deletes', async () => {
    const file = await manifest('pods.yaml', pod('one'), pod('two'));
    expect(await kubectl('apply', '-f', file)).toBe('pod/one created\npod/two created\n');
    expect(await kubectl('apply', '-f', file)).toBe('pod/one unchanged\npod/two unchanged\n');
    expect(await kubectl('get', 'pods')).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\none +0\/1 +Pending +0 +\S+\n/);
    expect(await kubectl('get', 'pods', '-A', '-l', 'app=web', '-o', 'name')).toBe('pod/one\npod/two\n');
    expect(await kubectl('get', 'pod', 'one', '-o', 'jsonpath={.spec.containers[0].image}')).toBe('nginx');
    expect(await kubectl('describe', 'pod', 'one')).toMatch(/Image: +nginx/);
    expect(await kubectl('label', 'pod', 'one', 'tier=web')).toBe('pod/one labeled\n');
    expect(await kubectl('delete', 'pod', 'two', '--now')).toContain('deleted');
    await expect(kubectl('get', 'pod', 'two')).rejects.toThrow(/pods "two" not found/);
  });

  it('applies on the server, and is told of conflicts', async () => {
    const map = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'ssa' },
      data: { key: value },
    });
    const file = await manifest('ssa.yaml', map('1'));
    expect(await kubectl('apply', '--server-side', '-f', file)).toBe('configmap/ssa serverside-applied\n');
    const other = await manifest('other.yaml', map('2'));
    await expect(kubectl('apply', '--server-side', '--field-manager=other', '-f', other)).rejects.toThrow(
      /conflict with "kubectl"/,
    );
  });

  it('waits for namespaces to come and go', async () => {
    await kubectl(
      'apply',
      '-f',
      await manifest('ns.yaml', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'passing' } }),
    );
    expect(await kubectl('get', 'ns', 'passing', '-o', 'jsonpath={.status.phase}')).toBe('Active');
    expect(await kubectl('delete', 'ns', 'passing')).toContain('namespace "passing" deleted');
  });

  it('creates and changes with the commands that send protobuf', async () => {
    expect(await kubectl('create', 'namespace', 'made')).toBe('namespace/made created\n');
    const made = (...args: string[]) => kubectl('-n', 'made', ...args);
    expect(await made('create', 'deployment', 'web', '--image=nginx', '--port=80', '--replicas=2')).toBe(
      'deployment.apps/web created\n',
    );
    expect(await made('create', 'secret', 'generic', 'key', '--from-literal=a=\u00fcber')).toBe('secret/key created\n');
    expect(await made('get', 'secret', 'key', '-o', 'jsonpath={.data.a}')).toBe(
      Buffer.from('\u00fcber').toString('base64'),
    );
    expect(await made('create', 'configmap', 'settings', '--from-literal=b=2')).toBe('configmap/settings created\n');
    expect(await made('create', 'serviceaccount', 'robot')).toBe('serviceaccount/robot created\n');
    expect(await made('create', 'job', 'once', '--image=busybox')).toBe('job.batch/once created\n');
    expect(await made('create', 'cronjob', 'often', '--image=busybox', '--schedule=*/5 * * * *')).toBe(
      'cronjob.batch/often created\n',
    );
    expect(await made('create', 'role', 'reader', '--verb=get', '--resource=pods')).toContain('created');
    expect(await made('create', 'quota', 'small', '--hard=pods=2,services=5')).toBe('resourcequota/small created\n');
    expect(await made('expose', 'deployment', 'web', '--port=8080', '--target-port=80')).toBe('service/web exposed\n');
    expect(await made('get', 'service', 'web', '-o', 'jsonpath={.spec.ports[0].targetPort}')).toBe('80');
    expect(await made('autoscale', 'deployment', 'web', '--max=5', '--cpu=80%')).toContain('autoscaled');
    expect(await made('set', 'image', 'deployment/web', 'nginx=nginx:2')).toBe('deployment.apps/web image updated\n');
    expect(await made('scale', 'deployment', 'web', '--replicas=3')).toBe('deployment.apps/web scaled\n');
    expect(await made('rollout', 'restart', 'deployment/web')).toBe('deployment.apps/web restarted\n');
    expect(await made('rollout', 'history', 'deployment/web')).toContain('deployment.apps/web');
    expect(
      await made(
        'get',
        'deployment',
        'web',
        '-o',
        'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}',
      ),
    ).toBe('3 nginx:2');
    expect(await made('describe', 'deployment', 'web')).toMatch(/Image: +nginx:2/);
    expect(await made('run', 'shell', '--image=busybox')).toBe('pod/shell created\n');
    expect(await made('auth', 'can-i', 'get', 'pods')).toBe('yes\n');
    expect(await made('create', 'token', 'robot')).not.toBe('');
  });
});
