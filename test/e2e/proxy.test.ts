import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProxy } from '../../src/proxy/index.js';
import { type RunningServer, serve } from '../../src/server/serve.js';
import { realClients } from '../helpers/real-clients.js';
import { exchange, type RecordedRequest } from '../proxy/raw-exchange.js';

const programs = realClients();

const hosts = ['localhost', 'localhost:99', '127.0.0.1', '[::1]', '[::1]:8001', '::1', 'LOCALHOST', 'evil.com', ''];
const paths = [
  ...['/version', '/api', '/api/', '/apis', '/', '/healthz', '/nope', '/api/v1/namespaces/default'],
  ...['/api/v1/namespaces/nope', '/api/v1/namespaces/default/pods/x/exec', '/api/v1/namespaces/default/pods/x/attach'],
  ...['/api/v1/namespaces/default/pods/x/%65xec', '/api/v1/namespaces/default/pods/exec', '/apis/x/pods/y/exec'],
  ...['/api/v1/namespaces/default/pods/a%2Fb', '/api/v1/namespaces?labelSelector=a%3Db', '/api/v1/namespaces?limit=1&'],
  ...['/files/', '/files/a.txt', '/files/sub/', '/files/sub', '/files/sub/index.html', '/files/nope', '/files/empty/'],
  ...[
    '/files/..%2f..%2fetc/passwd',
    '/files/a.txt/',
    '/files/odd%20name%26.html',
    '/files/a.txt?x=1',
    '/files/data.bin',
  ],
];
const requests: RecordedRequest[] = [
  ...paths.map((path) => ({ method: 'GET', path, host: 'localhost' })),
  ...hosts.map((host) => ({ method: 'GET', path: '/healthz', host })),
  ...['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'FOO', 'post'].map((method) => ({
    method,
    path: '/healthz',
    host: 'localhost',
  })),
  ...['HEAD', 'POST', 'PUT'].map((method) => ({ method, path: '/files/a.txt', host: 'evil.com' })),
  ...['bytes=0-3', 'bytes=2-', 'bytes=-3', 'bytes=90-', 'bytes=x'].map((Range) => ({
    method: 'GET',
    path: '/files/a.txt',
    host: 'localhost',
    headers: { Range },
  })),
  ...[{ Origin: 'http://evil.example' }, { 'X-Remote-User': 'bob' }, { Authorization: 'Bearer wrong' }].map(
    (headers) => ({
      method: 'GET',
      path: '/api/v1/namespaces/default',
      host: 'localhost',
      headers,
    }),
  ),
  ...[{ 'Impersonate-User': 'jane' }, { 'Impersonate-User': 'jane', 'Impersonate-Group': 'system:masters' }].map(
    (headers) => ({ method: 'GET', path: '/api/v1/namespaces/default', host: 'localhost', headers }),
  ),
  ...['/api/v1/namespaces', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'].map((path) => ({
    method: 'POST',
    path: `${path}?dryRun=All`,
    host: 'localhost',
    headers: { 'Content-Type': 'application/json' },
    body: '{"metadata":{"name":"made-here"},"spec":{}}',
  })),
];

describe.skipIf(programs === undefined)('keelson proxy and kubectl proxy', { timeout: 60_000 }, () => {
  let server: RunningServer;
  let folder = '';
  let kubectl: ChildProcess | undefined;
  const port = { kubectl: 0, keelson: 0 };
  let close: () => Promise<void> = async () => {};

  beforeAll(async () => {
    server = await serve({ securePort: 0, controllers: [] });
    folder = await mkdtemp(join(tmpdir(), 'keelson-proxies-'));
    const [kubeconfig, www] = [join(folder, 'kubeconfig'), join(folder, 'www')];
    await writeFile(kubeconfig, server.kubeconfig);
    await mkdir(join(www, 'sub'), { recursive: true });
    await mkdir(join(www, 'empty'));
    await writeFile(join(www, 'a.txt'), 'file a\n');
    await writeFile(join(www, 'sub', 'index.html'), '<p>index</p>\n');
    await writeFile(join(www, 'odd name&.html'), '<p>odd</p>\n');
    await writeFile(join(www, 'data.bin'), Buffer.from([0, 1, 2, 3]));
    const proxy = await startProxy({ kubeconfig, port: 0, www, wwwPrefix: '/files/' });
    close = () => proxy.close();
    port.keelson = Number(new URL(proxy.url ?? '').port);
    const child = spawn(programs?.kubectl ?? '', ['proxy', '--port=0', `--www=${www}`, '--www-prefix=/files/'], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    kubectl = child;
    for await (const chunk of child.stdout) {
      port.kubectl = Number(/127\.0\.0\.1:(\d+)/.exec(String(chunk))?.[1] ?? 0);
      if (port.kubectl > 0) break;
    }
  });
  afterAll(async () => {
    kubectl?.kill();
    await close();
    await server.close();
    await rm(folder, { recursive: true });
  });

  test('there are 60 requests and more', () => {
    expect(requests.length).toBeGreaterThanOrEqual(60);
  });

  test.each(requests.map((request) => [JSON.stringify(request), request] as const))(
    'answer %s alike',
    async (_, request) => {
      const shown = async (at: number) => {
        const { headers, body, ...rest } = await exchange({ host: '127.0.0.1', port: at }, request);
        // Such as the time, and the name that a request is remembered by.
        const text = body?.replace(/"(uid|resourceVersion|creationTimestamp|time|manager)":"[^"]*"/g, '"$1":"…"');
        return { ...rest, body: text, headers: headers.filter(([name]) => !name.startsWith('x-kubernetes-pf')) };
      };
      expect(await shown(port.keelson)).toEqual(await shown(port.kubectl));
    },
  );
});
