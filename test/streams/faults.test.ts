import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, connect, isNetworkError, isTimeoutError } from 'keelson';
import { Pod } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultProxy } from '../../src/testing/fault-proxy.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { localPki } from '../helpers/pki.js';
import { StreamPeer } from '../helpers/stream-peer.js';

// Every class of stream x every fault of the network: the error or the result that its user sees. Nothing hangs.

type Pods = ReturnType<typeof podsOf>;

function podsOf(cluster: Cluster) {
  return cluster.resource(Pod).in('shop');
}

const LINES = 'one\ntwo\nthree\n';
const opened = { container: 'app', openTimeoutMs: 100 };
const here = new URL('.', import.meta.url).pathname;

/** Answers a log with lines, a proxied request with a text, and everything else with a pod that runs. */
const answer = (request: { url?: string | undefined }, response: import('node:http').ServerResponse) => {
  if (request.url?.includes('/log')) response.end(LINES);
  else if (request.url?.includes('/proxy/')) response.end('proxied');
  else {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-0', namespace: 'shop', uid: 'u1', resourceVersion: '1' },
      spec: { containers: [{ name: 'app' }] },
      status: {
        phase: 'Running',
        containerStatuses: [{ name: 'app', state: { running: {} } }],
        ephemeralContainerStatuses: [{ name: 'debugger', state: { running: {} } }],
      },
    };
    const list = { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion: '1' }, items: [pod] };
    const body = /\/pods(\?|$)/.test(request.url ?? '') ? list : pod;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }
};

/** A stream by a call that opens it and, where that makes a difference, uses it. The container is given: the first connection is its own. */
interface Stream {
  readonly name: string;
  open(pods: Pods, cluster: Cluster, port: number): Promise<unknown>;
}

const UPGRADED: readonly Stream[] = [
  { name: 'exec', open: async (pods) => (await pods.exec('web-0', ['echo', 'x'], opened)).stdout },
  {
    name: 'openExec',
    async open(pods) {
      await using session = await pods.openExec('web-0', ['echo', 'x'], opened);
      return await new Response(session.stdout).text();
    },
  },
  {
    name: 'openAttach',
    async open(pods) {
      await using session = await pods.openAttach('web-0', opened);
      return await new Response(session.stdout).text();
    },
  },
  {
    name: 'connect',
    async open(pods, _, port) {
      const socket = await pods.connect('web-0', port, { openTimeoutMs: 100 });
      socket.end('GET / HTTP/1.0\r\n\r\n');
      let text = '';
      for await (const chunk of socket) text += chunk;
      return text.slice(text.indexOf('\r\n\r\n') + 4);
    },
  },
  {
    name: 'copyFrom',
    open: async (pods) =>
      (await pods.copyFrom('web-0', join(here, 'faults.test.ts'), join(tmpdir(), `keelson-${process.pid}`), opened))
        .files,
  },
  {
    name: 'copyTo',
    open: async (pods) =>
      (await pods.copyTo('web-0', join(here, 'faults.test.ts'), join(tmpdir(), `keelson-${process.pid}-to`), opened))
        .files,
  },
];

/** Streams that are requests: they wait as long as any request does, and what cannot be repeated is an error. */
const REQUESTS: readonly Stream[] = [
  { name: 'logs', open: (pods) => pods.logs('web-0', { container: 'app' }).text() },
  {
    name: 'cluster.logs',
    async open(_, cluster) {
      let text = '';
      for await (const line of cluster.logs({ namespace: 'shop' })) text += `${line.text}\n`;
      return text;
    },
  },
  { name: 'proxy', open: async (pods) => (await pods.proxy('web-0').fetch('/')).text() },
];

const RESULTS: { readonly [name: string]: unknown } = {
  exec: 'x\n',
  openExec: 'x\n',
  openAttach: 'x\n',
  connect: 'hello',
  copyFrom: 1,
  copyTo: 1,
  logs: LINES,
  'cluster.logs': LINES,
  proxy: 'proxied',
};

let web: Server;
let port: number;
beforeAll(async () => {
  web = createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  port = (web.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => web.close(resolve)));

const peerOptions = { answer, attached: ['echo', 'x'] };

describe.each([...UPGRADED, ...REQUESTS])('$name', ({ name, open }) => {
  test('succeeds without a fault, also through a connection that drips', async () => {
    await using peer = await StreamPeer.start(peerOptions);
    await using proxy = await FaultProxy.start(peer.url);
    await using cluster = await connect({ server: proxy.url });
    expect(await open(podsOf(cluster), cluster, port)).toEqual(RESULTS[name]);
    await proxy.plan({ kind: 'drip', bytes: 1 });
    let over = false;
    const dripping = open(podsOf(cluster), cluster, port).finally(() => {
      over = true;
    });
    while (!over) {
      proxy.step(7);
      await new Promise(setImmediate);
    }
    expect(await dripping).toEqual(RESULTS[name]);
  });

  test.each(['refuse', 'reset-before'] as const)('fails with a NetworkError when the network does %s', async (kind) => {
    await using peer = await StreamPeer.start(peerOptions);
    await using proxy = await FaultProxy.start(peer.url);
    await proxy.plan({ kind });
    await using cluster = await connect({ server: proxy.url, retry: { retries: 0 } });
    await expect(open(podsOf(cluster), cluster, port)).rejects.toSatisfy(isNetworkError);
  });

  test('fails with a NetworkError when TLS is cut in its handshake', async () => {
    const pki = localPki();
    await using peer = await StreamPeer.start(peerOptions);
    await using proxy = await FaultProxy.start(peer.url, pki.server);
    await proxy.plan({ kind: 'cut-handshake' });
    await using cluster = await connect({ server: proxy.url, ca: pki.ca, retry: { retries: 0 } });
    await expect(open(podsOf(cluster), cluster, port)).rejects.toSatisfy(isNetworkError);
  });
});

describe.each(UPGRADED)('$name', ({ open }) => {
  test.each(['black-hole', 'black-hole-handshake'] as const)(
    'fails with a TimeoutError after openTimeoutMs in a %s',
    async (kind) => {
      await using peer = await StreamPeer.start(peerOptions);
      await using proxy = await FaultProxy.start(peer.url);
      await proxy.plan({ kind });
      await using cluster = await connect({ server: proxy.url });
      await expect(open(podsOf(cluster), cluster, port)).rejects.toSatisfy(isTimeoutError);
    },
  );
});

describe.each(REQUESTS)('$name', ({ open }) => {
  test('fails with a TimeoutError in a black hole, by the deadline for headers', async () => {
    const clock = new FakeClock();
    await using peer = await StreamPeer.start(peerOptions);
    await using proxy = await FaultProxy.start(peer.url);
    await proxy.plan({ kind: 'black-hole' });
    await using cluster = await connect({ server: proxy.url, clock, retry: { retries: 0 } });
    const silent = proxy.silent();
    const failed = open(podsOf(cluster), cluster, port);
    failed.catch(() => {});
    await silent;
    await clock.advance(200_000);
    await expect(failed).rejects.toSatisfy(isTimeoutError);
  });
});

describe('a stream that is under way', () => {
  test.each<[string, (pods: Pods, cut: () => void) => Promise<unknown>]>([
    [
      'exec',
      (pods, cut) => {
        const running = pods.exec('web-0', ['sh', '-c', 'echo x; exec sleep 60'], opened);
        cut();
        return running;
      },
    ],
    [
      'copyFrom',
      (pods, cut) =>
        pods.copyFrom('web-0', '/dev/../usr/bin', join(tmpdir(), `keelson-cut-${process.pid}`), {
          ...opened,
          onProgress: cut,
        }),
    ],
    [
      'copyTo',
      (pods, cut) =>
        pods.copyTo('web-0', join(here, '..'), join(tmpdir(), `keelson-cut-to-${process.pid}`), {
          ...opened,
          onProgress: cut,
        }),
    ],
  ])('%s fails with a NetworkError when it is cut', async (name, run) => {
    await using peer = await StreamPeer.start(peerOptions);
    await using cluster = await connect({ server: peer.url });
    const cut = () => {
      if (name !== 'exec') return peer.cut();
      const wait = setInterval(() => {
        if (peer.processes.length === 0) return;
        clearInterval(wait);
        peer.cut();
      }, 1);
    };
    await expect(run(podsOf(cluster), cut)).rejects.toSatisfy(isNetworkError);
  });

  test('a log fails with a NetworkError when it is cut, and does not look whole', async () => {
    await using peer = await StreamPeer.start({
      answer: (request, response) => {
        if (!request.url?.includes('/log')) return answer(request, response);
        response.write('one\n');
        setImmediate(() => response.destroy());
      },
    });
    await using cluster = await connect({ server: peer.url });
    const lines: string[] = [];
    const reading = (async () => {
      for await (const { text } of podsOf(cluster).logs('web-0', { container: 'app', follow: true })) lines.push(text);
    })();
    await expect(reading).rejects.toSatisfy(isNetworkError);
    expect(lines).toEqual(['one']);
  });

  test('a command whose peer is silent fails after 61 s, by its pings', async () => {
    const clock = new FakeClock();
    await using peer = await StreamPeer.start(peerOptions);
    await using proxy = await FaultProxy.start(peer.url);
    await using cluster = await connect({ server: proxy.url, clock });
    const session = await podsOf(cluster).openExec('web-0', ['sleep', '60'], { container: 'app' });
    proxy.freeze();
    const failed = session.exit.catch((error: unknown) => error);
    for (let second = 0; second < 70; second += 5) await clock.advance(5_000);
    expect(await failed).toSatisfy(isNetworkError);
    expect(String(await failed)).toContain('has not answered a ping for 61 s');
    await session.close();
  });

  test('a port forward fails its connections when the server is cut, and connects again for the next one', async () => {
    await using peer = await StreamPeer.start(peerOptions);
    await using proxy = await FaultProxy.start(peer.url);
    await using cluster = await connect({ server: proxy.url });
    const errors: unknown[] = [];
    await using forward = await podsOf(cluster).portForward('web-0', port, {
      openTimeoutMs: 100,
      onConnectionError: (error) => void errors.push(error),
    });
    const request = async () =>
      (await fetch(`http://127.0.0.1:${forward.port}/`, { headers: { connection: 'close' } })).text();
    expect(await request()).toBe('hello');
    await proxy.plan({ kind: 'refuse' });
    await expect(request()).rejects.toThrow();
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    expect(errors.every(isNetworkError)).toBe(true);
    errors.length = 0;
    await proxy.plan({ kind: 'black-hole' });
    await expect(request()).rejects.toThrow();
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    expect(errors.every(isTimeoutError)).toBe(true);
    await proxy.plan({ kind: 'none' });
    expect(await request()).toBe('hello');
  });
});
