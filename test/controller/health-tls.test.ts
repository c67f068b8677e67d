import { request } from 'node:https';
import { expect, it } from 'vitest';
import { abortPromise } from '../../src/cluster/abort-promise.js';
import { Manager } from '../../src/controller/index.js';
import { startServer } from '../../src/server/index.js';
import { localCertificate } from '../../src/testing/index.js';

it('serves health with TLS where it has a certificate', async () => {
  await using server = await startServer({ listen: false });
  const { ca, cert, key } = localCertificate();
  const idle = { name: 'idle', run: ({ signal }: { readonly signal: AbortSignal }) => abortPromise(signal) };
  const health = { port: 0, tls: { cert, key } };
  const manager = new Manager(await server.connect(), { runnables: [idle], server: health, handleSignals: false });
  const ending = new AbortController();
  const running = manager.run({ signal: ending.signal });
  await expect.poll(() => manager.url ?? '').toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const status = await new Promise((resolve, reject) => {
    request(`${manager.url}/livez`, { ca, agent: false }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(200);
  ending.abort();
  await running;
});
