import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ProxiedCluster, tokens } from '../../helpers/streams/proxied-cluster.js';

const pods = '/api/v1/namespaces/hs/pods';

let cluster: ProxiedCluster;
beforeAll(async () => {
  cluster = await ProxiedCluster.start();
});
afterAll(() => cluster[Symbol.asyncDispose]());

interface Options extends RequestOptions {
  readonly body?: Buffer;
  readonly token?: string;
}

async function ask(path: string, { body, token = tokens.admin, ...options }: Options = {}): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${token}`, ...options.headers };
  const sent = httpsRequest(`${cluster.url}${path}`, { ...options, headers, rejectUnauthorized: false });
  sent.end(body);
  const [response] = await once(sent, 'response');
  return response;
}

async function upgrade(path: string, protocol: string, url = cluster.url): Promise<Duplex> {
  const headers = { authorization: `Bearer ${tokens.admin}`, connection: 'Upgrade', upgrade: protocol };
  const send = url.startsWith('https') ? httpsRequest : httpRequest;
  const sent = send(`${url}${path}`, { headers, rejectUnauthorized: false });
  sent.end();
  const [, socket, head] = await once(sent, 'upgrade');
  socket.unshift(head);
  return socket;
}

function openSocket(path: string, protocols: string[], headers: { [name: string]: string }): WebSocket {
  return new WebSocket(`${cluster.url.replace('https', 'wss')}${path}`, protocols, {
    headers,
    rejectUnauthorized: false,
  });
}

describe('a proxy to a pod', () => {
  it.each([
    [`${pods}/web%253A80/proxy/x`, 'Name parameter invalid: "web%3A80": may not contain \'%\''],
    [`${pods}/%252e`, 'Name parameter invalid: "%2e": may not contain \'%\''],
  ])('refuses the name of %s', async (path, message) => {
    const response = await ask(path);
    expect(response.statusCode).toBe(400);
    expect(await json(response)).toMatchObject({ reason: 'BadRequest', message });
  });

  it('takes a port beyond 64 bits for a name', async () => {
    const response = await ask('/api/v1/namespaces/hs/services/web:99999999999999999999/proxy/x');
    expect(await json(response)).toMatchObject({
      code: 503,
      message: 'no endpoints available for service "web:99999999999999999999"',
    });
  });

  it('passes bodies beyond the limit of the API, in both directions', async () => {
    const body = randomBytes(5 * 1024 * 1024);
    const echoed = await json(await ask(`${pods}/web/proxy/echo`, { method: 'POST', body }));
    expect(echoed).toMatchObject({
      bodyBytes: body.length,
      bodySha256: createHash('sha256').update(body).digest('hex'),
    });
    const download = await ask(`${pods}/web/proxy/big/8000000`);
    expect(download.headers['content-length']).toBe('8000000');
    expect(await text(download)).toHaveLength(8_000_000);
  });

  it('drops the connection to the backend when the client goes', async () => {
    const before = cluster.backend.connections;
    const response = await ask(`${pods}/web/proxy/big/50000000`);
    await once(response, 'data');
    response.destroy();
    await expect.poll(() => cluster.backend.connections).toBe(before);
  });

  it('names the type of a response that names none', async () => {
    const response = await ask(`${pods}/web/proxy/ctype`);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    // Its links stay as they are: the backend did not say that it is HTML.
    expect(await text(response)).toBe('<html><a href="/x">no content type</a></html>');
  });

  it('cuts a response that the backend cuts', async () => {
    const response = await ask(`${pods}/web/proxy/early`);
    await expect(text(response)).rejects.toThrow('aborted');
  });

  it('passes any upgrade, and ends it with either side', async () => {
    const before = cluster.backend.connections;
    const socket = await upgrade(`${pods}/web/proxy/x`, 'custom/1');
    socket.write('ping');
    let received = '';
    for await (const chunk of socket) {
      received += chunk;
      if (received === 'raw:ping') break;
    }
    socket.destroy();
    await expect.poll(() => cluster.backend.connections).toBe(before);
  });

  it('does not pass on who asks', async () => {
    const headers = {
      'x-remote-user': 'root',
      'impersonate-user': 'jane',
      'impersonate-group': 'system:masters',
      'x-kept': '1',
    };
    const echoed = await json(await ask(`${pods}/web/proxy/m`, { headers }));
    const names = Object.keys((echoed as { headers: object }).headers);
    expect(names).toEqual(['Accept-Encoding', 'Host', 'X-Forwarded-For', 'X-Forwarded-Uri', 'X-Kept']);
  });

  it.each(['/api/v1/proxy/namespaces/hs/pods/web/a/', '/api/v1/proxy/namespaces/hs/services/web:http/a/'])(
    'has the old path %s',
    async (path) => {
      expect(await json(await ask(path))).toMatchObject({ url: '/a/', headers: { 'X-Forwarded-Uri': [path] } });
      expect((await ask(path.replace('/a/', ''))).headers.location).toBe(path.replace('/a/', '/'));
      expect((await ask(path.replace('/a/', '/redirect'))).headers.location).toBe(path.replace('/a/', '/'));
    },
  );

  it('authorizes the old path as today’s', async () => {
    const allowed = await ask('/api/v1/proxy/namespaces/hs/services/one/x', { token: tokens.jane });
    expect(allowed.statusCode).toBe(200);
    allowed.resume();
    const refused = await json(await ask('/api/v1/proxy/namespaces/hs/services/web/x', { token: tokens.jane }));
    expect(refused).toMatchObject({
      message: expect.stringContaining('cannot get resource "services/proxy"'),
      code: 403,
    });
  });
});

describe('a watch over a WebSocket', () => {
  const path = '/api/v1/namespaces/hs/configmaps?watch=1&timeoutSeconds=1';
  const origin = 'https://page.example';
  const bearer = `base64url.bearer.authorization.k8s.io.${Buffer.from(tokens.admin).toString('base64url')}`;

  it('sends each event as a message, to a page that sends its token as a subprotocol', async () => {
    const socket = openSocket(
      `${path}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
      [bearer, 'a.b'],
      { origin },
    );
    const messages: string[] = [];
    socket.on('message', (data, binary) =>
      messages.push(`${binary ? 'binary' : 'text'} ${JSON.parse(String(data)).type}`),
    );
    const [code] = await once(socket, 'close');
    expect([socket.protocol, code]).toEqual(['a.b', 1000]);
    expect(messages).toContain('text ADDED');
    expect(messages.at(-1)).toBe('text BOOKMARK');
  });

  it('sends protobuf in binary messages', async () => {
    const headers = { origin, authorization: `Bearer ${tokens.admin}`, accept: 'application/vnd.kubernetes.protobuf' };
    const socket = openSocket(path, [], headers);
    const [data, binary] = await once(socket, 'message');
    expect([binary, Buffer.from(data).subarray(0, 7).toString('latin1')]).toEqual([true, '\n\u0005ADDED']);
    socket.close();
    await once(socket, 'close');
  });

  it.each([
    [403, [], {}],
    [400, ['a', 'b'], { origin }],
  ] as const)('is refused with %i', async (status, protocols, headers) => {
    const socket = openSocket(path, [...protocols], { authorization: `Bearer ${tokens.admin}`, ...headers });
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(status);
    response.destroy();
  });

  it.each([[[bearer]], [[bearer, bearer, 'a.b']], [['base64url.bearer.authorization.k8s.io.d3Jvbmc', 'a.b']]])(
    'is refused with 401 for the subprotocols %j',
    async (protocols) => {
      // `ws` refuses to offer a subprotocol twice.
      const headers = { origin, 'sec-websocket-protocol': protocols.join(', ') };
      const socket = openSocket(path, [], headers);
      const [, response] = await once(socket, 'unexpected-response');
      expect(response.statusCode).toBe(401);
      response.destroy();
    },
  );
});

describe('the limit of streams', () => {
  it('counts upgrades and bodies until they end, and answers 429 beyond', async () => {
    await using limited = await ProxiedCluster.start({ maxStreams: 2 });
    const path = `${limited.url}${pods}/web/proxy`;
    const get = async (to: string) => {
      const headers = { authorization: `Bearer ${tokens.admin}` };
      const sent = httpsRequest(`${path}${to}`, { headers, rejectUnauthorized: false, agent: false });
      sent.end();
      const [response] = await once(sent, 'response');
      return response as IncomingMessage;
    };
    const socket = await upgrade(`${pods}/web/proxy/x`, 'custom/1', limited.url);
    const slow = await get('/slow');
    const refused = await get('/quick');
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(await json(refused)).toMatchObject({ reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } });
    await text(slow);
    await expect.poll(async () => (await get('/quick')).statusCode).toBe(200);
    const slower = await get('/slow');
    expect((await get('/quick')).statusCode).toBe(429);
    slower.destroy();
    socket.destroy();
    await expect.poll(async () => (await get('/quick')).statusCode).toBe(200);
  });
});

describe('a server that closes', () => {
  it('ends upgrades and watches over WebSockets', async () => {
    await using closing = await ProxiedCluster.start();
    const socket = await upgrade(`${pods}/web/proxy/x`, 'custom/1', closing.url);
    const url = `${closing.url.replace('https', 'wss')}/api/v1/namespaces?watch=1`;
    const headers = { origin: 'https://page.example', authorization: `Bearer ${tokens.admin}` };
    const watch = new WebSocket(url, { headers, rejectUnauthorized: false });
    await once(watch, 'message');
    const ended = [once(socket, 'close'), once(watch, 'close')] as const;
    socket.resume();
    await closing.server.close();
    const [, [code]] = await Promise.all(ended);
    expect(code).toBe(1001);
  });
});
