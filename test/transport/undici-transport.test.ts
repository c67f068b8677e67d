import { getEventListeners } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { isNetworkError, isTimeoutError } from '../../src/errors/index.js';
import type { TransportRequest } from '../../src/transport/transport.js';
import { UndiciTransport } from '../../src/transport/undici-transport.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { startHttp } from './http-server.js';

const get: TransportRequest = { method: 'GET', path: '/x', kind: 'unary' };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('UndiciTransport', () => {
  test('sends method, path, headers and body, and gives status, headers and body', async () => {
    await using server = await startHttp((_, response) => {
      response.writeHead(418, ['content-type', 'text/plain', 'Warning', '299 - "a"', 'Warning', '299 - "b"']);
      response.end('short and stout');
    });
    const transport = new UndiciTransport({ server: `${server.url}/prefix/`, userAgent: 'me/1' });
    const response = await transport.send({
      method: 'POST',
      path: '/api?x=1',
      headers: { 'impersonate-group': ['a', 'b'], accept: 'application/json' },
      body: new TextEncoder().encode('{"hello":1}'),
      kind: 'unary',
    });
    expect([response.status, response.headers['content-type'], response.headers.warning]).toEqual([
      418,
      'text/plain',
      ['299 - "a"', '299 - "b"'],
    ]);
    expect(text(await response.body.bytes())).toBe('short and stout');
    expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/prefix/api?x=1', body: '{"hello":1}' });
    expect(server.requests[0]?.headers['impersonate-group']).toEqual(['a', 'b']);
    expect(server.requests[0]?.headers['user-agent']).toEqual(['me/1']);
    await transport.close();
  });

  test('needs one connection for a thousand calls in a row', async () => {
    await using server = await startHttp((_, response) => response.end('ok'));
    const transport = new UndiciTransport({ server: server.url });
    for (let call = 0; call < 1000; call++) await (await transport.send(get)).body.bytes();
    expect(server.connections).toBe(1);
    await transport.close();
  });

  test('has at most so many unary calls on the wire, and streams beside them', async () => {
    await using server = await startHttp((request, response) => {
      response.writeHead(200);
      response.write('x');
      if (request.url !== '/stream') setImmediate(() => response.end());
    });
    const transport = new UndiciTransport({ server: server.url, maxConnections: 3 });
    const streams = await Promise.all([1, 2].map(() => transport.send({ ...get, path: '/stream', kind: 'stream' })));
    await Promise.all(Array.from({ length: 50 }, async () => (await transport.send(get)).body.bytes()));
    expect(server.connections).toBe(5);
    for (const { body } of streams) body.cancel();
    await transport.close();
  });

  test('delivers a stream chunk by chunk, and holds the server back while the reader is busy', async () => {
    const size = 4 * 1024 * 1024;
    await using server = await startHttp((_, response) => response.end(Buffer.alloc(size, 'x')));
    const transport = new UndiciTransport({ server: server.url });
    const { body } = await transport.send({ ...get, kind: 'stream' });
    let busy = 0;
    let total = 0;
    await body.consume(async (chunk) => {
      expect(++busy).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      total += chunk.length;
      busy--;
    });
    expect(total).toBe(size);
    await transport.close();
  });

  test('passes on what the reader throws, and closes the connection', async () => {
    await using server = await startHttp((_, response) => void response.write('x'));
    const transport = new UndiciTransport({ server: server.url });
    const { body } = await transport.send({ ...get, kind: 'stream' });
    const mine = new Error('mine');
    expect(
      await failure(
        body.consume(() => {
          throw mine;
        }),
      ),
    ).toBe(mine);
    while (server.open.size > 0) await new Promise((resolve) => setImmediate(resolve));
    await transport.close();
  });

  test('refuses to hold a body above its bound', async () => {
    await using server = await startHttp((_, response) => response.end(Buffer.alloc(100_000)));
    const transport = new UndiciTransport({ server: server.url, maxBodyBytes: 99_999 });
    const { body } = await transport.send(get);
    expect(String(await failure(body.bytes()))).toContain('larger than 99999 bytes');
    await transport.close();
  });

  test.each(['unary', 'stream'] as const)('gives up waiting for headers after the deadline (%s)', async (kind) => {
    await using server = await startHttp(() => {});
    const clock = new FakeClock();
    const transport = new UndiciTransport({ server: server.url, clock, deadlines: { headersMs: 5000 } });
    const sent = failure(transport.send({ ...get, kind }));
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(4999);
    expect(clock.pending).toBeGreaterThan(0);
    await clock.advance(1);
    const error = await sent;
    expect(isTimeoutError(error) && [error.deadline, error.timeoutMs]).toEqual(['headers', 5000]);
    expect(clock.pending).toBe(0);
    await transport.close();
  });

  test('gives up a unary body that stalls, and a stream that is silent, but not one whose reader is slow', async () => {
    await using server = await startHttp((_, response) => void response.write('x'));
    const clock = new FakeClock();
    const transport = new UndiciTransport({ server: server.url, clock, deadlines: { idleMs: 60_000 } });

    const unary = failure((await transport.send({ ...get, timeoutMs: 7000 })).body.bytes());
    await clock.advance(7000);
    expect(await unary).toMatchObject({ deadline: 'body', timeoutMs: 7000 });

    let release: () => void = () => {};
    const { body } = await transport.send({ ...get, kind: 'stream' });
    let slow: Promise<unknown> = Promise.resolve();
    await new Promise<void>((seen) => {
      slow = failure(
        body.consume(() => {
          seen();
          return new Promise<void>((resolve) => {
            release = resolve;
          });
        }),
      );
    });
    await clock.advance(10 * 60_000);
    release();
    await clock.advance(59_000);
    expect(clock.pending).toBe(1);
    await clock.advance(61_000);
    expect(await slow).toMatchObject({ deadline: 'idle', timeoutMs: 60_000 });
    expect(clock.pending).toBe(0);
    await transport.close();
  });

  test('rejects with the reason of the signal, whenever it comes, and leaves no listener and no timer', async () => {
    await using server = await startHttp((request, response) => {
      if (request.url === '/body') response.write('x');
    });
    const clock = new FakeClock();
    const transport = new UndiciTransport({ server: server.url, clock });
    for (const when of ['before', 'connecting', 'headers', 'body'] as const) {
      const controller = new AbortController();
      const reason = { when };
      if (when === 'before') controller.abort(reason);
      const sent = failure(
        transport
          .send({ ...get, path: when === 'body' ? '/body' : '/x', signal: controller.signal })
          .then(({ body }) => body.bytes()),
      );
      const seen = server.requests.length;
      if (when === 'headers' || when === 'body') {
        while (server.requests.length === seen) await new Promise((resolve) => setImmediate(resolve));
      }
      controller.abort(reason);
      expect(await sent).toBe(reason);
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      expect(clock.pending).toBe(0);
    }
    await transport.close();
  });

  test('leaves nothing on a long-lived signal after calls that went well', async () => {
    await using server = await startHttp((_, response) => response.end('ok'));
    const transport = new UndiciTransport({ server: server.url });
    const { signal } = new AbortController();
    for (let call = 0; call < 20; call++) await (await transport.send({ ...get, signal })).body.bytes();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await transport.close();
  });

  test('says what a refused connection, a reset and a wrong protocol are', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const nobody = new UndiciTransport({ server: `http://127.0.0.1:${port}` });
    const refused = await failure(nobody.send(get));
    expect(isNetworkError(refused) && refused.message).toBe(
      'GET /x: connection refused: is the server running, and the address right?',
    );
    await nobody.close();

    await using server = await startHttp((request) => request.socket.destroy());
    const transport = new UndiciTransport({ server: server.url });
    expect(String(await failure(transport.send({ ...get, path: '/x?secret=1' })))).toBe(
      'NetworkError: GET /x: the connection broke before an answer came. If this is a TLS port, begin the address with https:// instead of http://.',
    );
    await transport.close();
  });

  test('delivers what came before the connection broke, then the error', async () => {
    await using server = await startHttp((request, response) => {
      response.write('hello');
      setImmediate(() => request.socket.destroy());
    });
    const transport = new UndiciTransport({ server: server.url });
    const { body } = await transport.send({ ...get, kind: 'stream' });
    while (server.open.size > 0) await new Promise((resolve) => setImmediate(resolve));
    let got = '';
    expect(
      isNetworkError(
        await failure(
          body.consume((chunk) => {
            got += text(chunk);
          }),
        ),
      ),
    ).toBe(true);
    expect(got).toBe('hello');
    await transport.close();
  });

  test('close ends open streams and idle connections, can be called again, and refuses what comes after', async () => {
    await using server = await startHttp((request, response) => {
      response.write('x');
      if (request.url !== '/stream') response.end();
    });
    const transport = new UndiciTransport({ server: server.url });
    await (await transport.send(get)).body.bytes();
    const { body } = await transport.send({ ...get, path: '/stream', kind: 'stream' });
    const read = failure(body.consume(() => {}));
    await Promise.all([transport.close(), transport.close()]);
    expect(String(await read)).toContain('closed by close()');
    expect(String(await failure(transport.send(get)))).toContain('closed by close()');
    while (server.open.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
