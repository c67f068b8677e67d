import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { fromKubeconfig } from '../../src/config/from-kubeconfig.js';
import { loadKubeconfig } from '../../src/config/kubeconfig.js';
import { type Dashboard, startDashboard } from '../../src/dashboard/start-dashboard.js';
import { type LocalServer, startServer } from '../../src/server/index.js';

const namespaces = '/clusters/local/api/v1/namespaces';
let folder = '';
let server: LocalServer;
let dashboard: Dashboard;
let code = '';
let cookie = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-dashboard-'));
  await mkdir(join(folder, 'page'));
  await writeFile(join(folder, 'page', 'index.html'), '<!doctype html><meta name="csp-nonce" content="__NONCE__">');
  server = await startServer();
  const kubeconfig = await loadKubeconfig([await server.writeKubeconfig(join(folder, 'kubeconfig'))]);
  dashboard = await startDashboard({
    address: '127.0.0.1',
    port: 0,
    contexts: [{ name: 'local', namespace: 'default', config: () => fromKubeconfig(kubeconfig) }],
    page: pathToFileURL(`${folder}/page/`),
    onCode: (next) => {
      code = next;
    },
  });
  const { headers } = await send('/session', { method: 'POST', body: dashboard.code });
  cookie = String(headers['set-cookie']).split(';')[0] ?? '';
});

afterAll(async () => {
  await dashboard.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

/** Sends a request with headers that `fetch` would not send, such as `Host` and `Origin`. */
function send(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const sent = httpRequest(`${dashboard.url}${path}`, { method, headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

describe('the session of a dashboard', () => {
  it('begins with a code that works once, in a cookie that scripts and other sites do not get', async () => {
    const used = await send('/session', { method: 'POST', body: dashboard.code });
    expect(used.status).toBe(403);
    const again = await send('/session', { method: 'POST', body: code.toLowerCase() });
    expect(again.status).toBe(204);
    expect(String(again.headers['set-cookie'])).toMatch(/^keelson-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
  });

  it('replaces the code after ten wrong ones', async () => {
    const before = code;
    for (let tries = 0; tries < 10; tries++) await send('/session', { method: 'POST', body: `WRONG-0000${tries}` });
    expect(code).not.toBe(before);
    expect((await send('/session', { method: 'POST', body: before })).status).toBe(403);
  });

  it('survives a browser that leaves in the middle of a sign-in', async () => {
    const headers = { 'content-length': '1000' };
    const left = httpRequest(`${dashboard.url}/session`, { method: 'POST', headers });
    left.on('error', () => {});
    await new Promise((resolve) => left.write('ABC', resolve));
    left.destroy();
    expect((await send('/contexts', { headers: { cookie } })).status).toBe(200);
  });

  it('is needed for the API, the contexts and the streams', async () => {
    for (const path of [namespaces, '/contexts', '/streams'])
      expect((await send(path, { headers: path === '/streams' ? upgrade : {} })).status).toBe(401);
    expect((await send(namespaces, { headers: { cookie } })).status).toBe(200);
  });

  it('ends when the user signs out', async () => {
    const { headers } = await send('/session', { method: 'POST', body: code });
    const own = String(headers['set-cookie']).split(';')[0] ?? '';
    expect((await send('/contexts', { headers: { cookie: own } })).status).toBe(200);
    await send('/session', { method: 'DELETE', headers: { cookie: own } });
    expect((await send('/contexts', { headers: { cookie: own } })).status).toBe(401);
  });
});

const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};

describe('the guard of a dashboard', () => {
  it.each([
    ['another host', { host: 'attacker.test' }],
    ['a page of another origin', { origin: 'http://127.0.0.1:1' }],
    ['a page without an origin', { origin: 'null' }],
    ['a page of another site, by its fetch metadata', { 'sec-fetch-site': 'cross-site' }],
    ['a page of another port, by its fetch metadata', { 'sec-fetch-site': 'same-site' }],
    ['an address that was typed, for the API', { 'sec-fetch-site': 'none' }],
  ])('refuses a request with a session from %s', async (_, headers) => {
    const all = { cookie, ...headers };
    expect((await send(namespaces, { headers: all })).status).toBe(403);
    const body = '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"stolen"}}';
    expect((await send(namespaces, { method: 'POST', headers: all, body })).status).toBe(403);
    expect((await send('/session', { method: 'POST', headers: all, body: code })).status).toBe(403);
    expect((await send('/streams', { headers: { ...all, ...upgrade } })).status).toBe(403);
  });

  it('gives no file of this machine, whatever the path', async () => {
    for (const path of [
      '/../kubeconfig',
      '/..%2fkubeconfig',
      '/assets/../kubeconfig',
      '//etc/passwd',
      '/assets/none.js',
    ]) {
      const { text } = await send(path);
      expect([path, /apiVersion|root:/.test(text)]).toEqual([path, false]);
    }
    expect((await send('/assets/none.js')).status).toBe(404);
  });
});

describe('the page of a dashboard', () => {
  it('comes for each of its routes, with a policy that allows nothing from elsewhere', async () => {
    const { status, headers, text } = await send('/c/local/list/core/pods');
    expect(status).toBe(200);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy.match(/'nonce-([^']+)'/)?.[1]).toBe(/content="([^"]+)"/.exec(text)?.[1]);
    expect((await send('/')).headers['content-security-policy']).not.toBe(policy);
  });
});

describe('the way to the API server', () => {
  it('takes the credentials of the kubeconfig, and none from the page', async () => {
    const headers = { cookie, authorization: 'Bearer nonsense', 'impersonate-user': 'nobody-at-all' };
    expect((await send(namespaces, { headers })).status).toBe(200);
  });

  it('makes the browser treat an answer of the cluster as a page of no origin', async () => {
    const { headers } = await send(namespaces, { headers: { cookie } });
    expect(headers['content-security-policy']).toBe('sandbox');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
  });

  it('forwards ports of pods and services only', async () => {
    for (const body of ['', '{}', '[]', '{"context":"local","plural":"nodes","namespace":"a","name":"b","port":1}']) {
      expect((await send('/previews', { method: 'POST', headers: { cookie }, body })).status).toBe(422);
      expect((await send('/previews', { method: 'POST', body })).status).toBe(401);
    }
  });

  it('knows the contexts that it was given only', async () => {
    expect((await send('/contexts', { headers: { cookie } })).text).toBe(
      '{"contexts":[{"name":"local","namespace":"default"}]}',
    );
    expect((await send('/clusters/other/api/v1/namespaces', { headers: { cookie } })).status).toBe(404);
  });

  it('carries several watches over one connection, and closes one alone', async () => {
    const socket = new WebSocket(`${dashboard.url.replace('http', 'ws')}/streams`, {
      headers: { cookie, origin: dashboard.url },
    });
    const received: { id: number; status?: number; data?: string; end?: true }[] = [];
    socket.on('message', (data) => received.push(JSON.parse(String(data))));
    await new Promise((resolve) => socket.once('open', resolve));
    const path = '/api/v1/namespaces?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
    for (const id of [1, 2]) socket.send(JSON.stringify({ id, context: 'local', path }));
    socket.send(JSON.stringify({ id: 3, context: 'other', path }));
    const of = (id: number) => received.filter((one) => one.id === id);
    await expect.poll(() => of(2).some(({ data }) => data?.includes('"kube-system"'))).toBe(true);
    await expect.poll(() => of(3).map(({ status }) => status)).toEqual([404, undefined]);
    socket.send(JSON.stringify({ id: 1 }));
    await expect.poll(() => of(1).at(-1)?.end).toBe(true);
    expect(of(2).at(-1)?.end).toBeUndefined();
    socket.close();
  });
});
