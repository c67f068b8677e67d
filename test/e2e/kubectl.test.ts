import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type LocalServer, startServer } from 'keelson/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const kubectlPath = process.env.KEELSON_KUBECTL;
const execute = promisify(execFile);

// A real kubectl, where KEELSON_KUBECTL names one: it is 60 MB of another project, which `npm ci` need not bring. CI brings it.
describe.skipIf(kubectlPath === undefined)('kubectl (KEELSON_KUBECTL names the program)', () => {
  let server: LocalServer;
  let folder: string;
  let kubeconfig: string;

  beforeAll(async () => {
    server = await startServer();
    folder = await mkdtemp(join(tmpdir(), 'keelson-kubectl-'));
    kubeconfig = await server.writeKubeconfig(join(folder, 'kubeconfig'));
  });

  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  async function kubectl(...args: string[]): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig };
    const { stdout } = await execute(kubectlPath ?? '', args, { env, timeout: 30_000 });
    return stdout;
  }

  async function manifest(name: string, ...objects: object[]): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
    return file;
  }

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
});
