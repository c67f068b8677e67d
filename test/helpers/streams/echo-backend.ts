import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../../src/util/clock.js';
import { makeCertificate } from '../../../src/x509/certificate.js';

/** The web server that the recorded cases reach through the proxies: it tells what it received, and misbehaves when asked to. */
export class EchoBackend implements AsyncDisposable {
  readonly #servers: readonly Server[];
  readonly #sockets = new Set<Duplex>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  port = 0;
  tlsPort = 0;

  private constructor() {
    const { certificate, privateKey } = makeCertificate({
      commonName: 'backend',
      use: 'server',
      now: Date.now(),
      serial: Buffer.from([1]),
    });
    this.#servers = [createServer(), createSecureServer({ cert: certificate, key: privateKey })];
    this.#webSockets.on('headers', (headers) => headers.push('X-Backend: ws'));
    for (const server of this.#servers) {
      server.on('request', (request, response) => void answer(request, response).catch(() => response.destroy()));
      server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
      server.on('clientError', (_error, socket) => socket.destroy());
      server.on('connection', (socket) => {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
      });
    }
  }

  static async start(): Promise<EchoBackend> {
    const backend = new EchoBackend();
    const ports = backend.#servers.map(async (server) => {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return (server.address() as AddressInfo).port;
    });
    [backend.port = 0, backend.tlsPort = 0] = await Promise.all(ports);
    return backend;
  }

  /** The connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const { url = '', headers } = request;
    if (url.includes('/deny')) {
      const lines = ['HTTP/1.1 403 Forbidden', 'Content-Type: text/plain', 'Content-Length: 7', 'Connection: close'];
      socket.end(`${lines.join('\r\n')}\r\n\r\ndenied\n`);
    } else if (headers.upgrade?.toLowerCase() !== 'websocket') {
      const lines = ['HTTP/1.1 101 Switching Protocols', `Upgrade: ${headers.upgrade}`, 'Connection: Upgrade'];
      socket.write(`${lines.join('\r\n')}\r\nX-Backend: raw\r\n\r\nraw:`);
      socket.pipe(socket);
    } else {
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const { 'sec-websocket-key': _, ...shown } = headers;
        webSocket.send(JSON.stringify({ url, headers: Object.fromEntries(Object.entries(shown).sort()) }));
        webSocket.on('message', (data, binary) => webSocket.send(data, { binary }));
        webSocket.on('error', () => {});
      });
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => systemClock.setTimer(ms, resolve));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://x');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const [, kind = '', number] = /\/([a-z]+)(?:\/(\d+))?$/.exec(url.pathname) ?? [];
  const special = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (special !== undefined) await special(request, response, url, number);
  else echo(request, response, body);
}

type Kind = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  number: string | undefined,
) => void | Promise<void>;

const plain = { 'Content-Type': 'text/plain' };

const kinds: { readonly [name: string]: Kind } = {
  status: (_request, response, _url, number) => {
    response.writeHead(Number(number), plain);
    response.end(number === '204' || number === '304' ? undefined : `status ${number}\n`);
  },
  redirect: (request, response, url, number) => {
    const to = (url.searchParams.get('to') || '/').replaceAll('SELF', `http://${request.headers.host}`);
    response.writeHead(Number(number ?? 302), { Location: to, ...plain }).end('moved\n');
  },
  html: (request, response, url) => {
    let page = Buffer.from(html.replaceAll('SELF', `http://${request.headers.host}`));
    const headers: { [name: string]: string | number } = {
      'Content-Type': url.searchParams.get('ct') || 'text/html; charset=utf-8',
    };
    const encoding = url.searchParams.get('enc');
    if (encoding !== null) headers['Content-Encoding'] = encoding;
    if (encoding === 'gzip') page = gzipSync(page);
    if (encoding === 'deflate') page = deflateRawSync(page);
    if (encoding === 'br') page = brotliCompressSync(page);
    response.writeHead(200, { ...headers, 'Content-Length': page.length }).end(page);
  },
  cookies: (_request, response) => {
    const cookies = ['a=1; Path=/', 'b=2; Path=/sub; HttpOnly', 'c=3; Domain=example.com; Secure', 'd=4'];
    response.writeHead(200, { ...plain, 'Set-Cookie': cookies }).end('cookies\n');
  },
  chunked: async (_request, response) => {
    response.writeHead(200, plain);
    for (let chunk = 0; chunk < 3; chunk++) {
      response.write(`chunk ${chunk}\n`);
      await pause(30);
    }
    response.end();
  },
  gzip: (request, response) => {
    const bytes = gzipSync('gzipped text\n');
    const saw = String(request.headers['accept-encoding'] ?? '(none)');
    const headers = { ...plain, 'Content-Encoding': 'gzip', 'Content-Length': bytes.length };
    response.writeHead(200, { ...headers, 'X-Saw-Accept-Encoding': saw }).end(bytes);
  },
  sse: async (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    for (let event = 0; event < 3; event++) {
      response.write(`data: ${event}\n\n`);
      await pause(300);
    }
    response.end();
  },
  slow: async (_request, response) => {
    response.writeHead(200, plain).write('first\n');
    await pause(1000);
    response.end('second\n');
  },
  reset: (request) => void request.socket.destroy(),
  early: async (request, response) => {
    response.writeHead(200, { ...plain, 'Content-Length': 100 }).write('only this');
    await pause(50);
    request.socket.destroy();
  },
  hop: (_request, response) => {
    const dropped = {
      Connection: 'X-Drop-Me, keep-alive',
      'X-Drop-Me': '1',
      'Keep-Alive': 'timeout=9',
      Te: 'trailers',
    };
    const proxy = { 'Proxy-Authenticate': 'Basic', 'Proxy-Connection': 'keep-alive' };
    const kept = { 'X-Keep-Me': '2', Server: 'backend/1', 'X-Content-Type-Options': 'mine' };
    const policy = {
      'Cache-Control': 'max-age=5',
      'Access-Control-Allow-Origin': '*',
      'Strict-Transport-Security': 'max-age=1',
    };
    response.writeHead(200, { ...plain, ...dropped, ...proxy, ...kept, ...policy }).end('hop\n');
  },
  trailers: (_request, response) => {
    response.writeHead(200, { ...plain, Trailer: 'X-Trail' }).write('body\n');
    response.addTrailers({ 'X-Trail': 'yes' });
    response.end();
  },
  big: (_request, response, _url, number = '1048576') => {
    const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': number };
    response.writeHead(200, headers).end(Buffer.alloc(Number(number), 'x'));
  },
  empty: (_request, response) => void response.writeHead(200, { 'Content-Length': 0 }).end(),
  ctype: (_request, response) => void response.writeHead(200).end('<html><a href="/x">no content type</a></html>'),
};

function echo(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const headers: { [name: string]: string[] } = {};
  const { rawHeaders } = request;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]];
    headers[name] = [...(headers[name] ?? []), value];
  }
  const text = JSON.stringify({
    tls: 'encrypted' in request.socket,
    method: request.method,
    url: request.url,
    httpVersion: request.httpVersion,
    headers: Object.fromEntries(Object.entries(headers).sort()),
    trailers: request.trailers,
    bodyBytes: body.length,
    body: body.length <= 200 ? body.toString() : undefined,
    bodySha256: body.length > 200 ? createHash('sha256').update(body).digest('hex') : undefined,
  });
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text);
}

const html = `<html><head><link rel="stylesheet" href="/style.css"><script src="js/app.js"></script></head>
<body><a href="/abs/path?x=1#frag">abs</a> <a href="rel/path">rel</a> <a href="../up">up</a> <a href="http://other.example/x">other</a>
<a href="//cdn.example/y">proto-rel</a> <a href="#top">frag</a> <a href="">empty</a> <a href="?q=1">query</a> <a href="mailto:a@b.c">mail</a>
<img src="/img/a.png" srcset="/img/a2.png 2x"> <form action="/submit" method="post"><input formaction="/other"></form>
<iframe src="/frame"></iframe><video poster="/p.png" src="/v.mp4"></video><object data="/o.swf"></object><blockquote cite="/c"></blockquote>
<a href='SELF/self?y=2'>self</a><p data-href="/not-a-link">text /plain/path &amp; <b>bold</b></p></body></html>
`;
