import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningServer, serve } from '../../src/server/serve.js';
import { makeCertificate } from '../../src/x509/certificate.js';
import { launchBrowser, noBrowser } from '../helpers/browser.js';

const configMaps = '/api/v1/namespaces/default/configmaps';
const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'written-' } });
const rebound = 'attacker.test';

/** Ways in which a page can send a POST to another origin without asking that origin first. Each resolves when the browser is done. */
const attacks: { readonly [way: string]: (page: Page, url: string) => Promise<unknown> } = {
  'fetch of text': (page, url) =>
    page.evaluate(([to, text]) => fetch(to, { method: 'POST', mode: 'no-cors', body: text }).then(String, String), [
      url,
      body,
    ] as const),
  'fetch without a content type': (page, url) =>
    page.evaluate(
      ([to, text]) => fetch(to, { method: 'POST', mode: 'no-cors', body: new Blob([text]) }).then(String, String),
      [url, body] as const,
    ),
  'fetch with credentials': (page, url) =>
    page.evaluate(
      ([to, text]) =>
        fetch(to, { method: 'POST', mode: 'no-cors', credentials: 'include', body: new Blob([text]) }).then(
          String,
          String,
        ),
      [url, body] as const,
    ),
  'fetch that asks for CORS': (page, url) =>
    page.evaluate(([to, text]) => fetch(to, { method: 'POST', body: new Blob([text]) }).then(String, String), [
      url,
      body,
    ] as const),
  'a form in text/plain': async (page, url) => {
    // The name and value are sent as `name=value`: the equals sign ends up within a string of the JSON text.
    const name = body.replace(/\}$/, ',"data":{"a":"').replaceAll('"', '&quot;');
    const input = `<input name="${name}" value="&quot;}}">`;
    await page.setContent(`<form method="POST" enctype="text/plain" action="${url}">${input}</form>`);
    const [response] = await Promise.all([
      page.waitForEvent('response', (one) => one.url() === url),
      page.evaluate('document.forms[0].submit()'),
    ]);
    return response.status();
  },
};

describe.skipIf(noBrowser !== '')(`a hostile page in a browser${noBrowser}`, () => {
  let folder: string;
  let server: RunningServer;
  let hostile: Server;
  let hostileUrl: string;
  let browser: Browser;
  let context: BrowserContext;
  let admin: { readonly cert: Buffer; readonly key: Buffer };
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keelson-hostile-'));
    const certificate = { serial: randomBytes(8), now: Date.now() };
    const ca = makeCertificate({ ...certificate, commonName: 'clients', use: 'ca' });
    const issued = makeCertificate(
      { ...certificate, commonName: 'admin', organizations: ['system:masters'], use: 'client' },
      ca,
    );
    const clientCaFile = join(folder, 'ca.pem');
    await writeFile(clientCaFile, ca.certificate);
    server = await serve({ controllers: [], insecurePort: 0, securePort: 0, clientCaFile });
    hostile = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>hostile</title><body></body>');
    });
    await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
    hostileUrl = `http://127.0.0.1:${(hostile.address() as AddressInfo).port}/`;
    admin = { cert: Buffer.from(issued.certificate), key: Buffer.from(issued.privateKey) };
    await startBrowser();
  }, 90_000);

  async function startBrowser(): Promise<void> {
    browser = await launchBrowser(`--host-resolver-rules=MAP ${rebound} 127.0.0.1`);
    context = await browser.newContext({
      ignoreHTTPSErrors: true,
      clientCertificates: [{ origin: server.secureUrl ?? '', ...admin }],
    });
  }

  /** Opens an empty page. A browser that hangs is left behind, and another one is started. */
  async function openPage(): Promise<Page> {
    const stalled = new AbortController();
    const opened = await Promise.race([
      context.newPage(),
      setTimeout(20_000, undefined, { signal: stalled.signal }).catch(() => undefined),
    ]);
    stalled.abort();
    if (opened) return opened;
    browser.close().catch(() => undefined);
    await startBrowser();
    return context.newPage();
  }

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => hostile?.close(resolve));
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    page = await openPage();
  }, 90_000);

  /** Counts the config maps that a page created. */
  async function written(): Promise<number> {
    const { body: listed } = await server.api.handle({ method: 'GET', path: configMaps, headers: {} });
    const text =
      listed instanceof Uint8Array ? new TextDecoder().decode(listed) : await new Response(listed as never).text();
    return [...text.matchAll(/"name":"written-/g)].length;
  }

  const ports = ['insecureUrl', 'secureUrl'] as const;

  describe.each(ports)('on the port %s', (port) => {
    it.each(Object.keys(attacks))('writes nothing by %s', async (way) => {
      const before = await written();
      await page.goto(hostileUrl);
      await attacks[way]?.(page, `${server[port]}${configMaps}`);
      expect(await written()).toBe(before);
    });

    it('reads nothing', async () => {
      await page.goto(hostileUrl);
      const read = page.evaluate(
        (url) => fetch(url, { credentials: 'include' }).then((one) => one.text()),
        `${server[port]}${configMaps}`,
      );
      await expect(read).rejects.toThrow(/Failed to fetch/);
    });
  });

  it('reads and writes nothing under a name that was made to point to this machine', async () => {
    const url = `http://${rebound}:${new URL(server.insecureUrl ?? '').port}`;
    // Playwright sends the requests of a context with client certificates through a proxy, which resolves names by itself.
    const plain = await browser.newContext();
    const before = await written();
    const other = await plain.newPage();
    const response = await other.goto(`${url}${configMaps}`);
    expect(response?.status()).toBe(403);
    const status = await other.evaluate(
      ([to, text]) => fetch(to, { method: 'POST', body: text }).then((one) => one.status),
      [configMaps, body] as const,
    );
    expect([status, await written()]).toEqual([403, before]);
    await plain.close();
  });

  it.each(ports)('writes where the page is of the same origin: %s can be reached from the browser', async (port) => {
    const before = await written();
    await page.goto(`${server[port]}/version`);
    const status = await page.evaluate(
      ([to, text]) => fetch(to, { method: 'POST', body: new Blob([text]) }).then((one) => one.status),
      [configMaps, body] as const,
    );
    expect([status, await written()]).toEqual([201, before + 1]);
  });
});
