import { createServer as createHttp, request as sendHttp } from 'node:http';
import { type AddressInfo, connect as connectTcp, createServer as createTcp, type Server, type Socket } from 'node:net';
import { type Cluster, connect, isNetworkError } from 'keelson';
import { startCluster } from 'keelson/cluster';
import { Deployment, Pod } from 'keelson/k8s';
import { afterEach, describe, expect, it } from 'vitest';
import { StreamPeer } from '../helpers/stream-peer.js';

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const socket of [one, other]) socket.on('error', () => {});
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
}

/** A proxy that connects by CONNECT, and the places it was asked for. */
async function httpProxy(credentials?: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  // Requests without an upgrade are forwarded, as the server is reached without TLS.
  const server = createHttp(({ url = '', method, headers }, response) => {
    if (headers['proxy-authorization'] !== wanted) response.writeHead(407).end();
    else sendHttp(url, { method, headers }, (answer) => answer.pipe(response)).end();
  });
  server.on('connect', (request, socket, head) => {
    asked.push(request.url ?? '');
    if (request.headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const [host = '', port] = (request.url ?? '').split(':');
    const target = connectTcp(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      if (head.length > 0) target.write(head);
      join(socket as Socket, target);
    });
  });
  const port = await listen(server);
  return { url: `http://${credentials === undefined ? '' : `${credentials}@`}127.0.0.1:${port}`, asked };
}

/** A SOCKS5 proxy without authentication, and the places it was asked for. */
async function socksProxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createTcp((socket) => {
    socket.once('data', () => {
      socket.write(Uint8Array.of(5, 0));
      socket.once('data', (request: Buffer) => {
        const isName = request[3] === 3;
        const end = isName ? 5 + (request[4] ?? 0) : 8;
        const host = isName ? request.subarray(5, end).toString() : request.subarray(4, 8).join('.');
        const port = request.readUInt16BE(end);
        asked.push(`${host}:${port}`);
        const target = connectTcp(port, host, () => {
          socket.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
          join(socket, target);
        });
      });
    });
  });
  return { url: `socks5://127.0.0.1:${await listen(server)}`, asked };
}

async function useAll(cluster: Cluster, port: number): Promise<void> {
  const pods = cluster.resource(Pod).in('shop');
  expect((await pods.exec('web-0', ['echo', 'x'])).stdout).toBe('x\n');
  await using forward = await pods.portForward('web-0', port);
  const answer = await fetch(`http://127.0.0.1:${forward.port}/`, { headers: { connection: 'close' } });
  expect(await answer.text()).toBe('hello');
}

describe.each([
  ['WebSocket', {}],
  ['SPDY', { refuseWebSocket: 403 }],
])('streams over %s', (_, options) => {
  it.each([
    ['an HTTP proxy', () => httpProxy()],
    ['an HTTP proxy with a password', () => httpProxy('me:open-sesame')],
    ['a SOCKS5 proxy', () => socksProxy()],
  ])('go through %s', async (_name, start) => {
    await using peer = await StreamPeer.start(options);
    const port = await listen(createHttp((_request, response) => response.end('hello')));
    const proxy = await start();
    await using cluster = await connect({ server: peer.url, proxyUrl: proxy.url });
    await useAll(cluster, port);
    expect(new Set(proxy.asked)).toEqual(new Set([new URL(peer.url).host]));
  });
});

it('streams fail with a NetworkError when the proxy refuses its password', async () => {
  await using peer = await StreamPeer.start();
  const proxy = await httpProxy('me:open-sesame');
  const proxyUrl = proxy.url.replace('open-sesame', 'closed-barley');
  await using cluster = await connect({ server: peer.url, proxyUrl });
  const failed = cluster.resource(Pod).in('shop').exec('web-0', ['true'], { container: 'app' });
  await expect(failed).rejects.toSatisfy(isNetworkError);
  await expect(failed).rejects.not.toThrow('closed-barley');
});

it('a forward to a Deployment moves to the pod that replaces the one that has gone', async () => {
  await using local = await startCluster({
    nodes: 1,
    images: { web: ({ serve, env }) => serve(80, () => new Response(`hello from ${env.POD}`)) },
  });
  await using cluster = await local.connect();
  const deployments = cluster.resource(Deployment).in('default');
  const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
  const labels = { app: 'web' };
  const containers = [{ name: 'c', image: 'web', env, ports: [{ containerPort: 80 }] }];
  await deployments.create({
    metadata: { name: 'web' },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  });
  for await (const _ of deployments.rollout('web', { timeoutMs: 20_000 }));
  await using forward = await deployments.portForward('web', 80);
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${forward.port}/`, { headers: { connection: 'close' } });
    return answer.text();
  };
  const pods = cluster.resource(Pod).in('default');
  const [first] = (await pods.list({ labels }).all()).items;
  expect(await ask()).toBe(`hello from ${first?.metadata.name}`);
  await pods.delete(first?.metadata.name ?? '', { gracePeriodSeconds: 0 });
  await pods.waitFor(first?.metadata.name ?? '', (pod) => pod?.metadata.uid !== first?.metadata.uid, {
    timeoutMs: 20_000,
  });
  for await (const _ of deployments.rollout('web', { timeoutMs: 20_000 }));
  const answer = await ask();
  expect(answer).toMatch(/^hello from web-/);
  expect(answer).not.toContain(first?.metadata.name);
}, 60_000);
