import { mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigMap, Secret } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expandVariables } from '../../../src/cluster/kubelet/environment/expansion.js';
import { serviceVariables } from '../../../src/cluster/kubelet/environment/service-variables.js';
import { writeAtomically } from '../../../src/cluster/kubelet/volumes/atomic-folder.js';
import { conversation, KubeletWorld } from './world.js';

/** Mount points that a run as root makes on this machine. */
const mounts = join(tmpdir(), `keelson-mounts-${process.pid}`);
let world: KubeletWorld;
beforeAll(async () => {
  world = await KubeletWorld.start({ apiServer: { host: 'api.test', port: 6443 } });
  await world.cluster
    .resource(ConfigMap)
    .in('default')
    .create({ metadata: { name: 'cm' }, data: { key: 'value', b: 'B' } });
  await world.cluster
    .resource(Secret)
    .in('default')
    .create({ metadata: { name: 's' }, stringData: { password: 'pw' } });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(mounts, { recursive: true, force: true });
});

/** Runs a script that finds the volumes at `$R`, whether they are mounted or linked. */
async function output(name: string, script: string, spec: object = {}, container: object = {}): Promise<string> {
  await world.run(name, {
    restartPolicy: 'Never',
    containers: [
      {
        name: 'main',
        image: 'x',
        command: ['sh', '-c', `R=$CONTAINER_SANDBOX_MOUNT_POINT${mounts}; ${script}`],
        ...container,
      },
    ],
    ...spec,
  });
  await world.until(name, ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed');
  return (await world.get(`/containerLogs/default/${name}/main`)).body;
}

describe('volumes', () => {
  it('are what commands see too, with every name of the environment', async () => {
    await world.run('commands', {
      volumes: [{ name: 'scratch', emptyDir: {} }],
      containers: [
        {
          name: 'main',
          image: 'x',
          command: ['sleep', '1000'],
          env: [{ name: 'with-dash.and.dots', value: 'kept' }],
          volumeMounts: [{ name: 'scratch', mountPath: join(mounts, 'scratch') }],
        },
      ],
    });
    await world.ready('commands');
    const run = async (...command: string[]) => {
      const query = command.map((word) => `command=${encodeURIComponent(word)}`).join('&');
      const { channels } = await conversation(world.socket(`/exec/default/commands/main?${query}&output=1`));
      return channels[1];
    };
    const script = `cd $CONTAINER_SANDBOX_MOUNT_POINT${mounts}/scratch &&`;
    await run('sh', '-c', `${script} echo one > file`);
    expect(await run('sh', '-c', `${script} cat file`)).toBe('one\n');
    // Some shells drop such names from the environment of what they start.
    expect(await run('env')).toContain('\nwith-dash.and.dots=kept\n');
    expect(await readdir(join(mounts, 'scratch')).catch(() => [])).toEqual([]);
  });

  it('hold what the API has', async () => {
    const text = await output(
      'volumes',
      'cat $R/cm/key $R/s/password $R/all/renamed $R/all/labels; echo; cat $R/all/cpu',
      {
        volumes: [
          { name: 'cm', configMap: { name: 'cm' } },
          { name: 's', secret: { secretName: 's' } },
          {
            name: 'all',
            projected: {
              sources: [
                { configMap: { name: 'cm', items: [{ key: 'b', path: 'renamed' }] } },
                { secret: { name: 'none', optional: true } },
                {
                  downwardAPI: {
                    items: [
                      { path: 'labels', fieldRef: { fieldPath: 'metadata.name' } },
                      {
                        path: 'cpu',
                        resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
      {
        resources: { limits: { cpu: '250m' } },
        volumeMounts: [
          { name: 'cm', mountPath: join(mounts, 'cm') },
          { name: 's', mountPath: join(mounts, 's') },
          { name: 'all', mountPath: join(mounts, 'all') },
        ],
      },
    );
    expect(text).toBe('valuepwBvolumes\n250');
  });

  it('are shared by the containers of a pod, and gone with it', async () => {
    const mount = { volumeMounts: [{ name: 'shared', mountPath: join(mounts, 'shared') }] };
    const text = await output(
      'shared',
      'cat $R/shared/file',
      {
        volumes: [{ name: 'shared', emptyDir: {} }],
        initContainers: [
          {
            name: 'init',
            image: 'x',
            command: ['sh', '-c', `echo hi > $CONTAINER_SANDBOX_MOUNT_POINT${mounts}/shared/file`],
            ...mount,
          },
        ],
      },
      mount,
    );
    expect(text).toBe('hi\n');
  });

  it('keep a pod waiting while something is missing', async () => {
    await world.shell('waits', `cat $CONTAINER_SANDBOX_MOUNT_POINT${mounts}/late/key`, {
      restartPolicy: 'Never',
      volumes: [{ name: 'late', configMap: { name: 'late' } }],
      containers: [
        {
          name: 'main',
          image: 'x',
          command: ['sh', '-c', `cat $CONTAINER_SANDBOX_MOUNT_POINT${mounts}/late/key`],
          volumeMounts: [{ name: 'late', mountPath: join(mounts, 'late') }],
        },
      ],
    });
    await world.until(
      'waits',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ContainerCreating',
    );
    await world.cluster
      .resource(ConfigMap)
      .in('default')
      .create({ metadata: { name: 'late' }, data: { key: 'here' } });
    await world.until('waits', ({ status }) => status?.phase === 'Succeeded');
    expect((await world.get('/containerLogs/default/waits/main')).body).toBe('here');
  });

  it('refuse a subPath that leads out of them', async () => {
    const outside = join(world.folder, 'outside');
    await symlink('/etc', outside).catch(() => {});
    await world.run('escape', {
      volumes: [{ name: 'v', hostPath: { path: world.folder } }],
      containers: [
        {
          name: 'main',
          image: 'x',
          command: ['true'],
          volumeMounts: [{ name: 'v', mountPath: join(mounts, 'v'), subPath: 'outside' }],
        },
      ],
    });
    const pod = await world.until(
      'escape',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(
      'subPath outside leads out of the volume',
    );
  });
});

describe('the environment', () => {
  it('has variables from everywhere', async () => {
    const text = await output(
      'env',
      'echo "$PLAIN $EXPANDED $FROM_CM $PRE_key $NAME $IP $SECRET"; echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT',
      {},
      {
        env: [
          { name: 'PLAIN', value: 'a' },
          { name: 'EXPANDED', value: '$(PLAIN)b$$(PLAIN)$(NONE)' },
          { name: 'FROM_CM', valueFrom: { configMapKeyRef: { name: 'cm', key: 'b' } } },
          { name: 'OPTIONAL', valueFrom: { configMapKeyRef: { name: 'none', key: 'b', optional: true } } },
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'SECRET', valueFrom: { secretKeyRef: { name: 's', key: 'password' } } },
        ],
        envFrom: [{ prefix: 'PRE_', configMapRef: { name: 'cm' } }],
      },
    );
    expect(text).toBe('a ab$(PLAIN)$(NONE) B value env 127.0.0.1 pw\napi.test:6443\n');
  });

  it('lacks what does not exist, and says so', async () => {
    await world.run('lacks', {
      containers: [
        {
          name: 'main',
          image: 'x',
          command: ['true'],
          env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'none' } } }],
        },
      ],
    });
    const pod = await world.until(
      'lacks',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(
      "couldn't find key none in Secret default/s",
    );
  });

  it.each([
    ['$(A)-$(B)', '1-$(B)'],
    ['$$(A) $A $', '$(A) $A $'],
    ['$($(A))', '$(1)'],
  ])('expands %s', (text, expected) => {
    expect(expandVariables(text, (name) => (name === 'A' ? '1' : undefined))).toBe(expected);
  });

  it('names services as upstream does', () => {
    const service = (name: string, namespace: string, clusterIP: string) => ({
      metadata: { name, namespace },
      spec: { clusterIP, ports: [{ name: 'http', port: 80 }] },
    });
    const services = [
      service('my-web', 'shop', '10.0.0.5'),
      service('kubernetes', 'default', '10.0.0.1'),
      service('x', 'shop', 'None'),
    ];
    expect(serviceVariables(services, 'shop', true)).toMatchObject({
      MY_WEB_SERVICE_HOST: '10.0.0.5',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_SERVICE_PORT_HTTP: '80',
      MY_WEB_PORT: 'tcp://10.0.0.5:80',
      MY_WEB_PORT_80_TCP_ADDR: '10.0.0.5',
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
    });
    expect(Object.keys(serviceVariables(services, 'shop', false)).every((name) => name.startsWith('KUBERNETES_'))).toBe(
      true,
    );
  });
});

describe('files that are written together', () => {
  it('change at once, and only when they differ', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keelson-atomic-'));
    const files = (entries: Record<string, string>) =>
      new Map(Object.entries(entries).map(([path, text]) => [path, { data: Buffer.from(text), mode: 0o640 }]));
    expect(await writeAtomically(folder, files({ a: '1', 'b/c': '2' }))).toBe(true);
    expect(await readFile(join(folder, 'b/c'), 'utf8')).toBe('2');
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o640);
    const first = await readlink(join(folder, '..data'));
    expect(await writeAtomically(folder, files({ a: '1', 'b/c': '2' }))).toBe(false);
    expect(await readlink(join(folder, '..data'))).toBe(first);
    expect(await writeAtomically(folder, files({ a: '3' }))).toBe(true);
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('3');
    expect((await readdir(folder)).filter((name) => !name.startsWith('..'))).toEqual(['a']);
    expect(await readdir(folder)).toHaveLength(3);
    await writeFile(join(folder, 'own'), '');
    await rm(folder, { recursive: true });
  });
});
