import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { errorResponse } from '../../src/server/http/respond.js';
import type { Listener, ListenOptions } from '../../src/server/index.js';

import { listen } from '../../src/server/listener.js';
import type { ServerRequest, ServerResponse } from '../../src/server/object/message.js';
import { StatusError } from '../../src/server/object/status-error.js';

const opened: { destroy(): void }[] = [];
const listeners: Listener[] = [];
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  for (const listener of listeners.splice(0)) await listener.close({ cut: true });
});

async function start(
  handle: (request: ServerRequest) => Promise<ServerResponse>,
  options: ListenOptions,
): Promise<Listener> {
  const listener = await listen({ handle }, options);
  listeners.push(listener);
  return listener;
}

async function open({ port }: Listener, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  opened.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

const get = 'GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const large = new Uint8Array(64 * 1024 * 1024);
const ok = async (): Promise<ServerResponse> => ({ status: 200, headers: {}, body: new Uint8Array(2) });

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < 64; index++) yield large.subarray(0, 1024 * 1024);
}

describe('slow clients', () => {
  it('are cut when half of the headers have come and the rest does not, at the deadline', async () => {
    const listener = await start(ok, { headersTimeoutMs: 200 });
    const socket = await open(listener, 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ');
    const from = performance.now();
    socket.resume();
    await once(socket, 'close');
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  it.each([
    ['whole', () => large],
    ['streamed', chunks],
  ])('are cut when they leave a %s answer unread', async (_form, body) => {
    let gone = (): void => {};
    const cut = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const handle = async ({ signal }: ServerRequest): Promise<ServerResponse> => {
      signal?.addEventListener('abort', () => gone());
      return { status: 200, headers: {}, body: body() };
    };
    const listener = await start(handle, { drainTimeoutMs: 100 });
    (await open(listener, get)).pause();
    await cut;
  });

  it('may take their time as long as they go on reading, and use the connection again', async () => {
    const handle = async (): Promise<ServerResponse> => ({ status: 200, headers: {}, body: large });
    const listener = await start(handle, { drainTimeoutMs: 2_000 });
    const socket = await open(listener, get);
    for (let answers = 0; answers < 2; answers++) {
      let read = 0;
      while (read < large.length) read += ((await once(socket, 'data')) as [Buffer])[0].length;
      socket.write(get);
    }
    expect(socket.destroyed).toBe(false);
  });
});

describe('limits of a port', () => {
  it('close connections beyond the limit at once', async () => {
    const listener = await start(ok, { maxConnections: 2 });
    const kept = [await open(listener, ''), await open(listener, '')];
    const third = await open(listener, '');
    third.resume();
    await once(third, 'close');
    expect(kept.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  });

  it('answer 429 when bodies under way take too many bytes together', async () => {
    const held: (() => void)[] = [];
    const handle = async ({ readBody }: ServerRequest): Promise<ServerResponse> => {
      try {
        await readBody?.();
      } catch (error) {
        if (error instanceof StatusError) return errorResponse(error);
        throw error;
      }
      await new Promise<void>((resolve) => held.push(resolve));
      return ok();
    };
    const listener = await start(handle, { maxBodyBytesInFlight: 1_500 });
    const post = `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1_000)}`;
    const first = await open(listener, post);
    while (held.length === 0) await new Promise(setImmediate);
    const second = await open(listener, post);
    const [answer] = (await once(second, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 429 [\s\S]*retry-after: 1/i);
    held[0]?.();
    expect(((await once(first, 'data')) as [Buffer])[0].toString()).toMatch(/^HTTP\/1\.1 200 /);
  });
});
