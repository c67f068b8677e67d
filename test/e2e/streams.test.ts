import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, connect, isApiError, isForbidden, ready } from 'keelson';
import { Namespace, Pod, Service } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProxiedCluster } from '../helpers/streams/proxied-cluster.js';
import { run } from './targets.js';

/** A cluster that the suite runs against. */
interface StreamTarget {
  readonly name: string;
  /** True for keelson's own server and kubelet: ending a session ends its process there, which real runtimes leave running. */
  readonly reference: boolean;
  open(): Promise<{ readonly cluster: Cluster; close(): Promise<void> }>;
}

const real = process.env.KEELSON_TEST_KUBECONFIG;
const targets: readonly StreamTarget[] = [
  {
    name: 'the reference server and kubelet',
    reference: true,
    async open() {
      const proxied = await ProxiedCluster.start({ withKubelet: true });
      const cluster = await proxied.connect();
      const close = async () => {
        await cluster.close();
        await proxied[Symbol.asyncDispose]();
      };
      return { cluster, close };
    },
  },
  ...(real === undefined
    ? []
    : [
        {
          name: `the cluster of ${real}`,
          reference: false,
          async open() {
            const cluster = await connect({ kubeconfig: real });
            return { cluster, close: () => cluster.close() };
          },
        },
      ]),
];

/** Serves one text over HTTP at the port of the variable PORT. */
const SERVER = `require('http').createServer((q, r) => r.end(process.env.NAME + ' ' + q.url)).listen(+process.env.PORT)`;

/** A port of this machine that is free now: pods may share the machine's ports. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

// The streams of the client against a server and a kubelet. On a cluster with a container runtime, the image needs sh, tar and node.
describe.each(targets)('streams to $name', { timeout: 60_000 }, ({ open, reference }) => {
  const namespace = `streams-${run}`;
  const image = 'node:22-alpine';
  let cluster: Cluster;
  let close: () => Promise<void>;
  let folder = '';

  beforeAll(async () => {
    ({ cluster, close } = await open());
    folder = await mkdtemp(join(tmpdir(), 'keelson-e2e-'));
    await cluster.resource(Namespace).create({ metadata: { name: namespace } });
    await start('shell', { command: ['sh', '-c', 'echo started; echo warned >&2; exec sleep 1000000'] });
  }, 180_000);
  afterAll(async () => {
    const pods = cluster.resource(Pod).in(namespace);
    for await (const { metadata } of pods.list()) await pods.delete(metadata.name, { gracePeriodSeconds: 0 });
    await cluster.resource(Namespace).delete(namespace);
    await close();
    await rm(folder, { recursive: true, force: true });
  });

  const pods = () => cluster.resource(Pod).in(namespace);

  async function start(name: string, container: object, labels: Record<string, string> = {}): Promise<void> {
    await pods().create({
      metadata: { name, labels },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image, ...container }],
        ...(reference ? { nodeName: 'node-a' } : {}),
      },
    });
    await pods().waitFor(name, ready, { timeoutMs: 120_000 });
  }

  async function serve(name: string, labels: Record<string, string>): Promise<void> {
    const port = await freePort();
    const env = [
      { name: 'PORT', value: String(port) },
      { name: 'NAME', value: name },
    ];
    const ports = [{ name: 'http', containerPort: port }];
    await start(name, { command: ['node', '-e', SERVER], env, ports }, labels);
    const answer = async () => (await pods().exec(name, ['node', '-e', ASK], { container: 'main' })).exitCode;
    await expect.poll(answer, { timeout: 20_000 }).toBe(0);
  }

  it('read logs', async () => {
    await expect.poll(() => pods().logs('shell').text()).toBe('started\nwarned\n');
    const lines = [];
    for await (const { text, time } of pods().logs('shell', { timestamps: true, tail: 1 })) lines.push([text, time]);
    expect(lines).toEqual([['warned', expect.stringMatching(/^\d{4}-/)]]);
    await expect(pods().logs('shell', { previous: true }).text()).rejects.toSatisfy(isApiError);
    for await (const { text } of pods().logs('shell', { follow: true })) if (text === 'warned') break;
    const merged = [];
    for await (const { pod, text } of cluster.logs({ namespace })) merged.push(`${pod} ${text}`);
    expect(merged).toContain('shell started');
  });

  it('run commands to their end, with input whose end arrives and an exit code that follows', async () => {
    expect(await pods().exec('shell', ['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      exitCode: 3,
    });
    const counted = await pods().exec('shell', ['sh', '-c', 'wc -c; exit 5'], { stdin: 'x'.repeat(300_000) });
    expect([Number(counted.stdout), counted.exitCode]).toEqual([300_000, 5]);
    await expect(pods().exec('shell', ['no-such-program'])).rejects.toThrow(/no-such-program/);
    await expect(pods().exec('nobody', ['true'])).rejects.toSatisfy(isApiError);
  });

  it('open sessions, with a terminal and without', async () => {
    await using plain = await pods().openExec('shell', ['sh', '-c', 'cat; exit 4']);
    const writer = plain.stdin.getWriter();
    await writer.write(new TextEncoder().encode('hello'));
    await writer.close();
    expect(await new Response(plain.stdout).text()).toBe('hello');
    expect(await plain.exit).toEqual({ exitCode: 4 });
    const size = { columns: 77, rows: 22 };
    await using terminal = await pods().openExec(
      'shell',
      ['sh', '-c', 'read x; until [ "$(stty size)" = "22 77" ]; do sleep 0.1; done; stty size; tty -s && echo yes'],
      {
        tty: true,
        size,
      },
    );
    await terminal.stdin.getWriter().write(new TextEncoder().encode('go\n'));
    expect(await new Response(terminal.stdout).text()).toMatch(/22 77\r\nyes/);
  });

  it('attach to the process that a container runs', async () => {
    await start('reader', {
      command: ['sh', '-c', 'while read line; do echo "got $line"; done; sleep 1'],
      stdin: true,
    });
    await using session = await pods().openAttach('reader');
    await session.stdin.getWriter().write(new TextEncoder().encode('a line\n'));
    expect(await read(session.stdout, 'got a line')).toContain('got a line');
  });

  it('copy trees both ways', async () => {
    const tree = join(folder, 'tree');
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(tree, 'sub'), { recursive: true });
    await writeFile(join(tree, 'a'), 'one');
    await writeFile(join(tree, 'sub', 'b'), 'x'.repeat(1_000_000));
    const there = join(tmpdir(), `keelson-there-${run}`);
    expect(await pods().copyTo('shell', tree, there)).toMatchObject({ files: 2, bytes: 1_000_003 });
    const back = join(folder, 'back');
    expect(await pods().copyFrom('shell', there, back)).toMatchObject({ files: 2, skipped: [] });
    expect(await readFile(join(back, 'sub', 'b'), 'utf8')).toBe('x'.repeat(1_000_000));
    await pods().exec('shell', ['rm', '-r', there]);
  });

  it('forward ports to pods and services, and follow a service to another ready pod', async () => {
    const labels = { app: `web-${run}` };
    await serve('web-a', labels);
    await cluster
      .resource(Service)
      .in(namespace)
      .create({
        metadata: { name: 'web' },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
      });
    const get = async (port: number) =>
      (await fetch(`http://127.0.0.1:${port}/x`, { headers: { connection: 'close' } })).text();
    const port = Number((await pods().get('web-a')).spec?.containers[0]?.ports?.[0]?.containerPort);
    await using direct = await pods().portForward('web-a', port);
    expect(await get(direct.port)).toBe('web-a /x');
    await using moving = await cluster.resource(Service).in(namespace).portForward('web', 80);
    expect(await get(moving.port)).toBe('web-a /x');
    await serve('web-b', labels);
    await pods().delete('web-a', { gracePeriodSeconds: 0 });
    await pods().waitFor('web-a', (pod) => pod === undefined, { timeoutMs: 60_000 });
    expect(await get(moving.port)).toBe('web-b /x');
    await using socket = await cluster.resource(Service).in(namespace).connect('web', 80);
    socket.end('GET /direct HTTP/1.0\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/web-b \/direct$/);
  });

  it('act as another user', async () => {
    const nobody = cluster
      .impersonate({ user: `nobody-${run}` })
      .resource(Pod)
      .in(namespace);
    await expect(nobody.exec('shell', ['true'], { container: 'main' })).rejects.toSatisfy(isForbidden);
    await expect(nobody.logs('shell', { container: 'main' }).text()).rejects.toSatisfy(isForbidden);
    await expect(nobody.connect('shell', 80)).rejects.toSatisfy(isForbidden);
  });

  it('stop a writer whose output is not read', async () => {
    await using session = await pods().openExec('shell', ['cat', '/dev/zero'], { stdin: false });
    const reader = session.stdout.getReader();
    await reader.read();
    const before = process.memoryUsage().arrayBuffers;
    for (let turn = 0; turn < 300; turn++) await new Promise(setImmediate);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });

  it.runIf(reference)('debug a pod with an ephemeral container', async () => {
    await using session = await pods().debug('shell', {
      image,
      target: 'main',
      command: ['sh', '-c', 'while read line; do echo "saw $line"; done'],
      tty: false,
    });
    await session.stdin.getWriter().write(new TextEncoder().encode('it\n'));
    expect(await read(session.stdout, 'saw it')).toContain('saw it');
    const pod = await pods().get('shell');
    expect(pod.spec?.ephemeralContainers?.map(({ name, targetContainerName }) => [name, targetContainerName])).toEqual([
      [session.container, 'main'],
    ]);
  });

  it.runIf(reference)('end the process of a session that is closed', async () => {
    const session = await pods().openExec('shell', ['sh', '-c', 'echo $$; exec sleep 1000'], { stdin: false });
    const { value } = await session.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value));
    await session.close();
    const isAlive = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isAlive, { timeout: 1_000, interval: 10 }).toBe(false);
  });
});

/** Reads a stream until it has given a text. */
async function read(stream: ReadableStream<Uint8Array>, wanted: string): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

/** Ends with 0 when the server of this container answers. */
const ASK = `require('http').get('http://127.0.0.1:' + process.env.PORT, (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`;
