import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiServer } from '../../src/server/index.js';

import { listen } from '../../src/server/listener.js';
import { type RunningServer, serve } from '../../src/server/serve.js';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

async function start(options: Parameters<typeof serve>[0]): Promise<RunningServer> {
  const server = await serve({ controllers: [], ...options });
  running.push(server);
  return server;
}

function get(
  url: string,
  options: {
    ca?: string;
    rejectUnauthorized?: boolean;
    token?: string;
    method?: string;
    headers?: { [name: string]: string };
    body?: Uint8Array;
  } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https') ? httpsRequest : httpRequest;
    const { ca, method = 'GET', rejectUnauthorized = true } = options;
    const authorization = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
    const request = send(
      url,
      { method, headers: { ...authorization, ...options.headers }, ca, rejectUnauthorized, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

/** A bare connection; `text` is all that came over it, once it has closed. */
async function openRaw(url = '', first = ''): Promise<{ socket: Socket; text: Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.on('error', () => {});
  const text = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(first);
  return { socket, text };
}

describe('the ports', () => {
  it('listen on loopback only, unless told otherwise', async () => {
    const server = await start({ insecurePort: 0, securePort: 0 });
    expect(server.insecureUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(server.secureUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect((await get(`${server.insecureUrl}/healthz`)).text).toBe('ok');
  });

  it('ask for the kubeconfig’s token on the secure port, whose certificate its authority vouches for', async () => {
    const server = await start({ securePort: 0 });
    const config = JSON.parse(server.kubeconfig);
    const ca = Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString();
    const { token } = config.users[0].user;
    expect(config.clusters[0].cluster.server).toBe(server.secureUrl);
    const known = await get(`${server.secureUrl}/api/v1/namespaces`, { ca, token });
    expect(known.status).toBe(200);
    for (const wrong of ['wrong', `${token}x`]) {
      const refused = await get(`${server.secureUrl}/api/v1/namespaces`, { ca, token: wrong });
      expect(refused.status).toBe(401);
      expect(JSON.parse(refused.text).reason).toBe('Unauthorized');
    }
    // Who shows nothing may see that the server is well, and no more.
    expect((await get(`${server.secureUrl}/healthz`, { ca })).status).toBe(200);
    const stranger = await get(`${server.secureUrl}/api/v1/namespaces`, { ca });
    expect(JSON.parse(stranger.text).message).toContain('User "system:anonymous" cannot list resource "namespaces"');
  });

  it('refuse bodies above 3 MiB', async () => {
    const server = await start({ insecurePort: 0 });
    const url = `${server.insecureUrl}/api/v1/namespaces/default/configmaps`;
    const { status } = await get(url, { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 10, 0x20) });
    expect(status).toBe(413);
  });

  it('close at once with watches open, which end properly', async () => {
    const server = await start({ insecurePort: 0 });
    const { socket, text } = await openRaw(
      server.insecureUrl,
      'GET /api/v1/namespaces?watch=1 HTTP/1.1\r\nhost: x\r\n\r\n',
    );
    await new Promise((resolve) => socket.once('data', resolve));
    await server.close();
    expect(await text).toMatch(/"name":"kube-system"[\s\S]*\r\n0\r\n\r\n$/);
    await expect(get(`${server.insecureUrl}/healthz`)).rejects.toThrow();
  });

  it('close at once whatever else is connected: silence, half a request, half a TLS handshake', async () => {
    const server = await start({ insecurePort: 0, securePort: 0 });
    const ended: Promise<string>[] = [];
    for (const [url, first] of [
      [server.insecureUrl, ''],
      [server.insecureUrl, 'POST /api/v1/namespaces HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{'],
      [server.secureUrl, ''],
      [server.secureUrl, '\x16\x03\x01'],
    ] as const) {
      ended.push((await openRaw(url, first)).text);
    }
    await get(`${server.insecureUrl}/healthz`);
    // None of these ends by itself before its deadline of 20 seconds: a server that waited for one would be late for this.
    const late = new Promise((resolve) => setTimeout(resolve, 15_000, 'late').unref());
    expect(await Promise.race([server.close().then(() => Promise.all(ended)), late])).toHaveLength(4);
  });

  it('answer an upgrade of a path that has none as a plain request, with its body, and keep the connection', async () => {
    const server = await start({ insecurePort: 0, securePort: 0 });
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'upgraded' } });
    const upgrade = 'host: 127.0.0.1\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n';
    const head = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
    const post = `POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\n${upgrade}${head}\r\n${body}`;
    const { text } = await openRaw(server.insecureUrl, `${post}GET /healthz HTTP/1.1\r\n\r\n`);
    const answers = await text;
    expect(answers).toMatch(/^HTTP\/1\.1 201 [\s\S]*"name":"upgraded"/);
    // The second request has no host: its error is answered too.
    expect(answers).toMatch(/HTTP\/1\.1 400 Bad Request/);
  });

  it('answer many such upgrades on one connection without leaving listeners behind', async () => {
    const server = await start({ insecurePort: 0 });
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', onWarning);
    const plain = 'GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n';
    const upgrades = `${plain}connection: upgrade\r\nupgrade: h2c\r\n\r\n`.repeat(20);
    const { text } = await openRaw(server.insecureUrl, `${upgrades}${plain}connection: close\r\n\r\n`);
    expect((await text).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(21);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('answer the requests before an upgrade first', async () => {
    const server = await start({ insecurePort: 0 });
    const list = 'GET /apis HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n';
    const exec = 'POST /api/v1/namespaces/default/pods/none/exec HTTP/1.1\r\nhost: 127.0.0.1\r\n';
    const { text } = await openRaw(
      server.insecureUrl,
      `${list}${list}${exec}connection: upgrade\r\nupgrade: SPDY/3.1\r\n\r\n`,
    );
    expect((await text).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404']);
  });

  it('take a whole URL in the request line, as proxies send it', async () => {
    const { insecureUrl } = await start({ insecurePort: 0 });
    const { text } = await openRaw(
      insecureUrl,
      `GET ${insecureUrl}/healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    expect(await text).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok$/);
  });

  it('refuse a public host name where no authentication is asked for: a page whose name was made to point here', async () => {
    const server = await start({ insecurePort: 0, securePort: 0 });
    const ask = async (host: string, url = server.insecureUrl) =>
      (await get(`${url}/api/v1/secrets`, { headers: { host } })).status;
    for (const host of [
      '127.0.0.1:1',
      'localhost:8080',
      '[::1]:1',
      'api.localhost',
      'keelson',
      'host.docker.internal',
    ]) {
      expect({ host, status: await ask(host) }).toEqual({ host, status: 200 });
    }
    for (const host of [
      'rebound.example.com',
      'Rebound.Example.com.:8080',
      '127.0.0.1.example.com',
      '[::1].evil.com',
      '[rebound.example.com]',
      'a@rebound.example.com',
      'localhost:80:80',
    ]) {
      expect({ host, status: await ask(host) }).toEqual({ host, status: 403 });
    }
    const { token } = JSON.parse(server.kubeconfig).users[0].user;
    const own = { token, rejectUnauthorized: false, headers: { host: 'api.example.com' } };
    expect((await get(`${server.secureUrl}/api/v1/secrets`, own)).status).toBe(200);
  });

  it('refuse what a browser sends for a page of another origin, where a request needs no token', async () => {
    const server = await start({ insecurePort: 0, securePort: 0 });
    const { host } = new URL(server.insecureUrl ?? '');
    const ask = async (headers: { [name: string]: string }) =>
      (await get(`${server.insecureUrl}/api/v1/secrets`, { headers })).status;
    expect(await ask({ origin: 'https://evil.example.com' })).toBe(403);
    expect(await ask({ origin: 'null' })).toBe(403);
    expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await ask({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await ask({ 'sec-fetch-site': 'none' })).toBe(200);
    const crossing = { rejectUnauthorized: false, headers: { origin: 'https://evil.example.com' } };
    const { token } = JSON.parse(server.kubeconfig).users[0].user;
    expect((await get(`${server.secureUrl}/version`, crossing)).status).toBe(403);
    expect((await get(`${server.secureUrl}/version`, { ...crossing, token })).status).toBe(200);
  });

  it('answer a caller who may not write before they have read the body', async () => {
    const server = await start({ securePort: 0 });
    const head = [
      'POST /api/v1/namespaces/default/configmaps HTTP/1.1',
      'host: x',
      'content-type: application/json',
      'content-length: 1000000',
    ];
    const { port } = new URL(server.secureUrl ?? '');
    const socket = tlsConnect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
    socket.write(`${head.join('\r\n')}\r\n\r\n{`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 403 /);
    socket.destroy();
  });

  it('are named so that this machine can reach them, where they listen everywhere', async () => {
    const server = await start({ insecurePort: 0, insecureBindAddress: '0.0.0.0' });
    expect(server.insecureUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(JSON.parse(server.kubeconfig).clusters[0].cluster.server).toBe(server.insecureUrl);
  });

  it('say so when a port is taken, and leave nothing running', async () => {
    const first = await start({ insecurePort: 0 });
    const port = Number(first.insecureUrl?.split(':').at(-1));
    await expect(serve({ controllers: [], securePort: 0, insecurePort: port })).rejects.toThrow(/EADDRINUSE/);
  });
});

describe('the controllers', () => {
  it('empty and remove a deleted namespace, and make its service account', async () => {
    const server = await start({ insecurePort: 0, controllers: ['*'] });
    const ask = (method: string, path: string, body?: object) =>
      get(`${server.insecureUrl}${path}`, {
        method,
        ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      });
    await ask('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    expect((await ask('GET', '/api/v1/namespaces/shop/serviceaccounts/default')).status).toBe(200);
    await ask('POST', '/api/v1/namespaces/shop/configmaps', { metadata: { name: 'a' } });
    await ask('DELETE', '/api/v1/namespaces/shop');
    let left = 200;
    for (let i = 0; i < 100 && left !== 404; i++) ({ status: left } = await ask('GET', '/api/v1/namespaces/shop'));
    expect(left).toBe(404);
    expect(JSON.parse((await ask('GET', '/api/v1/namespaces/shop/configmaps')).text).items).toEqual([]);
  });

  it('are named as kube-controller-manager names them', async () => {
    expect(() => new ApiServer({ controllers: ['nonsense'] })).toThrow(/there is no controller 'nonsense'/);
  });
});

describe('an upgraded connection', () => {
  it('that is refused says that it closes if the request had a body, and stays open if not', async () => {
    const listener = await listen({
      takesUpgrade: () => true,
      handle: async () => ({ status: 400, headers: { 'content-length': '0' }, body: new Uint8Array() }),
    });
    const upgrade = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n';
    const withBody = await openRaw(listener.url, `POST / HTTP/1.1\r\n${upgrade}Content-Length: 2\r\n\r\n{}`);
    expect((await withBody.text).toLowerCase()).toContain('connection: close');
    const plain = `GET / HTTP/1.1\r\n${upgrade}\r\n`;
    const { socket, text } = await openRaw(listener.url, plain);
    await once(socket, 'data');
    socket.write(plain);
    await once(socket, 'data');
    socket.end();
    const answers = await text;
    expect(answers.match(/HTTP\/1.1 400/g)).toHaveLength(2);
    expect(answers.toLowerCase()).not.toContain('connection: close');
    await listener.close();
  });

  it('does not keep the port from closing once it has ended', async () => {
    const listener = await listen({
      takesUpgrade: () => true,
      handle: async () => ({
        status: 101,
        headers: {},
        body: new Uint8Array(),
        takeOver: async ({ socket }) => {
          socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
          await once(socket, 'finish');
        },
      }),
    });
    const upgrade = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
    const { text } = await openRaw(listener.url, upgrade);
    expect(await text).toContain('101 Switching Protocols');
    // The second that running answers get never passes: closing must not wait for it.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      await expect(listener.close()).resolves.toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });
});
