import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { ClientMessage } from '../../src/browser/protocol.js';
import { launchBrowser, noBrowser } from '../helpers/browser.js';
import { ROOT } from '../helpers/repo.js';
import { FakeRows } from './fake-gateway.js';

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
  const rows = new FakeRows();
  let server: Server;
  let sockets: WebSocketServer;
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
    sockets = new WebSocketServer({ server, path: '/live', handleProtocols: (offered) => [...offered][0] ?? false });
    sockets.on('connection', (socket) => {
      socket.on('message', (data) => {
        const answer = rows.take(JSON.parse(String(data)) as ClientMessage);
        if (answer !== undefined) socket.send(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await launchBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    for (const client of sockets?.clients ?? []) client.terminate();
    sockets?.close();
    await new Promise((resolve) => server?.close(resolve));
  });

  it('shows a live query with React, and resumes it after a lost connection', async () => {
    for (const key of ['a', 'b', 'c', 'd']) rows.rows.set(key, 1);
    const shown = await browser.newPage();
    await shown.goto(url);
    await shown.getByRole('heading', { name: 'live 4' }).waitFor();
    expect(await shown.getByRole('paragraph').allTextContents()).toEqual(['a', 'b', 'c']);
    rows.rows.delete('a');
    rows.forget();
    for (const client of sockets.clients) client.terminate();
    await shown.getByRole('heading', { name: 'live 3' }).waitFor();
    expect(await shown.getByRole('paragraph').allTextContents()).toEqual(['b', 'c', 'd']);
    await shown.close();
  });

  it('runs in a worker', async () => {
    rows.forget();
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
    expect(told).toBe(`live ${rows.rows.size}`);
    await shown.close();
  });
});
