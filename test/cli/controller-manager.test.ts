import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deployment, ReplicaSet } from 'keelson/k8s';
import { Lease } from 'keelson/k8s/coordination.k8s.io/v1';
import { startServer } from 'keelson/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/controller-manager.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-controllers-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** Runs the command until it says which controllers it runs. */
async function started(...args: string[]): Promise<{ line: string; stop(): Promise<number> }> {
  let ended: Promise<number> = Promise.resolve(0);
  const line = await new Promise<string>((resolve, reject) => {
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      resolve(String(text));
      return true;
    });
    ended = run(args);
    ended.catch(reject);
  });
  return {
    line,
    stop: () => {
      process.emit('SIGTERM');
      return ended;
    },
  };
}

describe('keelson controller-manager', () => {
  it('leads with a lease, rolls a Deployment out, and gives the lease back at SIGTERM', async () => {
    await using server = await startServer();
    const kubeconfig = join(folder, 'kubeconfig');
    await server.writeKubeconfig(kubeconfig);
    const { line, stop } = await started('--kubeconfig', kubeconfig, '--controllers=*,-job', '--kube-api-qps=200');
    expect(line).toMatch(/^keelson runs /);
    const names = line
      .replace(/^keelson runs /, '')
      .trim()
      .split(/,? /);
    expect(names).toEqual(expect.arrayContaining(['deployment-controller', 'replicaset-controller']));
    expect(names).not.toContain('job-controller');
    await using cluster = await server.connect();
    const labels = { app: 'web' };
    const spec = { containers: [{ name: 'c', image: 'nginx' }] };
    await cluster
      .resource(Deployment)
      .in('default')
      .create({
        metadata: { name: 'web' },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      });
    const deployment = await cluster
      .resource(Deployment)
      .in('default')
      .waitFor('web', (object) => object?.status?.replicas === 1, { timeoutMs: 30_000 });
    expect(deployment?.metadata.managedFields?.map(({ manager }) => manager)).toContain('kube-controller-manager');
    const sets = await cluster.resource(ReplicaSet).in('default').list().all();
    expect(sets.items).toHaveLength(1);
    const leases = cluster.resource(Lease).in('kube-system');
    expect((await leases.get('kube-controller-manager')).spec?.holderIdentity).not.toBe('');
    expect(await stop()).toBe(0);
    expect((await leases.get('kube-controller-manager')).spec?.holderIdentity ?? '').toBe('');
  });

  it.each([
    [['--cloud-provider=x'], /cannot use --cloud-provider: there are no cloud providers/],
    [['--controllers=nope'], /cannot run the controller "nope"/],
    [['--concurrent-job-syncs=0'], /--concurrent-job-syncs takes a number from 1/],
    [['--kube-api-content-type=text'], /takes application\/json or application\/vnd.kubernetes.protobuf, not 'text'/],
    [['--cluster-signing-cert-file=a.crt'], /--cluster-signing-cert-file and --cluster-signing-key-file go together/],
    [['--cluster-signing-duration=1h'], /--cluster-signing-duration has no effect without a key/],
    [['--cluster-signing-kubelet-client-key-file=a.key'], /go together: give both/],
    [['--cluster-signing-cert-file=/nowhere/a', '--cluster-signing-key-file=/nowhere/b'], /\/nowhere\//],
    [['--frobnicate'], /there is no flag or argument '--frobnicate'/],
  ])('refuses %s', async (args, message) => {
    await expect(run([...args, '--master', 'http://127.0.0.1:1'])).rejects.toThrow(message);
  });
});
