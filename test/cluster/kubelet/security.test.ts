import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FunctionRuntime } from 'keelson/cluster';
import { PersistentVolume, PersistentVolumeClaim, type Pod } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nonRootProblem, unhonouredFields } from '../../../src/cluster/kubelet/runtime/container-security.js';
import { KubeletWorld } from './world.js';

const isRoot = process.getuid?.() === 0 && process.platform === 'linux';
const mounts = join(tmpdir(), `keelson-security-${process.pid}`);

let world: KubeletWorld;
beforeAll(async () => {
  world = await KubeletWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(mounts, { recursive: true, force: true });
});

type Spec = Partial<NonNullable<Pod['spec']>>;
type Container = NonNullable<NonNullable<Pod['spec']>['containers']>[number];

async function output(name: string, script: string, spec: Spec = {}, container: Partial<Container> = {}) {
  const main = { name: 'main', image: 'x', command: ['sh', '-c', script], ...container };
  await world.run(name, { restartPolicy: 'Never', containers: [main], ...spec });
  await world.until(name, ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed');
  return (await world.get(`/containerLogs/default/${name}/main`)).body;
}

async function event(name: string, reason: string): Promise<string> {
  let message = '';
  await expect
    .poll(async () => {
      const found = (await world.pods.events(name).all()).find((one) => one.reason === reason);
      message = found?.message ?? '';
      return message;
    })
    .not.toBe('');
  return message;
}

describe.skipIf(!isRoot)('a security context, for a kubelet that runs as root', () => {
  it('sets the user, the groups and the group of volumes', async () => {
    const text = await output(
      'users',
      `id -u; id -g; id -G; cd ${mounts}/v && echo x > file && stat -c '%u %g' file`,
      {
        securityContext: { runAsUser: 1234, runAsGroup: 2345, fsGroup: 3456, supplementalGroups: [4567] },
        volumes: [{ name: 'v', emptyDir: {} }],
      },
      { volumeMounts: [{ name: 'v', mountPath: join(mounts, 'v') }] },
    );
    expect(text).toBe('1234\n2345\n2345 3456 4567\n1234 3456\n');
  });

  it('of a container goes before that of its pod, and holds for commands that run beside it', async () => {
    await world.run('exec', {
      securityContext: { runAsUser: 1, runAsNonRoot: true },
      containers: [{ name: 'main', image: 'x', command: ['sleep', '60'], securityContext: { runAsUser: 1234 } }],
    });
    await world.ready('exec');
    const answer = await world.get('/run/default/exec/main?cmd=id%20-u', { method: 'POST' });
    expect(answer.body).toBe('1234\n');
  });

  it('keeps the root read-only, but not the volumes, and takes setuid away', async () => {
    const text = await output(
      'read-only',
      `touch /keelson-write-test 2>&1 | grep -c -i read-only; echo y > ${mounts}/w/file && cat ${mounts}/w/file; grep NoNewPrivs /proc/self/status`,
      { volumes: [{ name: 'w', emptyDir: {} }] },
      {
        securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
        volumeMounts: [{ name: 'w', mountPath: join(mounts, 'w') }],
      },
    );
    expect(text).toBe('1\ny\nNoNewPrivs:\t1\n');
  });

  it('refuses a container that would run as root', async () => {
    await world.run('root', {
      securityContext: { runAsNonRoot: true },
      containers: [{ name: 'main', image: 'x', command: ['true'] }],
    });
    const waiting = await world.until(
      'root',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(waiting?.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(
      /^container has runAsNonRoot and image will run as root \(pod: "root_default\(.*\)", container: main\)$/,
    );
    await world.pods.delete('root', { gracePeriodSeconds: 0 });
  });
});

describe('a security context', () => {
  it('reports in an event what is not honoured', async () => {
    await output(
      'unhonoured',
      'true',
      {},
      {
        securityContext: { capabilities: { add: ['NET_ADMIN'] }, seccompProfile: { type: 'RuntimeDefault' } },
      },
    );
    expect(await event('unhonoured', 'SecurityContextNotHonoured')).toBe(
      'The runtime process of this node does not honour capabilities.add, seccompProfile of the security context',
    );
  });

  it('is not honoured at all by a runtime without processes', () => {
    const own = { runAsUser: 1, runAsGroup: 2, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false };
    const spec = { containers: [], securityContext: { fsGroup: 3, sysctls: [{ name: 'a', value: 'b' }] } };
    expect('securityFeatures' in new FunctionRuntime({ images: {} })).toBe(false);
    expect(unhonouredFields(spec, { securityContext: own }, new Set())).toEqual([
      'runAsUser',
      'runAsGroup',
      'fsGroup',
      'allowPrivilegeEscalation',
      'readOnlyRootFilesystem',
      'sysctls',
    ]);
    expect(unhonouredFields({ containers: [] }, {}, new Set())).toEqual([]);
  });

  it.each([
    [{ runAsNonRoot: true, runAsUser: 0 }, 5, 'runAsUser breaks non-root policy'],
    [{ runAsNonRoot: true }, 0, 'image will run as root'],
    [{ runAsNonRoot: true }, 5, undefined],
    [{ runAsNonRoot: true, runAsUser: 7 }, 0, undefined],
    [{ runAsUser: 0 }, 0, undefined],
  ])('%j of a runtime whose user is %j is a problem: %j', (securityContext, user, why) => {
    const problem = nonRootProblem({ containers: [], securityContext }, { name: 'c' }, user, 'p');
    if (why === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(why);
  });
});

describe('claims of persistent volumes', () => {
  async function bind(name: string, source: object): Promise<void> {
    const accessModes = ['ReadWriteOnce' as const];
    const capacity = { storage: '1Gi' };
    await world.cluster
      .resource(PersistentVolume)
      .create({ metadata: { name }, spec: { accessModes, capacity, storageClassName: '', ...source } });
    const claims = world.cluster.resource(PersistentVolumeClaim).in('default');
    await claims.create({
      metadata: { name },
      spec: { accessModes, resources: { requests: capacity }, storageClassName: '', volumeName: name },
    });
    await claims.subresource('status').update(name, (claim) => {
      claim.status = { phase: 'Bound', accessModes, capacity };
    });
  }

  const using = (claimName: string, readOnly = false) => ({
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName, readOnly } }],
  });
  const mounted = { volumeMounts: [{ name: 'data', mountPath: join(mounts, 'data') }] };

  it('of local and hostPath volumes are mounted, and keep their files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keelson-pv-'));
    const place = `$CONTAINER_SANDBOX_MOUNT_POINT${mounts}/data`;
    const nodeAffinity = {
      required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'Exists' }] }] },
    };
    await mkdir(join(folder, 'local'));
    await bind('local', { local: { path: join(folder, 'local') }, nodeAffinity });
    await bind('host', { hostPath: { path: join(folder, 'host') } });
    for (const name of ['local', 'host']) {
      expect(
        await output(`writes-${name}`, `echo ${name} > ${place}/file; cat ${place}/file`, using(name), mounted),
      ).toBe(`${name}\n`);
      await world.pods.delete(`writes-${name}`, { gracePeriodSeconds: 0 });
      expect(await readFile(join(folder, name, 'file'), 'utf8')).toBe(`${name}\n`);
    }
    await writeFile(join(folder, 'local', 'file'), 'kept');
    expect(await output('reads', `cat ${place}/file`, using('local', true), mounted)).toBe('kept');
    await rm(folder, { recursive: true });
  });

  it.each([
    [
      'csi',
      { csi: { driver: 'csi.example.com', volumeHandle: 'x' } },
      /has no CSI drivers: csi\.example\.com of the volume csi is not/,
    ],
    ['nfs', { nfs: { server: 'nfs.test', path: '/' } }, /does not support persistent volumes of the kind nfs/],
    [
      'missing',
      {
        local: { path: '/no/such/folder' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'Exists' }] }],
          },
        },
      },
      /path "\/no\/such\/folder" does not exist/,
    ],
  ])('that this node cannot mount are refused with an event: %s', async (name, source, message) => {
    await bind(name, source);
    await world.shell(`waits-${name}`, 'true', { ...using(name), restartPolicy: 'Never' });
    const text = await event(`waits-${name}`, 'FailedMount');
    expect(text).toMatch(/^MountVolume\.SetUp failed for volume "data" : /);
    expect(text).toMatch(message);
    await world.pods.delete(`waits-${name}`, { gracePeriodSeconds: 0 });
  });

  it('that do not exist or are not bound keep a pod waiting', async () => {
    await world.shell('no-claim', 'true', using('nothing'));
    expect(await event('no-claim', 'FailedMount')).toContain('persistentvolumeclaim "nothing" not found');
    await world.pods.delete('no-claim', { gracePeriodSeconds: 0 });
    await world.cluster
      .resource(PersistentVolumeClaim)
      .in('default')
      .create({
        metadata: { name: 'unbound' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '' },
      });
    await world.shell('unbound', 'true', using('unbound'));
    expect(await event('unbound', 'FailedMount')).toContain('PersistentVolumeClaim default/unbound is not bound');
    await world.pods.delete('unbound', { gracePeriodSeconds: 0 });
  });
});
