import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { connect } from 'keelson';
import { Pod, Service } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StreamPeer, type StreamPeerOptions } from '../helpers/stream-peer.js';

let web: Server;
let port: number;
beforeAll(async () => {
  web = createServer((request, response) => {
    if (request.url === '/big') response.end(Buffer.alloc(5_000_000));
    else response.end(`hello from ${request.url}`);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  port = (web.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => web.close(resolve)));

describe.each<[string, StreamPeerOptions]>([
  ['tunnelled in WebSockets', {}],
  ['over SPDY', { refuseWebSocket: 400 }],
])('a port forward %s', (_, options) => {
  test('carries requests', async () => {
    await using peer = await StreamPeer.start(options);
    await using cluster = await connect({ server: peer.url });
    await using forward = await cluster.resource(Pod).in('shop').portForward('web-0', port);
    const answers = await Promise.all([1, 2, 3].map((n) => text(forward.port, `/${n}`)));
    expect(answers).toEqual(['hello from /1', 'hello from /2', 'hello from /3']);
  });

  test('goes on when connections are aborted in the middle', async () => {
    await using peer = await StreamPeer.start(options);
    await using cluster = await connect({ server: peer.url });
    await using forward = await cluster.resource(Pod).in('shop').portForward('web-0', port);
    const abort = () =>
      new Promise<void>((resolve) => {
        const socket = connectTcp(forward.port, '127.0.0.1', () =>
          socket.write('GET /big HTTP/1.1\r\nHost: x\r\n\r\n'),
        );
        socket.once('data', () => socket.destroy());
        socket.once('close', () => resolve()).on('error', () => {});
      });
    await Promise.all(Array.from({ length: 30 }, abort));
    expect(await text(forward.port, '/after')).toBe('hello from /after');
  });

  test('reports a port that refuses and goes on', async () => {
    await using peer = await StreamPeer.start(options);
    await using cluster = await connect({ server: peer.url });
    const unused = createServer();
    await new Promise<void>((resolve) => unused.listen(0, '127.0.0.1', resolve));
    const closed = (unused.address() as AddressInfo).port;
    await new Promise((resolve) => unused.close(resolve));
    const errors: unknown[] = [];
    const pods = cluster.resource(Pod).in('shop');
    await using forward = await pods.portForward('web-0', closed, {
      onConnectionError: (error) => void errors.push(error),
    });
    await expect(text(forward.port, '/')).rejects.toThrow();
    while (errors.length === 0) await new Promise(setImmediate);
    expect(String(errors[0])).toContain('ECONNREFUSED');
  });

  test('connects without a local port', async () => {
    await using peer = await StreamPeer.start(options);
    await using cluster = await connect({ server: peer.url });
    const socket = await cluster.resource(Pod).in('shop').connect('web-0', port);
    socket.end('GET /direct HTTP/1.0\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toContain('hello from /direct');
  });
});

test('a forward to a service moves to another pod when its pod has gone', async () => {
  let ready = 'web-0';
  const answer: StreamPeerOptions['answer'] = (request, response) => {
    const service = {
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, clusterIP: '', ports: [{ port: 80, targetPort: port }] },
    };
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    const items = [{ metadata: { name: ready }, spec: { containers: [{ name: 'app' }] }, status }];
    const body = request.url?.includes('/services/')
      ? service
      : { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };
  await using peer = await StreamPeer.start({ answer });
  await using cluster = await connect({ server: peer.url });
  await using forward = await cluster.resource(Service).in('shop').portForward('web', 80);
  expect(await text(forward.port, '/a')).toBe('hello from /a');
  peer.gone.add('web-0');
  ready = 'web-1';
  expect(await text(forward.port, '/b')).toBe('hello from /b');
  expect(peer.requests.filter((line) => line.includes('/portforward')).at(-1)).toContain('/pods/web-1/');
});

async function text(at: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${at}${path}`, { headers: { connection: 'close' } });
  return response.text();
}
