import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pod } from '../../generated/core/v1.js';
import type { Gateway } from '../../src/gateway/gateway-options.js';
import { createGateway } from '../../src/gateway/index.js';
import type { Cluster } from '../../src/sdk/index.js';
import { type LocalServer, startServer } from '../../src/testing/index.js';
import { launchBrowser, noBrowser } from '../helpers/browser.js';
import { ROOT } from '../helpers/repo.js';

async function bundle(entry: string): Promise<string> {
  const sources = (path: string) => join(ROOT, path.replace('keelson/browser', 'src/browser/index'));
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'test/browser', entry)],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    write: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'sources',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^keelson\// }, ({ path }) => ({
            path: `${sources(path.replace('keelson/k8s', 'generated'))}.ts`,
          })),
      },
    ],
  });
  return outputFiles[0]?.text ?? '';
}

describe.skipIf(noBrowser !== '')(`a page in a browser${noBrowser}`, () => {
  const sockets = new Set<Socket>();
  let local: LocalServer;
  let cluster: Cluster;
  let gateway: Gateway;
  let server: Server;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    const [pageText, workerText] = await Promise.all([bundle('page-entry.ts'), bundle('worker-entry.ts')]);
    const files: Readonly<Record<string, string>> = {
      '/page.js': pageText,
      '/worker.js': workerText,
      '/': '<!doctype html><div id="root"></div><script src="/page.js"></script>',
    };
    server = createServer(({ url: path = '' }, response) => {
      response.setHeader('content-type', path === '/' ? 'text/html' : 'text/javascript');
      response.end(files[path] ?? '');
    });
    local = await startServer({ listen: false });
    cluster = await local.connect();
    for (const name of ['a', 'b', 'c', 'd'])
      await cluster
        .resource(Pod)
        .in('default')
        .create({ metadata: { name }, spec: { containers: [{ name: 'web', image: 'web' }] } });
    gateway = createGateway({
      cluster,
      authenticate: () => ({ user: 'admin', groups: ['system:masters'] }),
      resources: [Pod],
      path: '/live',
    });
    server.on('upgrade', (request, socket, head) => {
      sockets.add(request.socket);
      gateway.upgrade(request, socket, head);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await launchBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
    await new Promise((resolve) => server?.close(resolve));
    await local?.close();
  });

  it('shows a live query with React, and resumes it after a lost connection', async () => {
    const shown = await browser.newPage();
    await shown.goto(url);
    await shown.getByRole('heading', { name: 'live 4' }).waitFor();
    expect(await shown.getByRole('paragraph').allTextContents()).toEqual(['default/a', 'default/b', 'default/c']);
    for (const socket of sockets) socket.destroy();
    await cluster.resource(Pod).in('default').delete('a', { gracePeriodSeconds: 0 });
    await shown.getByRole('heading', { name: 'live 3' }).waitFor();
    expect(await shown.getByRole('paragraph').allTextContents()).toEqual(['default/b', 'default/c', 'default/d']);
    await shown.close();
  });

  it('runs in a worker', async () => {
    const shown = await browser.newPage();
    await shown.goto(url);
    const told = await shown.evaluate(
      (script) =>
        new Promise<unknown>((resolve) => {
          const { Worker } = globalThis as unknown as {
            Worker: new (script: string) => { onmessage: (event: { data: unknown }) => void };
          };
          new Worker(script).onmessage = ({ data }) => resolve(data);
        }),
      '/worker.js',
    );
    const { items } = await cluster.resource(Pod).in('default').list().page();
    expect(told).toBe(`live ${items.length}`);
    await shown.close();
  });

  it('is the only one that gets a connection: pages of other origins do not', async () => {
    const open = (address: string) => {
      const { WebSocket } = globalThis as unknown as {
        WebSocket: new (url: string, protocol: string) => { onopen?: () => void; onerror?: () => void };
      };
      return new Promise<string>((resolve) => {
        const socket = new WebSocket(address, 'keelson.gateway.v1');
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('refused');
      });
    };
    const shown = await browser.newPage();
    const address = `${url.replace('http', 'ws')}live`;
    await shown.goto(url);
    expect(await shown.evaluate(open, address)).toBe('open');
    await shown.goto(url.replace('127.0.0.1', 'localhost'));
    expect(await shown.evaluate(open, address)).toBe('refused');
    await shown.close();
  });
});
