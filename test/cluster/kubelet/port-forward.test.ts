import { createServer, request, type Server } from 'node:http';
import { Duplex } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { upgradeRequest } from '../../../src/cluster/kubelet/server/plain-response.js';
import { servePortForward } from '../../../src/cluster/kubelet/server/serve-port-forward.js';
import { spdyOverSocket } from '../../../src/streams/spdy-link.js';
import { type Clock, systemClock } from '../../../src/util/clock.js';

/** The system's clock, which knows the timers that have neither fired nor been cancelled. */
class CountingClock implements Clock {
  readonly waiting = new Set<object>();
  readonly now = systemClock.now;
  readonly monotonic = systemClock.monotonic;
  readonly sleep = systemClock.sleep;

  setTimer(ms: number, fn: () => void) {
    const key = {};
    this.waiting.add(key);
    const timer = systemClock.setTimer(ms, () => {
      this.waiting.delete(key);
      fn();
    });
    return {
      cancel: () => {
        this.waiting.delete(key);
        timer.cancel();
      },
    };
  }
}

let server: Server | undefined;
afterEach(() => server?.close());

/** Serves port forwards to a pod that answers nothing. Resolves to the connection of a client. */
async function connectThrough(clock: Clock) {
  const pod = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const started = createServer();
  server = started;
  started.on('upgrade', (incoming, socket, head) => {
    const target = { uid: 'uid', connect: async () => pod() };
    void servePortForward(upgradeRequest(incoming, socket, head), [], target, clock);
  });
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const address = started.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'portforward.k8s.io' };
  const upgrade = request({ host: '127.0.0.1', port, method: 'POST', headers }).end();
  const [socket, head] = await new Promise<[Duplex, Buffer]>((resolve, reject) => {
    upgrade.once('upgrade', (_response, ...upgraded) => resolve(upgraded)).once('error', reject);
  });
  return spdyOverSocket(socket, head, systemClock);
}

it.each([
  ['both streams', ['error', 'data']],
  ['one stream', ['error']],
])('a connection with %s that a client aborts leaves no timer behind', async (_, types) => {
  const clock = new CountingClock();
  const link = await connectThrough(clock);
  const streams = types.map((streamType) => link.connection.open({ port: '80', requestID: '0', streamType }));
  for (const stream of streams) stream.on('error', () => {});
  await Promise.all(streams.map((stream) => stream.replied));
  expect(clock.waiting.size).toBeGreaterThan(0);
  link.close();
  // A timer that goes on would hold the connection and its buffers.
  await expect.poll(() => clock.waiting.size).toBe(0);
});
