import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../src/server/storage/memory-storage.js';
import { configMap, configMaps, TestServer, turn } from './client.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const merge = { 'content-type': 'application/merge-patch+json' };
const names = async (server: TestServer, path = configMaps) =>
  (await server.ask('GET', path)).body.items.map((item: { metadata: { name: string } }) => item.metadata.name);

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'crons.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'crons', singular: 'cron', kind: 'Cron', listKind: 'CronList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const crons = '/apis/example.com/v1/namespaces/default/crons';

describe('a snapshot of the server', () => {
  it('is gone back to as often as wanted: what was made is gone, what was changed or deleted is as it was', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('kept', { data: { a: '1' } }));
    await server.ask('POST', configMaps, configMap('deleted'));
    const before = (await server.ask('GET', `${configMaps}/kept`)).body;
    const snapshot = await server.api.snapshot();
    for (let round = 0; round < 3; round++) {
      await server.ask('PATCH', `${configMaps}/kept`, { data: { a: '2' } }, merge);
      await server.ask('DELETE', `${configMaps}/deleted`);
      await server.ask('POST', configMaps, configMap('made'));
      await server.api.restore(snapshot);
      expect(await names(server)).toEqual(['deleted', 'kept']);
      expect((await server.ask('GET', `${configMaps}/kept`)).body).toEqual(before);
    }
  });

  it('never gives a resourceVersion twice, and refuses versions from before it went back', async () => {
    const server = new TestServer();
    const snapshot = await server.api.snapshot();
    const first = (await server.ask('POST', configMaps, configMap('a'))).body.metadata.resourceVersion;
    await server.api.restore(snapshot);
    const list = (await server.ask('GET', configMaps)).body.metadata.resourceVersion;
    const second = (await server.ask('POST', configMaps, configMap('a'))).body.metadata.resourceVersion;
    expect(Number(list)).toBeGreaterThan(Number(first));
    expect(Number(second)).toBeGreaterThan(Number(list));
    const stale = configMap('a', { metadata: { name: 'a', resourceVersion: first } });
    expect((await server.ask('PUT', `${configMaps}/a`, stale)).status).toBe(409);
    const exact = `${configMaps}?resourceVersion=${first}&resourceVersionMatch=Exact`;
    expect((await server.ask('GET', exact)).status).toBe(410);
  });

  it('ends watches with the 410 that sends their clients to list anew', async () => {
    const server = new TestServer();
    const snapshot = await server.api.snapshot();
    const watch = await server.watch(`${configMaps}?watch=1`);
    open.push(watch);
    await server.ask('POST', configMaps, configMap('a'));
    await turn();
    await server.api.restore(snapshot);
    await watch.ended;
    expect(watch.events.map(({ type }) => type)).toEqual(['ADDED', 'ERROR']);
    expect(watch.events[1].object).toMatchObject({ code: 410, reason: 'Expired' });
    const again = await server.watch(`${configMaps}?watch=1`);
    open.push(again);
    await server.ask('POST', configMaps, configMap('b'));
    await turn();
    expect(again.events.map(({ object }) => object.metadata.name)).toEqual(['b']);
  });

  it('brings custom kinds back and takes them away', async () => {
    const server = new TestServer();
    const without = await server.api.snapshot();
    expect((await server.ask('POST', definitions, definition)).status).toBe(201);
    expect((await server.ask('GET', crons)).status).toBe(200);
    const having = await server.api.snapshot();
    await server.ask('DELETE', `${definitions}/crons.example.com`);
    expect((await server.ask('GET', crons)).status).toBe(404);
    await server.api.restore(having);
    expect((await server.ask('GET', crons)).status).toBe(200);
    await server.api.restore(without);
    expect((await server.ask('GET', crons)).status).toBe(404);
    expect((await server.ask('POST', definitions, definition)).status).toBe(201);
    expect((await server.ask('GET', crons)).status).toBe(200);
  });

  it('gives the addresses of services that are gone to others', async () => {
    const server = new TestServer();
    const services = '/api/v1/namespaces/default/services';
    const service = (name: string) => ({
      metadata: { name },
      spec: { clusterIP: '10.0.7.7', ports: [{ port: 80 }] },
    });
    const snapshot = await server.api.snapshot();
    expect((await server.ask('POST', services, service('a'))).status).toBe(201);
    expect((await server.ask('POST', services, service('b'))).status).toBe(422);
    await server.api.restore(snapshot);
    expect((await server.ask('POST', services, service('b'))).status).toBe(201);
  });

  it('cannot be restored once an earlier one has been, nor by another server', async () => {
    const server = new TestServer();
    const early = await server.api.snapshot();
    await server.ask('POST', configMaps, configMap('a'));
    const late = await server.api.snapshot();
    await server.ask('POST', configMaps, configMap('b'));
    await server.api.restore(late);
    expect(await names(server)).toEqual(['a']);
    await server.api.restore(early);
    expect(await names(server)).toEqual([]);
    await expect(server.api.restore(late)).rejects.toThrow(/no snapshot/);
    await expect(new TestServer().api.restore(early)).rejects.toThrow(/no snapshot/);
  });

  it('needs a store that can', async () => {
    const storage = new MemoryStorage();
    Object.defineProperty(storage, 'snapshot', { value: undefined });
    await expect(new TestServer({ storage }).api.snapshot()).rejects.toThrow(/takes no snapshots/);
  });
});

describe('a cache that stands still', () => {
  it('answers lists and reads with resourceVersion=0 from its past, and nothing else', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('a', { data: { n: '1' } }));
    await server.api.freezeCache(true);
    await server.ask('POST', configMaps, configMap('b'));
    await server.ask('PATCH', `${configMaps}/a`, { data: { n: '2' } }, merge);
    expect(await names(server, `${configMaps}?resourceVersion=0`)).toEqual(['a']);
    expect((await server.ask('GET', `${configMaps}/a?resourceVersion=0`)).body.data).toEqual({ n: '1' });
    expect((await server.ask('GET', `${configMaps}/b?resourceVersion=0`)).status).toBe(404);
    expect(await names(server)).toEqual(['a', 'b']);
    expect((await server.ask('GET', `${configMaps}/a`)).body.data).toEqual({ n: '2' });
    await server.api.freezeCache(false);
    expect(await names(server, `${configMaps}?resourceVersion=0`)).toEqual(['a', 'b']);
  });

  it('begins a watch from its past, which then catches up', async () => {
    const server = new TestServer();
    await server.api.freezeCache(true);
    await server.ask('POST', configMaps, configMap('a'));
    const watch = await server.watch(`${configMaps}?watch=1&resourceVersion=0`);
    open.push(watch);
    await turn();
    expect(watch.events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual(['ADDED a']);
  });
});
