import { createServer, get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { gzipSync } from 'node:zlib';
import { isConfigError, isInvalidRequestError } from 'keelson';
import { type ProxyServer, startProxy } from 'keelson/proxy';
import { startServer } from 'keelson/server';
import { afterEach, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/proxy.js';
import { ProxyFlags } from '../../src/cli/proxy-flags.js';
import { impersonationHeaders } from '../../src/config/impersonation.js';
import { exchange } from './raw-exchange.js';
import { ScriptedBackend } from './scripted-backend.js';

const closing: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one[Symbol.asyncDispose]();
});
function closed<T extends AsyncDisposable>(one: T): T {
  closing.push(one);
  return one;
}

const proxyTo = async (server: string, options: object = {}): Promise<ProxyServer> =>
  closed(await startProxy({ server, token: 'ours', port: 0, ...options }));
const portOf = ({ url = '' }: ProxyServer) => Number(new URL(url).port);

describe('credentials', () => {
  test("are the kubeconfig's, and the request's own go before them", async () => {
    const backend = closed(await ScriptedBackend.start());
    const proxy = await proxyTo(backend.url, { impersonate: { user: 'joe', groups: ['dev'] } });
    await fetch(`${proxy.url}/version`);
    await fetch(`${proxy.url}/version`, { headers: { authorization: 'Bearer mine', 'impersonate-user': 'bob' } });
    const shown = backend.seen.map(({ headers }) => [headers.authorization, headers['impersonate-user'], headers.host]);
    const host = new URL(backend.url).host;
    expect(shown).toEqual([
      ['Bearer ours', 'joe', host],
      ['Bearer mine', 'bob', host],
    ]);
    expect(backend.seen[0]?.headers['x-forwarded-for']).toBe('127.0.0.1');
    expect(backend.seen[0]?.headers['impersonate-group']).toBe('dev');
  });

  test('name the user to impersonate as the client does, whatever the text', async () => {
    const backend = closed(await ScriptedBackend.start());
    const identity = { user: 'zoë', extra: { 'example.com/Team ö': ['a', 'b'] } };
    const proxy = await proxyTo(backend.url, { impersonate: identity });
    await fetch(`${proxy.url}/version`);
    const { headers = {} } = backend.seen[0] ?? {};
    const names = Object.keys(headers).filter((name) => name.startsWith('impersonate-'));
    // Node joins what it receives more than once.
    const sent = Object.fromEntries(names.map((name) => [name, headers[name]]));
    const expected = Object.entries(impersonationHeaders(identity)).map(([name, values]) => [
      name.toLowerCase(),
      [values].flat().join(', '),
    ]);
    expect(sent).toEqual(Object.fromEntries(expected));
  });
});

describe('bodies', () => {
  test('arrive as they are sent, chunk by chunk: a watch is not buffered', async () => {
    await using server = await startServer();
    const proxy = await proxyTo(server.url ?? '');
    const cluster = await server.connect();
    const path = '/api/v1/namespaces/default/configmaps?watch=1&fieldSelector=metadata.name=live';
    const answer = await new Promise<IncomingMessage>((resolve) => httpGet(`${proxy.url}${path}`, resolve));
    const lines = answer[Symbol.asyncIterator]();
    const maps = (await import('keelson/k8s')).ConfigMap;
    for (const step of ['1', '2']) {
      const map = { metadata: { name: 'live' }, data: { step } };
      await cluster.resource(maps).in('default').apply(map, { manager: 'me' });
      expect(String((await lines.next()).value)).toContain(`"step":"${step}"`);
    }
    answer.destroy();
  });

  test('are unpacked for a client that did not ask for gzip, and left alone for one that did', async () => {
    const packed = gzipSync('hello');
    const backend = createServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed));
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    const proxy = await proxyTo(`http://127.0.0.1:${(backend.address() as AddressInfo).port}`);
    const to = { host: '127.0.0.1', port: portOf(proxy) };
    const plain = await exchange(to, { method: 'GET', path: '/', host: 'localhost' });
    expect(plain.body).toBe('hello');
    expect(plain.headers.map(([name]) => name)).not.toContain('content-encoding');
    const asked = await exchange(to, {
      method: 'GET',
      path: '/',
      host: 'localhost',
      headers: { 'Accept-Encoding': 'gzip' },
    });
    expect(asked.headers).toContainEqual(['content-encoding', 'gzip']);
    backend.closeAllConnections();
    backend.close();
  });

  test('of requests may be sent in chunks', async () => {
    const backend = closed(await ScriptedBackend.start());
    const proxy = await proxyTo(backend.url);
    const request = httpRequest(`${proxy.url}/x`, { method: 'POST' });
    const answered = new Promise((resolve) => request.once('response', resolve));
    request.write('one ');
    request.end('two');
    await answered;
    expect(backend.seen[0]).toMatchObject({ method: 'POST', body: 'one two' });
  });
});

describe('upgrades', () => {
  test('pass bytes both ways, with the credentials', async () => {
    const backend = closed(await ScriptedBackend.start());
    backend.response = {
      status: 101,
      headers: [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
      ],
    };
    const proxy = await proxyTo(backend.url, { keepaliveMs: 1000 });
    const socket = connectTcp(portOf(proxy), '127.0.0.1', () => {
      socket.write('GET /a?b=c HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly ');
    });
    let received = '';
    for await (const chunk of socket) {
      received += String(chunk);
      if (received.endsWith('early ')) socket.write('later');
      if (received.endsWith('later')) break;
    }
    expect(received).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\nearly later$/s);
    expect(backend.seen[0]).toMatchObject({ url: '/a?b=c', headers: { authorization: 'Bearer ours' } });
  });
});

describe('a server out of reach', () => {
  test.each([{}, { Connection: 'Upgrade', Upgrade: 'websocket' }])(
    'is a 500 in the words of kubectl: %j',
    async (headers) => {
      const gone = await ScriptedBackend.start();
      const { url } = gone;
      await gone[Symbol.asyncDispose]();
      const proxy = await proxyTo(url);
      const to = { host: '127.0.0.1', port: portOf(proxy) };
      const answer = await exchange(to, { method: 'GET', path: '/version', host: 'localhost', headers });
      const text = `dial tcp ${new URL(url).host}: connect: connection refused\n`;
      expect(answer).toMatchObject({
        status: 500,
        body: 'Connection' in headers ? `error dialing backend: ${text}` : text,
      });
    },
  );
});

describe('startProxy', () => {
  test('closes its port and its connections', async () => {
    const backend = closed(await ScriptedBackend.start());
    const proxy = await startProxy({ server: backend.url, port: 0 });
    const socket = connectTcp(portOf(proxy), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await proxy.close();
    await ended;
    await expect(fetch(`${proxy.url}/`)).rejects.toThrow();
  });

  test('names the address of a port that is taken', async () => {
    const backend = closed(await ScriptedBackend.start());
    const port = Number(new URL(backend.url).port);
    const error = await startProxy({ server: backend.url, port }).catch((thrown: unknown) => thrown);
    expect(isConfigError(error)).toBe(true);
    expect(String(error)).toContain(`cannot listen on address 127.0.0.1 and port ${port}: EADDRINUSE`);
  });

  test('refuses patterns that are not valid, and matches others in linear time', async () => {
    const backend = closed(await ScriptedBackend.start());
    const error = await startProxy({ server: backend.url, acceptHosts: '(' }).catch((thrown: unknown) => thrown);
    expect(isInvalidRequestError(error)).toBe(true);
    expect(String(error)).toContain('cannot use acceptHosts "("');
    const proxy = await proxyTo(backend.url, { rejectPaths: '^/(a+)+$' });
    const answer = await fetch(`${proxy.url}/${'a'.repeat(5000)}b`);
    expect(answer.status).toBe(200);
    expect((await fetch(`${proxy.url}/${'a'.repeat(5000)}`)).status).toBe(403);
  });
});

describe('the flags of keelson proxy', () => {
  test.each([
    [['--logtostderr'], 'cannot use --logtostderr: kubectl 1.36 does not have it any more'],
    [['--api-version=v1'], 'cannot use --api-version: kubectl 1.36 does not have it any more'],
    [['--request-timeout=5s'], 'cannot use --request-timeout: it has no effect on this proxy'],
    [['--nope'], 'unknown flag: --nope'],
    [['-x'], "unknown shorthand flag: 'x' in -x"],
    [['--port'], 'flag needs an argument: --port'],
    [['--keepalive=abc'], 'invalid argument "abc" for --keepalive'],
    [['--disable-filter=maybe'], 'invalid argument "maybe" for --disable-filter'],
  ])('%j are refused by name', (args, message) => {
    expect(() => new ProxyFlags(args)).toThrow(message);
  });

  test('are read as kubectl reads them', () => {
    const flags = new ProxyFlags([
      '-p8002',
      '-w',
      './site',
      '-P=/files/',
      '--disable-filter',
      '--keepalive',
      '1m30s',
      'x',
    ]);
    expect([flags.int('port'), flags.text('www'), flags.text('www-prefix')]).toEqual([8002, './site', '/files/']);
    expect([flags.bool('disable-filter'), flags.duration('keepalive')]).toEqual([true, 90_000]);
  });

  test('replace single fields of the kubeconfig, and --match-server-version ends on another version', async () => {
    const backend = closed(await ScriptedBackend.start());
    backend.response = { status: 200, headers: [], body: '{"major":"1","minor":"30"}' };
    const written: string[] = [];
    const { vi } = await import('vitest');
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const args = [
      `--server=${backend.url}`,
      '--token=t',
      '--kubeconfig=/nowhere',
      '--match-server-version',
      '--port=0',
    ];
    expect(await run(args)).toBe(1);
    vi.restoreAllMocks();
    expect(written.join('')).toContain('server version (1.30) differs from client version (1.36)');
    expect(backend.seen[0]?.headers.authorization).toBe('Bearer t');
  });
});
