import { connect, InvalidRequestError, isApiError, isNetworkError, isTimeoutError } from 'keelson';
import { Deployment, Node, Pod } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StreamPeer, type StreamPeerOptions } from '../helpers/stream-peer.js';

describe.each<[string, StreamPeerOptions]>([
  ['over WebSocket', {}],
  ['over SPDY, where WebSockets are refused', { refuseWebSocket: 403 }],
])('exec %s', (_, options) => {
  let peer: StreamPeer;
  let pods: Awaited<ReturnType<typeof podsAt>>;
  beforeAll(async () => {
    peer = await StreamPeer.start(options);
    pods = await podsAt(peer);
  });
  afterAll(async () => {
    await pods.cluster.close();
    await peer[Symbol.asyncDispose]();
  });

  test('collects both outputs and the exit code', async () => {
    const result = await pods.shop.exec('web-0', ['sh', '-c', 'echo out; echo err >&2; exit 3']);
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
  });

  test('delivers input and its end, and still yields the exit code', async () => {
    const result = await pods.shop.exec('web-0', ['sh', '-c', 'wc -c; exit 5'], { stdin: 'x'.repeat(300_000) });
    expect(result).toMatchObject({ exitCode: 5 });
    expect(Number(result.stdout)).toBe(300_000);
  });

  test('takes input from an iterable', async () => {
    async function* parts() {
      yield 'one ';
      yield new TextEncoder().encode('two');
    }
    expect((await pods.shop.exec('web-0', ['cat'], { stdin: parts() })).stdout).toBe('one two');
  });

  test('does not mind a command that leaves its input', async () => {
    const result = await pods.shop.exec('web-0', ['true'], { stdin: 'x'.repeat(1_000_000) });
    expect(result.exitCode).toBe(0);
  });

  test('reports a program that does not exist, with pod and container', async () => {
    const failed = pods.shop.exec('web-0', ['no-such-program', '--token=s3cret']);
    await expect(failed).rejects.toSatisfy(isApiError);
    await expect(failed).rejects.toThrow('exec no-such-program in container app of Pod shop/web-0');
    await expect(failed).rejects.not.toThrow('s3cret');
  });

  test('ends a command that takes too long', async () => {
    const failed = pods.shop.exec('web-0', ['sleep', '60'], { timeoutMs: 200 });
    await expect(failed).rejects.toSatisfy(isTimeoutError);
    await ended(peer);
  });

  test('rejects with the reason of its signal', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const running = pods.shop.exec('web-0', ['sh', '-c', 'echo started; sleep 60'], { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
  });

  test('opens a session whose streams can be half-closed', async () => {
    await using session = await pods.shop.openExec('web-0', ['sh', '-c', 'cat; exit 4']);
    const writer = session.stdin.getWriter();
    await writer.write(new TextEncoder().encode('hello'));
    await writer.close();
    expect(await new Response(session.stdout).text()).toBe('hello');
    expect(await session.exit).toEqual({ exitCode: 4 });
  });

  test('ends the process when the session is closed', async () => {
    const session = await pods.shop.openExec('web-0', ['sleep', '60']);
    await session.close();
    await expect(session.exit).rejects.toThrow('closed before the command ended');
    await ended(peer);
  });

  test('stops the output of a slow reader', async () => {
    const session = await pods.shop.openExec('web-0', ['sh', '-c', 'head -c 50000000 /dev/zero']);
    const before = process.memoryUsage().arrayBuffers;
    const reader = session.stdout.getReader();
    await reader.read();
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    let length = 0;
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) length += chunk.value.length;
    expect(length).toBeGreaterThan(49_900_000);
    expect(await session.exit).toEqual({ exitCode: 0 });
    await session.close();
  });

  test('notices that the connection breaks', async () => {
    const running = pods.shop.exec('web-0', ['sleep', '60']);
    await new Promise((resolve) => setImmediate(resolve));
    while (peer.processes.at(-1)?.spawnargs[0] !== 'sleep') await new Promise(setImmediate);
    peer.cut();
    await expect(running).rejects.toSatisfy(isNetworkError);
  });
});

describe('a handshake', () => {
  test('carries credentials and the user to impersonate', async () => {
    await using peer = await StreamPeer.start();
    await using cluster = await connect({ server: peer.url, token: 'tok' });
    const jane = cluster.impersonate({ user: 'jane', groups: ['dev'] });
    await jane.resource(Pod).in('shop').exec('web-0', ['true']);
    expect(peer.upgrades[0]).toMatchObject({
      authorization: 'Bearer tok',
      'impersonate-user': 'jane',
      'impersonate-group': 'dev',
    });
  });

  test('asks as kubectl does', async () => {
    await using peer = await StreamPeer.start();
    await using cluster = await connect({ server: peer.url });
    await cluster.resource(Pod).in('shop').exec('web-0', ['echo', 'a b'], { container: 'app' });
    expect(peer.requests.at(-1)).toBe(
      'GET /api/v1/namespaces/shop/pods/web-0/exec?command=echo&command=a+b&container=app&stderr=true&stdout=true v5.channel.k8s.io',
    );
  });

  test('throws the answer when both protocols are refused', async () => {
    await using peer = await StreamPeer.start({
      answer: (_, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"metadata":{"name":"web-0"}}'),
    });
    await using cluster = await connect({ server: peer.url });
    await expect(cluster.resource(Pod).in('shop').exec('web-0', [])).rejects.toBeInstanceOf(InvalidRequestError);
  });
});

test('streams are typed by the descriptor', async () => {
  await using cluster = await connect({ server: 'http://127.0.0.1:1' });
  const nodes = cluster.resource(Node);
  // @ts-expect-error: a node has no containers
  void nodes.exec;
  void nodes.proxy;
  void cluster.resource(Deployment).in('shop').exec;
  // @ts-expect-error: only pods, services and nodes are proxied to
  void cluster.resource(Deployment).in('shop').proxy;
});

async function podsAt(peer: StreamPeer) {
  const cluster = await connect({ server: peer.url });
  return { cluster, shop: cluster.resource(Pod).in('shop') };
}

async function ended(peer: StreamPeer): Promise<void> {
  const child = peer.processes.at(-1);
  if (child?.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once('exit', resolve));
}
