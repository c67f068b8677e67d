import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { TlsSettings } from '../../src/config/tls-settings.js';
import { isNetworkError } from '../../src/errors/index.js';
import { canReadInPlace } from '../../src/transport/in-place-reads.js';
import type { TransportRequest } from '../../src/transport/transport.js';
import { UndiciTransport } from '../../src/transport/undici-transport.js';
import { systemClock } from '../../src/util/clock.js';
import { nextTurn } from '../../src/util/next-turn.js';
import { localPki } from '../helpers/pki.js';
import { startHttp } from './http-server.js';

const stream: TransportRequest = { method: 'GET', path: '/', kind: 'stream' };
const pki = localPki();
const turn = () => new Promise<void>((resolve) => nextTurn(resolve));
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Bytes no part of which comes again: a chunk that is overwritten before it has been read shows. */
const content = Buffer.from(Uint32Array.from({ length: 3_000_000 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer);

describe.each(['http', 'https'] as const)('a stream over %s, read in place', (scheme) => {
  const start = async (answer: Parameters<typeof startHttp>[0]) => {
    const server = await startHttp(answer, scheme === 'https' ? pki.server : undefined);
    return { server, transport: new UndiciTransport({ server: server.url, tls: new TlsSettings({ ca: pki.ca }) }) };
  };

  test.each([
    ['at once', () => undefined],
    ['in a later turn', turn],
    ['now at once, now later', (count: number) => (count % 3 === 0 ? turn() : undefined)],
  ])('gives every byte to a reader who is done %s', async (_, done) => {
    const { server, transport } = await start((_, response) => response.end(content));
    const { body } = await transport.send(stream);
    const hash = createHash('sha256');
    let count = 0;
    await body.consume((chunk) => {
      hash.update(chunk);
      return done(++count);
    });
    expect(hash.digest('hex')).toBe(hashOf(content));
    await transport.close();
    await server[Symbol.asyncDispose]();
  });

  test('gives headers whole that arrive in pieces', async () => {
    const { server, transport } = await start((_, response) => {
      const { socket } = response;
      const head = `HTTP/1.1 200 OK\r\nX-First: ${'a'.repeat(50)}\r\nX-Second: ${'b'.repeat(50)}\r\nContent-Length: 0\r\n\r\n`;
      socket?.setNoDelay(true);
      const send = (at: number): void => {
        if (at < head.length) socket?.write(head.slice(at, at + 17), () => setImmediate(send, at + 17));
      };
      send(0);
    });
    const { headers, body } = await transport.send(stream);
    expect(headers).toMatchObject({ 'x-first': 'a'.repeat(50), 'x-second': 'b'.repeat(50) });
    body.cancel();
    await transport.close();
    await server[Symbol.asyncDispose]();
  });

  test('gives every byte to a reader who comes late', async () => {
    const { server, transport } = await start((_, response) => response.end(content));
    const { body } = await transport.send(stream);
    for (let i = 0; i < 50; i++) await turn();
    const hash = createHash('sha256');
    await body.consume((chunk) => void hash.update(chunk));
    expect(hash.digest('hex')).toBe(hashOf(content));
    await transport.close();
    await server[Symbol.asyncDispose]();
  });

  test('gives every byte to a reader who takes long, and others a turn in between', async () => {
    const { server } = await start((_, response) => response.end(content));
    let now = 0;
    // Every look at this clock takes 10 ms, so that each chunk has taken long.
    const clock = { ...systemClock, monotonic: () => (now += 10) };
    const transport = new UndiciTransport({ server: server.url, tls: new TlsSettings({ ca: pki.ca }), clock });
    const { body } = await transport.send(stream);
    const hash = createHash('sha256');
    let turns = 0;
    let reading = true;
    const count = () => {
      turns++;
      if (reading) nextTurn(count);
    };
    count();
    const chunksOf = new Map<number, number>();
    const began = turns;
    await body.consume((chunk) => {
      hash.update(chunk);
      chunksOf.set(turns, (chunksOf.get(turns) ?? 0) + 1);
    });
    reading = false;
    expect(hash.digest('hex')).toBe(hashOf(content));
    // What had come before anybody read was there at once.
    chunksOf.delete(began);
    expect(chunksOf.size).toBeGreaterThan(1);
    // What TLS had to decipher before it could be stopped comes in the same turn: up to 64 KiB in records of 16.
    expect(Math.max(...chunksOf.values())).toBeLessThanOrEqual(scheme === 'http' ? 1 : 8);
    await transport.close();
    await server[Symbol.asyncDispose]();
  });

  test('gives the whole body at once to whom asks for that, and serves one request after the other', async () => {
    const { server, transport } = await start((request, response) => {
      response.end(request.url === '/short' ? 'short' : content);
    });
    for (const path of ['/', '/short', '/']) {
      const { body } = await transport.send({ ...stream, path });
      expect(hashOf(await body.bytes())).toBe(hashOf(path === '/short' ? Buffer.from('short') : content));
      await turn();
    }
    expect(server.connections).toBe(1);
    await transport.close();
    await server[Symbol.asyncDispose]();
  });
});

test('a stream is not read from a server whose certificate comes from elsewhere', async () => {
  await using server = await startHttp((_, response) => response.end('secret'), localPki().server);
  const transport = new UndiciTransport({ server: server.url, tls: new TlsSettings({ ca: pki.ca }) });
  const error = await transport.send(stream).catch((reason: unknown) => reason);
  expect(isNetworkError(error)).toBe(true);
  expect(String(error)).toMatch(/certificate/);
  expect(server.requests).toEqual([]);
  await transport.close();
});

test('no socket is read in place on Bun, whose sockets stop after one chunk', () => {
  expect(canReadInPlace({ ...process.versions, bun: '1.4.5' })).toBe(false);
  expect(canReadInPlace({ ...process.versions, bun: undefined })).toBe(true);
});
