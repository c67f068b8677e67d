import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const path = '/api/v1/componentstatuses';

it('component statuses tell of the store, and of the scheduler and the controller manager by asking their ports', async () => {
  const server = new TestServer();
  const { body } = await server.ask('GET', path);
  expect([body.kind, body.metadata]).toEqual(['ComponentStatusList', {}]);
  const names = body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
  expect(names.sort()).toEqual(['controller-manager', 'etcd-0', 'scheduler']);
  const { body: store } = await server.ask('GET', `${path}/etcd-0`);
  expect(store).toEqual({
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name: 'etcd-0' },
    conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
  });
});

it('component statuses can be selected by name and cannot be watched', async () => {
  const server = new TestServer();
  const named = await server.ask('GET', `${path}?fieldSelector=metadata.name%3Detcd-0`);
  expect(named.body.items).toHaveLength(1);
  expect((await server.ask('GET', `${path}?labelSelector=a%3Db`)).body.items).toEqual([]);
  const { status, body } = await server.ask('GET', `${path}?watch=1`);
  expect([status, body.message]).toEqual([405, 'watch is not supported on resources of kind "componentstatuses"']);
  expect((await server.ask('GET', `${path}/nope`)).body.message).toBe('componentstatus "nope" not found');
});

it('a component that does not listen is not healthy', async () => {
  const { probeComponent } = await import('../../../src/server/outbound/component-probe.js');
  const { systemClock } = await import('../../../src/util/clock.js');
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const result = await probeComponent({ clock: systemClock, closing: new AbortController().signal }, port);
  const address = `127.0.0.1:${port}`;
  expect(result).toEqual({
    healthy: false,
    message: `Get "https://${address}/healthz": dial tcp ${address}: connect: connection refused`,
  });
});
