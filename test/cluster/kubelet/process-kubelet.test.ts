import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Lease, Node } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conditionOf, conversation, KubeletWorld } from './world.js';

let world: KubeletWorld;
beforeAll(async () => {
  world = await KubeletWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const exec = (pod: string, command: readonly string[], streams = 'output=1&error=1') =>
  `/exec/default/${pod}/main?${command.map((word) => `command=${encodeURIComponent(word)}&`).join('')}${streams}`;

describe('a node', () => {
  it('is registered, ready, with a Lease', async () => {
    const node = await world.cluster.resource(Node).get('node-1');
    expect(node.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'True',
      reason: 'KubeletReady',
    });
    expect(node.status?.daemonEndpoints?.kubeletEndpoint?.Port).toBe(world.kubelet.port);
    expect(node.status?.declaredFeatures).toEqual(['ExtendWebSocketsToKubelet']);
    const lease = await world.cluster.resource(Lease).in('kube-node-lease').get('node-1');
    expect(lease.spec).toMatchObject({ holderIdentity: 'node-1', leaseDurationSeconds: 40 });
    expect(lease.metadata.ownerReferences).toMatchObject([{ kind: 'Node', name: 'node-1', uid: node.metadata.uid }]);
  });
});

describe('a pod', () => {
  it('runs, becomes ready, and is deleted when its process has ended', async () => {
    await world.shell('life', 'trap "echo bye; exit 0" TERM; echo hello; sleep 1000 & wait');
    const pod = await world.ready('life');
    expect(pod?.status).toMatchObject({
      phase: 'Running',
      podIP: '127.0.0.1',
      hostIP: '127.0.0.1',
      qosClass: 'BestEffort',
    });
    expect(pod?.status?.containerStatuses).toMatchObject([
      { name: 'main', ready: true, started: true, restartCount: 0, state: { running: {} } },
    ]);
    expect(pod?.status?.containerStatuses?.[0]?.containerID).toMatch(/^process:\/\/[0-9a-f]{64}$/);
    const following = world.get('/containerLogs/default/life/main?follow=true');
    await world.pods.delete('life');
    await world.pods.waitFor('life', (found) => found === undefined, { timeoutMs: 10_000 });
    expect((await following).body).toBe('hello\nbye\n');
  });

  it('that ends is Succeeded or Failed, with its exit code', async () => {
    await world.shell('good', 'exit 0', { restartPolicy: 'Never' });
    await world.shell('bad', 'echo oops > $CONTAINER_SANDBOX_MOUNT_POINT/dev/termination-log; exit 3', {
      restartPolicy: 'Never',
    });
    const good = await world.until('good', ({ status }) => status?.phase === 'Succeeded');
    expect(good?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(conditionOf(good ?? {}, 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
    const bad = await world.until('bad', ({ status }) => status?.phase === 'Failed');
    expect(bad?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 3,
      reason: 'Error',
      message: 'oops\n',
    });
  });

  it('starts again after a failure, and keeps the log of the attempt before', async () => {
    await world.shell(
      'crash',
      `f=${join(world.folder, 'crashed')}; [ -e $f ] && { echo second; exec sleep 1000; }; : > $f; echo first; exit 3`,
    );
    const pod = await world.until('crash', ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
    expect(pod?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 3 });
    await world.ready('crash');
    expect((await world.get('/containerLogs/default/crash/main?previous=true')).body).toBe('first\n');
    await expect.poll(async () => (await world.get('/containerLogs/default/crash/main')).body).toBe('second\n');
  });

  it('whose command does not exist waits with StartError', async () => {
    await world.run('nothing', {
      containers: [{ name: 'main', image: 'x', command: ['no-such-program'] }],
      restartPolicy: 'Never',
    });
    const pod = await world.until('nothing', ({ status }) => status?.phase === 'Failed');
    expect(pod?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message: 'exec: "no-such-program": executable file not found in $PATH',
    });
  });

  it('runs its init containers first, one after another', async () => {
    const file = join(world.folder, 'order');
    const say = (word: string) => ['sh', '-c', `echo ${word} >> ${file}`];
    await world.run('init', {
      restartPolicy: 'Never',
      initContainers: [
        { name: 'one', image: 'x', command: say('one') },
        { name: 'two', image: 'x', command: say('two') },
      ],
      containers: [{ name: 'main', image: 'x', command: say('main') }],
    });
    await world.until('init', ({ status }) => status?.phase === 'Succeeded');
    expect(await readFile(file, 'utf8')).toBe('one\ntwo\nmain\n');
  });

  it('ends its sidecars after its containers', async () => {
    await world.run('sidecar', {
      restartPolicy: 'Never',
      initContainers: [{ name: 'side', image: 'x', restartPolicy: 'Always', command: ['sleep', '1000'] }],
      containers: [{ name: 'main', image: 'x', command: ['true'] }],
    });
    const pod = await world.until('sidecar', ({ status }) => status?.phase === 'Succeeded');
    expect(pod?.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(143);
  });
});

describe('exec', () => {
  beforeAll(async () => {
    await world.run('target', {
      containers: [{ name: 'main', image: 'x', command: ['sleep', '1000'], env: [{ name: 'A', value: 'b' }] }],
    });
    await world.ready('target');
  });

  it('tells output, errors and the exit code', async () => {
    const { channels, code } = await conversation(
      world.socket(exec('target', ['sh', '-c', 'echo $A; echo err >&2; exit 3'])),
    );
    expect(channels[1]).toBe('b\n');
    expect(channels[2]).toBe('err\n');
    expect(JSON.parse(channels[3] ?? '')).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: command terminated with exit code 3',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
    expect(code).toBe(1000);
  });

  it('passes input, and its end', async () => {
    const socket = world.socket(exec('target', ['cat'], 'input=1&output=1'));
    const { channels } = await conversation(socket, [Buffer.from('\0through'), Buffer.from([255, 0])]);
    expect(channels[1]).toBe('through');
    expect(JSON.parse(channels[3] ?? '')).toEqual({ metadata: {}, status: 'Success' });
  });

  it('gives a terminal', async () => {
    const socket = world.socket(
      exec('target', ['sh', '-c', 'read x; stty size; echo got $x $TERM'], 'input=1&output=1&tty=1'),
    );
    const { channels } = await conversation(socket, [
      Buffer.from('\u0004{"Width":66,"Height":33}'),
      Buffer.from('\0q\n'),
    ]);
    expect(channels[1]).toBe('q\r\n33 66\r\ngot q xterm\r\n');
  });

  it('ends the process within a second when the client goes', async () => {
    const file = join(world.folder, 'pid');
    const socket = world.socket(
      exec('target', [
        'sh',
        '-c',
        `trap "" HUP TERM; echo $$ > ${file}.new; mv ${file}.new ${file}; while :; do sleep 0.1; done`,
      ]),
    );
    await expect.poll(() => readFile(file, 'utf8').catch(() => ''), { timeout: 5000 }).toMatch(/^\d+\n$/);
    const pid = Number(await readFile(file, 'utf8'));
    socket.terminate();
    const alive = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(alive, { timeout: 1000, interval: 20 }).toBe(false);
  });

  it.each([
    ['/exec/default/target/main?command=true', 400, 'you must specify at least 1 of stdin, stdout, stderr'],
    ['/exec/default/nobody/main?command=true&output=1', 404, 'pod does not exist'],
    ['/exec/default/target/other?command=true&output=1', 500, 'container not found ("other")'],
    ['/attach/default/target/other?output=1', 500, 'container other not found in pod target_default'],
    ['/portForward/default/good', 500, 'pod not found ("good_default")'],
    ['/containerLogs/default/nobody/main', 404, 'pod "nobody" does not exist'],
    ['/containerLogs/default/target/other', 404, 'container "other" not found in pod "target"'],
    ['/containerLogs/default/target/main?tailLines=x', 400, '{"message": "Unable to decode query."}'],
    ['/containerLogs/default/target/main?tailLines=-1', 422, '{"message": "Invalid request."}'],
    [
      '/containerLogs/default/target/main?previous=true',
      400,
      'previous terminated container "main" in pod "target" not found',
    ],
    ['/nothing', 404, '404 page not found\n'],
  ])('%s is refused in the words of the kubelet', async (path, status, body) => {
    expect(await world.get(path)).toMatchObject({ status, body });
  });

  it('of a command by POST answers with its output', async () => {
    expect(await world.get('/run/default/target/main?cmd=echo%20hi', { method: 'POST' })).toMatchObject({
      status: 200,
      body: 'hi\n',
    });
    expect(await world.get('/run/default/target/main?cmd=cat%20/nowhere', { method: 'POST' })).toMatchObject({
      status: 500,
      body: expect.stringMatching(/^command 'cat \/nowhere' exited with 1: cat: \/nowhere/),
    });
  });
});

describe('attach', () => {
  it('connects to the main process', async () => {
    await world.run('io', { containers: [{ name: 'main', image: 'x', stdin: true, command: ['cat'] }] });
    await world.ready('io');
    const socket = world.socket('/attach/default/io/main?input=1&output=1', ['v4.channel.k8s.io']);
    let seen = '';
    socket.on('message', (data: Buffer) => {
      seen += data.toString('utf8', 1);
    });
    socket.on('open', () => socket.send(Buffer.from('\0echo\n')));
    await expect.poll(() => seen).toBe('echo\n');
    socket.terminate();
    await expect.poll(async () => (await world.get('/containerLogs/default/io/main')).body).toBe('echo\n');
  });
});

describe('port-forward', () => {
  it('leads to a port of the pod, over the channels of a WebSocket', async () => {
    const echo = createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const address = echo.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const socket = world.socket(`/portForward/default/target?port=${port}`, ['v4.channel.k8s.io']);
    const received: Buffer[] = [];
    socket.on('message', (data: Buffer) => void (data[0] === 0 && received.push(data.subarray(1))));
    socket.on('open', () => socket.send(Buffer.from('\0ping')));
    await expect.poll(() => Buffer.concat(received).subarray(2).toString()).toBe('ping');
    expect(Buffer.concat(received).readUInt16LE(0)).toBe(port);
    socket.terminate();
    await new Promise((resolve) => echo.close(resolve));
  });
});

describe('the kubelet API', () => {
  it('lists pods with their status', async () => {
    const pods = JSON.parse((await world.get('/pods')).body);
    expect(pods).toMatchObject({ kind: 'PodList', apiVersion: 'v1' });
    const target = pods.items.find((pod: { metadata: { name: string } }) => pod.metadata.name === 'target');
    expect(target.status.phase).toBe('Running');
    const running = JSON.parse((await world.get('/runningpods/')).body);
    expect(running.items.map((pod: { metadata: { name: string } }) => pod.metadata.name)).toContain('target');
    expect(running.items.map((pod: { metadata: { name: string } }) => pod.metadata.name)).not.toContain('good');
  });

  it('tells that it is healthy', async () => {
    expect(await world.get('/healthz')).toMatchObject({ status: 200, body: 'ok' });
  });

  it('measures the node and its containers', async () => {
    const summary = JSON.parse((await world.get('/stats/summary')).body);
    expect(summary.node).toMatchObject({ nodeName: 'node-1', memory: { workingSetBytes: expect.any(Number) } });
    const target = summary.pods.find((pod: { podRef: { name: string } }) => pod.podRef.name === 'target');
    expect(target.containers).toMatchObject([{ name: 'main', cpu: { usageNanoCores: expect.any(Number) } }]);
    const metrics = await world.get('/metrics/resource');
    expect(metrics.type).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
    expect(metrics.body).toMatch(
      /^container_memory_working_set_bytes\{container="main",namespace="default",pod="target"\} [1-9]/m,
    );
    expect((await world.get('/metrics')).body).toMatch(/^kubelet_running_pods [1-9]/m);
    expect((await world.get('/metrics/cadvisor')).body).toMatch(/^machine_cpu_cores [1-9]/m);
    expect((await world.get('/metrics/probes')).body).toMatch(/^process_start_time_seconds /m);
  });

  it('serves the files of one folder, and none outside', async () => {
    const logs = join(world.folder, 'root/nodelogs');
    await mkdir(logs, { recursive: true });
    await writeFile(join(logs, 'kubelet.log'), 'first line\n');
    await symlink('/etc/passwd', join(logs, 'link'));
    expect((await world.get('/logs/')).body).toContain('<a href="kubelet.log">kubelet.log</a>\n');
    expect(await world.get('/logs/kubelet.log')).toMatchObject({ status: 200, body: 'first line\n' });
    expect(await world.get('/logs/kubelet.log', { headers: { range: 'bytes=6-9' } })).toMatchObject({
      status: 206,
      body: 'line',
    });
    for (const path of ['/logs/link', '/logs/../../etc/passwd', '/logs/%2e%2e%2f%2e%2e%2fetc%2fpasswd', '/logs/nope']) {
      expect(await world.get(path)).toMatchObject({ status: 404 });
    }
    expect(await world.get('/logs')).toMatchObject({ status: 307 });
  });

  it.each([
    ['/healthz/', 404, '404 page not found\n'],
    ['/healthz/ping', 200, 'ok'],
    ['/healthz/nope', 404, '404 page not found\n'],
    ['/metrics/', 404, '404 page not found\n'],
    ['/metrics/cadvisor/', 404, '404 page not found\n'],
    ['/configz/', 404, '404 page not found\n'],
    ['/debug/pprof', 307, '<a href="/debug/pprof/">Temporary Redirect</a>.\n\n'],
    ['/debug/pprof/nope', 404, 'Unknown profile\n'],
    ['/containerLogs/default/target/', 404, '404: Page Not Found'],
    ['/containerLogs/default/target/main?stream=x', 422, '{"message": "Invalid request."}'],
    ['/exec/default/target/some-uid/main?command=true&output=1', 500, 'Upgrade request required\n'],
    ['/checkpoint/default/target/main', 405, '405: Method Not Allowed'],
  ])('answers %s as upstream does', async (path, status, body) => {
    expect(await world.get(path)).toMatchObject({ status, body });
  });

  it('makes no checkpoints', async () => {
    const checkpoint = (path: string) => world.get(`/checkpoint/default/${path}`, { method: 'POST' });
    expect(await checkpoint('nobody/main')).toMatchObject({ status: 404, body: 'pod does not exist' });
    expect(await checkpoint('target/nope')).toMatchObject({ status: 404, body: 'container nope does not exist' });
    const refused = await checkpoint('target/main');
    expect(refused.status).toBe(500);
    expect(refused.body).toMatch(/^checkpointing of default\/target\/main failed \(/);
  });

  it('takes a CPU profile', async () => {
    const profile = JSON.parse((await world.get('/debug/pprof/profile?seconds=0.1')).body);
    expect(profile.nodes.length).toBeGreaterThan(0);
  });

  it('changes the verbosity of its log', async () => {
    expect(await world.get('/debug/flags/v', { method: 'PUT', body: '2' })).toMatchObject({
      status: 200,
      body: 'successfully set klog.logging.verbosity to 2\n',
    });
    expect(await world.get('/debug/flags/v', { method: 'PUT', body: 'x' })).toMatchObject({ status: 400 });
  });
});
