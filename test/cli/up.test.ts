import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { SelfSubjectReview } from '../../generated/authentication.k8s.io/v1.js';
import { CertificateSigningRequest } from '../../generated/certificates.k8s.io/v1.js';
import { Node, Pod } from '../../generated/core/v1.js';
import { run as runScheduler } from '../../src/cli/scheduler.js';
import { run } from '../../src/cli/up.js';
import { connect } from '../../src/index.js';
import { startServer } from '../../src/server/index.js';
import { createNode, createPod } from '../cluster/scheduler/run-scheduler.js';
import { requestOf } from '../helpers/certificate-requests.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-up-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** Runs a command until it prints a line. `stop` sends it a SIGTERM and returns its status. */
async function started(command: typeof run, ...args: string[]): Promise<{ line: string; stop(): Promise<number> }> {
  const ready = new Promise<string>((resolve) => {
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      resolve(String(text));
      return true;
    });
  });
  const ended = command(args);
  const line = await Promise.race([ready, ended.then(() => '')]);
  const stop = () => {
    process.emit('SIGTERM');
    return ended;
  };
  return { line, stop };
}

/** Writes a kubeconfig for another user of the same server. */
async function asUser(kubeconfig: string, certificate: string, privateKey: string): Promise<string> {
  const config = parse(await readFile(kubeconfig, 'utf8')) as { users: { user: object }[] };
  for (const one of config.users)
    one.user = {
      'client-certificate-data': certificate,
      'client-key-data': Buffer.from(privateKey).toString('base64'),
    };
  const path = join(folder, 'other-user');
  await writeFile(path, stringify(config));
  return path;
}

describe('keelson up', () => {
  it('signs approved certificate requests, and accepts the certificates', async () => {
    const path = join(folder, 'kubeconfig');
    const life = ['--cluster-signing-duration', '20m'];
    const { stop } = await started(run, '--nodes', '1', '--kubeconfig-out', path, ...life);
    const cluster = await connect({ kubeconfig: path });
    const requests = cluster.resource(CertificateSigningRequest);
    const { request, privateKey } = requestOf('jane');
    const signerName = 'kubernetes.io/kube-apiserver-client';
    const asked = await requests.create({
      metadata: { name: 'jane' },
      spec: { signerName, request: Buffer.from(request).toString('base64'), usages: ['client auth'] },
    });
    const conditions = [{ type: 'Approved', status: 'True' as const, reason: 'Test' }];
    await requests.subresource('approval').replace({ ...asked, status: { conditions } });
    const issued = await requests.waitFor('jane', (one) => one?.status?.certificate !== undefined);
    const { validFrom, validTo } = new X509Certificate(Buffer.from(issued?.status?.certificate ?? '', 'base64'));
    expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(25 * 60_000);
    await cluster.close();
    const jane = await connect({ kubeconfig: await asUser(path, issued?.status?.certificate ?? '', privateKey) });
    const { status } = await jane.resource(SelfSubjectReview).create({});
    expect(status?.userInfo?.username).toBe('jane');
    await jane.close();
    expect(await stop()).toBe(0);
  });

  it('runs a cluster whose pods run, and ends with SIGTERM', async () => {
    const path = join(folder, 'kubeconfig');
    const { line, stop } = await started(run, '--nodes', '2', '--kubeconfig-out', path);
    expect(line).toMatch(/^keelson is ready at https:\/\/127\.0\.0\.1:\d+, kubeconfig /);
    const cluster = await connect({ kubeconfig: path });
    const { items } = await cluster.resource(Node).list().all();
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['node-0', 'node-1']);
    const pods = cluster.resource(Pod).in('default');
    // The namespace's service account comes a moment later.
    await expect
      .poll(() =>
        createPod(cluster, 'web').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const pod = await pods.waitFor('web', (one) => one?.status?.phase === 'Running', { timeoutMs: 10_000 });
    expect(['node-0', 'node-1']).toContain(pod?.spec?.nodeName);
    await cluster.close();
    expect(await stop()).toBe(0);
  });

  it('runs programs of this machine with --runtime process, and serves their logs', async () => {
    const [path, images] = [join(folder, 'kubeconfig'), join(folder, 'images.yaml')];
    await writeFile(images, JSON.stringify({ 'tool:*': ['node', '-e', 'console.log("hello")'] }));
    const flags = ['--nodes', '1', '--runtime', 'process', '--images', images, '--kubeconfig-out', path];
    const { stop } = await started(run, ...flags);
    const cluster = await connect({ kubeconfig: path });
    const pods = cluster.resource(Pod).in('default');
    const containers = [{ name: 'c', image: 'tool:1' }];
    const spec = { restartPolicy: 'Never' as const, automountServiceAccountToken: false, containers };
    await expect
      .poll(() =>
        createPod(cluster, 'tool', spec).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await pods.waitFor('tool', (pod) => pod?.status?.phase === 'Succeeded', { timeoutMs: 15_000 });
    expect(await pods.logs('tool').text()).toBe('hello\n');
    await cluster.close();
    expect(await stop()).toBe(0);
  });

  it('refuses stages that it cannot play, naming the field', async () => {
    const file = join(folder, 'stages.yaml');
    const stage = { apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'Stage', metadata: { name: 's' }, spec: { later: {} } };
    await writeFile(file, JSON.stringify(stage));
    await expect(run(['--stages', file])).rejects.toThrow('cannot use the stage s: spec.later is not supported');
  });

  it.each([
    [['--nodes', '30000'], '--nodes takes a number up to 20000'],
    [['--runtime', 'magic'], "--runtime takes simulated or process, not 'magic'"],
    [['--images', 'f'], '--images has no effect without --runtime process'],
    [['--unknown'], "there is no flag or argument '--unknown'"],
  ])('refuses %j', async (args, message) => {
    await expect(run(args)).rejects.toThrow(message);
  });
});

describe('keelson scheduler', () => {
  it('schedules the pods of a cluster that lacks a scheduler, holding the lease', async () => {
    await using server = await startServer({
      controllers: ['-*', 'namespace'],
      disableAdmissionPlugins: ['ServiceAccount', 'TaintNodesByCondition'],
    });
    const path = await server.writeKubeconfig(join(folder, 'kubeconfig'));
    const config = join(folder, 'config.yaml');
    await writeFile(
      config,
      'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{ schedulerName: mine }]\n',
    );
    const { stop } = await started(runScheduler, '--kubeconfig', path, '--config', config, '--secure-port', '0');
    const cluster = await server.connect();
    await createNode(cluster, 'one');
    await createPod(cluster, 'web', { schedulerName: 'mine' });
    const pods = cluster.resource(Pod).in('default');
    await pods.waitFor('web', (pod) => pod?.spec?.nodeName === 'one', { timeoutMs: 10_000 });
    expect(await stop()).toBe(0);
  });

  it('refuses a configuration with fields that would have no effect', async () => {
    const config = join(folder, 'config.yaml');
    await writeFile(
      config,
      'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nextenders: []\n',
    );
    await expect(runScheduler(['--config', config])).rejects.toThrow(/cannot use --config .*extenders/s);
  });

  it('refuses flags of kube-scheduler that would have no effect', async () => {
    await expect(runScheduler(['--kube-api-qps', '50'])).rejects.toThrow('cannot use --kube-api-qps');
  });
});
