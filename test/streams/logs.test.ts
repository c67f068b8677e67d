import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { connect } from 'keelson';
import { Pod, Service } from 'keelson/k8s';
import { describe, expect, test } from 'vitest';
import { type LogLine, logLines } from '../../src/streams/log-lines.js';
import { StreamPeer } from '../helpers/stream-peer.js';

async function linesOf(chunks: Iterable<Uint8Array>, maxLineBytes = 1000, timestamps = false): Promise<LogLine[]> {
  async function* source() {
    yield* chunks;
  }
  const lines: LogLine[] = [];
  for await (const line of logLines(source(), { timestamps, maxLineBytes })) lines.push(line);
  return lines;
}

describe('the lines of a log', () => {
  test('are whole, wherever the chunks are cut', async () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\n') && !/\p{Surrogate}/u.test(one)),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (lines, cuts) => {
        const bytes = Buffer.from(`${lines.join('\n')}\n`);
        const chunks: Buffer[] = [];
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const length = cuts[n % cuts.length] ?? 1;
          chunks.push(bytes.subarray(at, at + length));
          at += length;
        }
        expect((await linesOf(chunks)).map((line) => line.text)).toEqual(lines);
      }),
    );
  });

  test('are bounded', async () => {
    const lines = await linesOf([Buffer.from('abcdefgh\nxy')], 3);
    expect(lines).toEqual([
      { text: 'abc', partial: true },
      { text: 'def', partial: true },
      { text: 'gh' },
      { text: 'xy' },
    ]);
    expect((await linesOf([Buffer.from('ab€d\n')], 3)).map(({ text }) => text)).toEqual(['ab', '€', 'd']);
  });

  test('have their time', async () => {
    const [line] = await linesOf([Buffer.from('2026-01-02T03:04:05.123456789Z hello\n')], 1000, true);
    expect(line).toEqual({ text: 'hello', time: '2026-01-02T03:04:05.123456789Z' });
  });
});

const status = { phase: 'Running', containerStatuses: [{ name: 'app', containerID: 'c1', state: { running: {} } }] };
const pod = (name: string) => ({
  metadata: { name, uid: name, namespace: 'shop', resourceVersion: '1' },
  spec: { containers: [{ name: 'app' }] },
  status,
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://x');
  const [, name] = /\/pods\/([^/]+)/.exec(url.pathname) ?? [];
  if (url.pathname.endsWith('/log')) {
    response.setHeader('content-type', 'text/plain').end(`one of ${name}\ntwo of ${name}\n`);
    return;
  }
  const body =
    name === undefined
      ? { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [pod('a'), pod('b')] }
      : pod(name);
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}

describe('logs', () => {
  test('come as lines, as text and as bytes', async () => {
    await using peer = await StreamPeer.start({ answer });
    await using cluster = await connect({ server: peer.url });
    const pods = cluster.resource(Pod).in('shop');
    const lines: string[] = [];
    for await (const { text } of pods.logs('a')) lines.push(text);
    expect(lines).toEqual(['one of a', 'two of a']);
    expect(await pods.logs('a', { tail: 5 }).text()).toBe('one of a\ntwo of a\n');
    expect(await new Response(await pods.logs('a').bytes()).text()).toBe('one of a\ntwo of a\n');
  });

  test('ask with every field of PodLogOptions', async () => {
    await using peer = await StreamPeer.start({ answer });
    await using cluster = await connect({ server: peer.url });
    const options = {
      container: 'app',
      follow: true,
      previous: true,
      tail: 3,
      sinceSeconds: 60,
      sinceTime: new Date(0),
      timestamps: true,
      limitBytes: 9,
      insecureSkipTLSVerifyBackend: true,
    };
    await cluster.resource(Pod).in('shop').logs('a', options).text();
    const query = new URL(peer.requests.at(-1)?.split(' ')[1] ?? '', 'http://x').searchParams;
    expect(Object.fromEntries(query)).toEqual({
      container: 'app',
      follow: 'true',
      previous: 'true',
      tailLines: '3',
      sinceSeconds: '60',
      sinceTime: '1970-01-01T00:00:00.000Z',
      timestamps: 'true',
      limitBytes: '9',
      insecureSkipTLSVerifyBackend: 'true',
    });
  });

  test('can be read once', async () => {
    await using peer = await StreamPeer.start({ answer });
    await using cluster = await connect({ server: peer.url });
    const log = cluster.resource(Pod).in('shop').logs('a');
    await log.text();
    await expect(log.text()).rejects.toThrow('read once');
  });

  test('of many pods come as one stream', async () => {
    await using peer = await StreamPeer.start({ answer });
    await using cluster = await connect({ server: peer.url });
    const lines: string[] = [];
    for await (const { pod: name, container, text } of cluster.logs({ namespace: 'shop', labels: { app: 'web' } })) {
      lines.push(`${name}/${container}: ${text}`);
    }
    expect(lines.sort()).toEqual(['a/app: one of a', 'a/app: two of a', 'b/app: one of b', 'b/app: two of b']);
  });
});

describe('a proxy', () => {
  test('fetches as fetch does', async () => {
    const seen: IncomingMessage[] = [];
    await using peer = await StreamPeer.start({
      answer: (request, response) => {
        seen.push(request);
        response.writeHead(404, { 'x-backend': 'yes' });
        request.pipe(response);
      },
    });
    await using cluster = await connect({ server: peer.url, token: 'tok' });
    const proxy = cluster.resource(Service).in('shop').proxy('web', { port: 'http', scheme: 'https' });
    const response = await proxy.fetch('/a/b?c=d', {
      method: 'POST',
      body: 'sent',
      headers: { authorization: 'mine', 'x-own': '1' },
    });
    expect([response.status, response.headers.get('x-backend'), await response.text()]).toEqual([404, 'yes', 'sent']);
    expect(seen[0]?.url).toBe('/api/v1/namespaces/shop/services/https:web:http/proxy/a/b?c=d');
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer tok', 'x-own': '1' });
    expect((await proxy.fetch('/x', { method: 'HEAD' })).body).toBeNull();
  });
});
