import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Event } from '../../../generated/events.k8s.io/v1.js';
import { ConfigMap, Node } from '../../../generated/index.js';
import { EventRecorder } from '../../../src/controller/index.js';
import { NetworkError } from '../../../src/errors/index.js';
import type { Cluster } from '../../../src/sdk/index.js';
import { Cluster as ClusterClass } from '../../../src/sdk/index.js';
import { HandlerTransport } from '../../../src/server/handler-transport.js';
import { type LocalServer, startServer } from '../../../src/server/local-server.js';
import type { TransportRequest } from '../../../src/transport/transport.js';
import { encodeUtf8 } from '../../../src/util/bytes.js';
import { FakeClock } from '../../../src/util/fake-clock.js';

let clock: FakeClock;
let server: LocalServer;
let cluster: Cluster;
let transport: FaultyTransport;
let recorder: EventRecorder;
let lost: unknown[];

/** A way to the server that can be cut. */
class FaultyTransport extends HandlerTransport {
  down = false;
  readonly writes: string[] = [];

  override async send(request: TransportRequest) {
    if (this.down) throw new NetworkError('no route to host');
    if (request.method !== 'GET') this.writes.push(request.method);
    return super.send(request);
  }
}

const about = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'site', namespace: 'default', uid: 'u1' } };
const created = { reason: 'PageCreated', action: 'Create', note: 'made a page' };
const all = async () => (await cluster.resource(Event).list().page()).items;

beforeEach(async () => {
  clock = new FakeClock();
  // A clock of its own: the server's timers for compaction and expiry do not count below.
  server = await startServer({ listen: false, clock: new FakeClock() });
  transport = new FaultyTransport(server.api);
  cluster = new ClusterClass(transport, { clock });
  await cluster
    .resource(ConfigMap)
    .in('default')
    .create({ metadata: { name: 'first' } });
  transport.writes.splice(0);
  lost = [];
  recorder = new EventRecorder(cluster, {
    controller: 'example.com/website',
    instance: 'website-0',
    clock,
    random: () => 0.5,
    onLost: (error) => lost.push(error),
  });
});
afterEach(() => server.close());

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('EventRecorder', () => {
  it('writes what happened, about what, by whom, with names and times as the API wants them', async () => {
    const related = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' } };
    recorder.normal(about, { ...created, related, annotations: { a: 'b' } });
    await recorder.close();
    const [event] = await all();
    expect(event).toMatchObject({
      metadata: {
        namespace: 'default',
        annotations: { a: 'b' },
        name: expect.stringMatching(/^site\.[0-9a-f]{14,16}$/),
      },
      eventTime: '2026-01-01T00:00:00.000000Z',
      type: 'Normal',
      reason: 'PageCreated',
      action: 'Create',
      note: 'made a page',
      regarding: { apiVersion: 'v1', kind: 'ConfigMap', name: 'site', namespace: 'default', uid: 'u1' },
      related: { kind: 'Pod', name: 'p' },
      reportingController: 'example.com/website',
      reportingInstance: 'website-0',
    });
    expect([event?.series, lost]).toEqual([undefined, []]);
    expect(recorder.metrics.events_written_total).toBe(1);
  });

  it('puts events about cluster-scoped objects into default, and gives odd names another', async () => {
    const node = await cluster.resource(Node).create({ metadata: { name: 'n1' } });
    recorder.warning(node, { reason: 'Broken', note: '' });
    recorder.normal({ apiVersion: 'v1', kind: 'Odd', metadata: { name: 'System:Odd' } }, created);
    await recorder.close();
    expect((await all()).map(({ metadata, type, action }) => [metadata.namespace, type, action]).sort()).toEqual([
      ['default', 'Normal', 'Create'],
      ['default', 'Warning', 'Broken'],
    ]);
  });

  it('makes a series of the same thing: the second is written, the others counted, the count written at the end', async () => {
    for (let i = 0; i < 10; i++) {
      // A status that changes with each event does not make a new event.
      recorder.warning({ ...about, metadata: { ...about.metadata, resourceVersion: String(i) } }, created);
      await settled();
      await clock.advance(1000);
    }
    expect(transport.writes).toEqual(['POST', 'PATCH']);
    expect((await all()).map(({ series }) => series?.count)).toEqual([2]);
    await clock.advance(360_000 * 2);
    await settled();
    expect(transport.writes).toEqual(['POST', 'PATCH', 'PATCH']);
    expect(await all()).toMatchObject([{ series: { count: 10, lastObservedTime: '2026-01-01T00:00:09.000000Z' } }]);
    recorder.warning(about, created);
    await settled();
    expect((await all()).length).toBe(2);
    expect(recorder.metrics.events_aggregated_total).toBe(8);
    expect(clock.pending).toBe(1);
  });

  it('keeps a long series alive on the server, and makes it anew when it was deleted there', async () => {
    recorder.normal(about, created);
    await settled();
    for (let minute = 0; minute < 62; minute++) {
      recorder.normal(about, created);
      await settled();
      await clock.advance(60_000);
    }
    expect(transport.writes).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH']);
    const [event] = await all();
    await cluster
      .resource(Event)
      .in('default')
      .delete(event?.metadata.name ?? '');
    await recorder.close();
    expect((await all()).map(({ series, metadata }) => [metadata.name, series?.count])).toEqual([
      [event?.metadata.name, 63],
    ]);
  });

  it('writes the counts that are not written yet when it is closed', async () => {
    for (let i = 0; i < 5; i++) recorder.normal(about, created);
    await recorder.close();
    expect((await all()).map(({ series }) => series?.count)).toEqual([5]);
    recorder.normal(about, created);
    expect([lost.length, recorder.metrics.events_lost_total]).toEqual([1, 1]);
  });

  it('writes 25 events about one object, then one in five minutes; others are not concerned', async () => {
    for (let i = 0; i < 30; i++) {
      recorder.normal(about, { ...created, reason: `R${i}` });
      await settled();
    }
    expect(recorder.metrics).toMatchObject({ events_written_total: 25, events_filtered_total: 5 });
    recorder.normal({ ...about, metadata: { ...about.metadata, uid: 'u2' } }, created);
    recorder.warning(about, created);
    await clock.advance(300_000);
    recorder.normal(about, { ...created, reason: 'Later' });
    recorder.normal(about, { ...created, reason: 'TooMany' });
    await recorder.close();
    expect(recorder.metrics).toMatchObject({ events_written_total: 28, events_filtered_total: 6 });
  });

  it('cuts what is too long between characters, as the server refuses it', async () => {
    recorder.normal(about, { reason: 'r'.repeat(200), action: 'a'.repeat(200), note: '€'.repeat(1000) });
    await recorder.close();
    const [event] = await all();
    expect([event?.reason?.length, event?.action?.length, lost]).toEqual([128, 128, []]);
    expect(encodeUtf8(event?.note ?? '').length).toBeLessThanOrEqual(1024);
    expect(event?.note).toMatch(/^€{340}\.\.\.$/);
  });

  it('never throws into a reconcile, whatever it is given', () => {
    recorder.normal({}, created);
    recorder.normal(about, { ...created, reason: '' });
    recorder.normal(undefined as never, undefined as never);
    expect(lost.length).toBe(3);
    expect(() => new EventRecorder(cluster, { controller: 'not a name' })).toThrow('cannot report events');
  });

  it('tries again while the server is out of reach, and gives up what it refuses', async () => {
    transport.down = true;
    recorder.normal(about, created);
    await settled();
    transport.down = false;
    await clock.advance(12_500);
    await settled();
    expect((await all()).length).toBe(1);
    recorder.normal({ ...about, metadata: { ...about.metadata, namespace: 'nowhere' } }, created);
    await settled();
    expect(lost).toMatchObject([{ isNotFound: true }]);
  });

  it('holds at most a thousand events and loses the others, and is closed in time even if nothing gets through', async () => {
    transport.down = true;
    for (let i = 0; i < 1100; i++)
      recorder.normal({ ...about, metadata: { ...about.metadata, uid: `u${i}` } }, created);
    expect(lost.length).toBe(1100 - 1000 - 8);
    const closing = recorder.close({ timeoutMs: 3000 });
    await clock.advance(13_000);
    await closing;
    expect(recorder.metrics).toMatchObject({ events_lost_total: 1100, events_written_total: 0 });
  });

  it('gives up at once when told to', async () => {
    transport.down = true;
    recorder.normal(about, created);
    await settled();
    await recorder.close({ signal: AbortSignal.abort(new Error('second SIGTERM')) });
    expect(lost.length).toBe(1);
    expect(clock.pending).toBe(0);
  });
});
