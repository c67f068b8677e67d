import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { type Answer, configMap, configMaps, TestServer, turn } from '../client.js';

const merge = { 'content-type': 'application/merge-patch+json' };
const seen = (events: Answer[]) =>
  events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.reason ?? ''}`);
const open: { close(): Promise<void> }[] = [];

async function watch(server: TestServer, path: string) {
  const opened = await server.watch(path);
  open.push(opened);
  return opened;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('watching', () => {
  it('tells the state of now first, then every change, without a gap or a double', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('b'));
    await server.ask('POST', configMaps, configMap('a'));
    const { events } = await watch(server, `${configMaps}?watch=1`);
    await server.ask('PATCH', `${configMaps}/a`, { data: { x: '1' } }, merge);
    await server.ask('DELETE', `${configMaps}/a`);
    await turn();
    expect(seen(events)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED a']);
    const versions = events.slice(2).map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions[1]).toBe((versions[0] ?? 0) + 1);
  });

  it('goes on from a version, and says 410 when that is too old', async () => {
    const storage = new MemoryStorage();
    const server = new TestServer({ storage });
    const { body } = await server.ask('POST', configMaps, configMap('a'));
    await server.ask('POST', configMaps, configMap('b'));
    const from = await watch(server, `${configMaps}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    await turn();
    expect(seen(from.events)).toEqual(['ADDED b']);
    await storage.compact(await storage.revision());
    const late = await watch(server, `${configMaps}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    await late.ended;
    expect(late.events[0]).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  it('turns what begins and ceases to match into ADDED and DELETED', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('a'));
    const { events } = await watch(server, `${configMaps}?watch=1&labelSelector=w%3Dyes`);
    await server.ask('PATCH', `${configMaps}/a`, { metadata: { labels: { w: 'yes' } } }, merge);
    await server.ask('PATCH', `${configMaps}/a`, { metadata: { labels: { w: 'no' } } }, merge);
    await server.ask('PATCH', `${configMaps}/a`, { data: { unseen: '1' } }, merge);
    await turn();
    expect(seen(events)).toEqual(['ADDED a', 'DELETED a']);
    expect(events[1].object.metadata.labels.w).toBe('yes');
  });

  it('streams the initial state with a bookmark at its end', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('a'));
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const { events } = await watch(server, `${configMaps}?${query}`);
    await server.ask('POST', configMaps, configMap('b'));
    await turn();
    expect(seen(events)).toEqual(['ADDED a', 'BOOKMARK ', 'ADDED b']);
    expect(events[1].object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('sends bookmarks now and then, one before its end, and ends in time', async () => {
    const clock = new FakeClock();
    const server = new TestServer({ compactionIntervalMs: 0, clock });
    const { events, ended } = await watch(server, `${configMaps}?watch=1&allowWatchBookmarks=true&timeoutSeconds=100`);
    await clock.advance(61_000);
    expect(seen(events)).toEqual(['BOOKMARK ']);
    await clock.advance(38_000);
    expect(seen(events)).toHaveLength(2);
    await clock.advance(2_000);
    await ended;
    expect(clock.pending).toBe(0);
  });

  it('is silent about writes that change nothing', async () => {
    const server = new TestServer();
    const { body } = await server.ask('POST', configMaps, configMap('a'));
    const { events } = await watch(server, `${configMaps}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    await server.ask('PUT', `${configMaps}/a`, body);
    await server.ask('PATCH', `${configMaps}/a?dryRun=All`, { data: { n: '1' } }, merge);
    await turn();
    expect(events).toEqual([]);
  });

  it('cuts a reader that falls too far behind instead of keeping everything for it', async () => {
    const server = new TestServer({ watchBufferBytes: 100_000 });
    const response = await server.raw('GET', `${configMaps}?watch=1`);
    const iterator = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const first = iterator.next();
    await turn();
    for (let i = 0; i < 30; i++)
      await server.ask('POST', configMaps, configMap(`c${i}`, { data: { a: 'x'.repeat(10_000) } }));
    await first;
    let bytes = 0;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) bytes += next.value.length;
    expect(bytes).toBeLessThan(100_000);
  });

  it('ends when the server closes', async () => {
    const server = new TestServer();
    const { ended } = await watch(server, `${configMaps}?watch=1`);
    await server.api.close();
    await ended;
  });

  it('does not warn of a leak where many watch', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on('warning', onWarning);
    const server = new TestServer();
    for (let i = 0; i < 20; i++) await watch(server, `${configMaps}?watch=1`);
    await turn();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('says in an event that the version its initial state should have did not come', async () => {
    const clock = new FakeClock();
    const server = new TestServer({ compactionIntervalMs: 0, clock });
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=999999999';
    const { events, ended } = await watch(server, `${configMaps}?${query}`);
    await clock.advance(3_000);
    await ended;
    expect(events).toEqual([{ type: 'ERROR', object: expect.objectContaining({ code: 504, reason: 'Timeout' }) }]);
    expect(clock.pending).toBe(0);
  });

  it('serves the old paths as well', async () => {
    const server = new TestServer();
    await server.ask('POST', configMaps, configMap('a'));
    await server.ask('POST', configMaps, configMap('b'));
    const { events } = await watch(server, '/api/v1/watch/namespaces/default/configmaps/a');
    await turn();
    expect(seen(events)).toEqual(['ADDED a']);
  });
});
