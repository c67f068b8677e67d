import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type FunctionImage, FunctionRuntime, Kubelet, ServiceDirectory, VirtualNetwork } from 'keelson/cluster';
import { ConfigMap, Pod, Service } from 'keelson/k8s';
import { EndpointSlice } from 'keelson/k8s/discovery.k8s.io/v1';
import { startServer } from 'keelson/server';
import { localCertificate } from 'keelson/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const images: Record<string, FunctionImage> = {
  'hello:*': ({ serve, log, podName }) => {
    log('ready', { podName });
    serve(80, async (request) => new Response(`${podName} ${request.method} ${await request.text()}`));
  },
  caller: async ({ fetch, log, env }) => {
    const answer = await fetch(env.TARGET ?? '', { method: 'POST', body: 'from caller' });
    log(`${answer.status} ${await answer.text()}`);
  },
  broken: () => {
    throw new Error('it broke');
  },
  code: ({ args }) => Number(args[0]),
  patient: async ({ signal, log }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    log('cleaned up');
    return 7;
  },
  tool: ({ listen, onExec, volumes }) => {
    listen(7, (connection) => connection.pipe(connection));
    onExec(async ({ command, stdin, write }) => {
      if (command[0] === 'cat') for await (const chunk of stdin) write(chunk);
      else write(await readFile(join(volumes.get('/etc/config') ?? '', 'key')));
      return 5;
    });
  },
};

let folder: string;
let stop: () => Promise<void>;
let pods: ReturnType<typeof podsOf>;
let network: VirtualNetwork;
const podsOf = (cluster: Awaited<ReturnType<Awaited<ReturnType<typeof startServer>>['connect']>>) =>
  cluster.resource(Pod).in('default');
let kubelet: Kubelet;
let cluster: Awaited<ReturnType<Awaited<ReturnType<typeof startServer>>['connect']>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-function-'));
  const server = await startServer({ listen: false, controllers: ['namespace', 'serviceaccount'] });
  cluster = await server.connect();
  network = new VirtualNetwork();
  const directory = new ServiceDirectory(cluster);
  await directory.start();
  network.addDirectory(directory);
  const { cert, key } = localCertificate();
  kubelet = new Kubelet({
    cluster,
    runtime: new FunctionRuntime({ images, network }),
    nodeName: 'node-1',
    nodeIPs: ['127.0.0.1'],
    rootDir: folder,
    tls: { cert, key },
    port: 0,
    anonymousAuth: true,
    authorizationMode: 'AlwaysAllow',
  });
  await kubelet.start();
  pods = podsOf(cluster);
  stop = async () => {
    await kubelet.stop();
    await directory.stop();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
});
afterAll(() => stop());

async function run(
  name: string,
  container: Record<string, unknown>,
  spec: Record<string, unknown> = {},
): Promise<void> {
  await pods.create({
    metadata: { name },
    spec: {
      nodeName: 'node-1',
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: name, ...container }],
      ...spec,
    },
  });
}

const ended = async (name: string) => {
  const pod = await pods.waitFor(name, (found) => ['Succeeded', 'Failed'].includes(found?.status?.phase ?? ''), {
    timeoutMs: 10_000,
  });
  return pod?.status?.containerStatuses?.[0]?.state?.terminated;
};
const running = (name: string) =>
  pods.waitFor(name, (pod) => pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True', {
    timeoutMs: 10_000,
  });
const logOf = (name: string) => readFile(join(folder, 'logs/pods', name), 'utf8').catch(() => '');

describe('a container that is a function', () => {
  it('serves at the address of its pod, behind a probe', async () => {
    await run('hello', { image: 'hello:1', readinessProbe: { httpGet: { port: 80, path: '/' }, periodSeconds: 1 } });
    const pod = await running('hello');
    const address = pod?.status?.podIP ?? '';
    expect(network.has(address)).toBe(true);
    const connection = await network.connect(address, 80);
    connection.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await text(connection)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello GET/);
  });

  it('calls others by the name of a service', async () => {
    const pod = await running('hello');
    await cluster
      .resource(Service)
      .in('default')
      .create({ metadata: { name: 'web' }, spec: { ports: [{ port: 8080 }] } });
    await cluster
      .resource(EndpointSlice)
      .in('default')
      .create({
        metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        ports: [{ name: '', port: 80 }],
        endpoints: [{ addresses: [pod?.status?.podIP ?? ''], conditions: { ready: true } }],
      });
    await expect.poll(() => network.knows('web', 8080)).toBe(true);
    await run(
      'caller',
      { env: [{ name: 'TARGET', value: 'http://web.default.svc:8080/' }] },
      { restartPolicy: 'Never' },
    );
    expect(await ended('caller')).toMatchObject({ exitCode: 0 });
    const uid = (await pods.get('caller')).metadata.uid;
    expect(await logOf(`default_caller_${uid}/main/0.log`)).toMatch(/stdout F 200 hello POST from caller\n$/);
  });

  it.each([
    ['broken', {}, { exitCode: 1, reason: 'Error' }],
    ['code', { args: ['4'] }, { exitCode: 4, reason: 'Error' }],
  ])('ends as %s', async (name, container, expected) => {
    await run(name, container, { restartPolicy: 'Never' });
    expect(await ended(name)).toMatchObject(expected);
  });

  it('ends in its own time when it is told to', async () => {
    await run('patient', {}, { activeDeadlineSeconds: 1, restartPolicy: 'Never' });
    expect(await ended('patient')).toMatchObject({ exitCode: 7 });
    expect((await pods.get('patient')).status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  it('waits for an image that is not there', async () => {
    await run('missing', {});
    const pod = await pods.waitFor(
      'missing',
      (found) => found?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImagePull',
    );
    expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain(
      'the image missing stands for no function',
    );
    await pods.delete('missing');
    await pods.waitFor('missing', (found) => found === undefined, { timeoutMs: 10_000 });
  });

  it('answers commands and gives volumes', async () => {
    await cluster
      .resource(ConfigMap)
      .in('default')
      .create({ metadata: { name: 'config' }, data: { key: 'from a volume' } });
    await run(
      'tool',
      { volumeMounts: [{ name: 'config', mountPath: '/etc/config' }] },
      { volumes: [{ name: 'config', configMap: { name: 'config' } }] },
    );
    await running('tool');
    const { WebSocket } = await import('ws');
    const url = `wss://127.0.0.1:${kubelet.port}/exec/default/tool/main?command=read&output=1`;
    const socket = new WebSocket(url, ['v4.channel.k8s.io'], { rejectUnauthorized: false });
    const channels: Record<number, string> = {};
    socket.on('message', (data: Buffer) => {
      channels[data[0] ?? 0] = (channels[data[0] ?? 0] ?? '') + data.toString('utf8', 1);
    });
    await new Promise((resolve) => socket.once('close', resolve));
    expect(channels[1]).toBe('from a volume');
    expect(channels[3]).toContain('exit code 5');
  });
});
