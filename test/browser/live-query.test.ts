import fc from 'fast-check';
import { connectGateway, type LiveSnapshot } from 'keelson/browser';
import { Pod } from 'keelson/k8s/core/v1';
import { describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../src/util/fake-clock.js';
import { FakeGateway, FakeRows } from './fake-gateway.js';

type Shown = LiveSnapshot<Pod>;

const keys = ({ rows }: Shown) => rows.map(({ key }) => key);
const flush = () => new Promise<void>((resolve) => setImmediate(resolve));

function start() {
  const [rows, gateway, clock] = [new FakeRows(), new FakeGateway(), new FakeClock()];
  gateway.onClientMessage = (message, answer) => {
    const rowsMessage = rows.take(message);
    if (rowsMessage !== undefined) answer(rowsMessage);
    if (message.type === 'call') answer({ type: 'result', id: message.id, value: { user: 'jane', groups: [] } });
  };
  const client = connectGateway({
    url: 'http://gateway.test/',
    webSocket: gateway.webSocket,
    clock,
    random: () => 0.5,
    isSignedOut: async () => false,
  });
  return { rows, gateway, clock, client };
}

describe('a live query', () => {
  it('opens with its first subscriber, and closes after the last one', async () => {
    const { gateway, rows, client } = start();
    rows.rows.set('shop/web', 1);
    const query = client.live(Pod, { namespace: 'shop', sort: ['status.phase'] });
    expect(gateway.attempts).toBe(0);
    expect(query.getSnapshot().status).toBe('loading');
    const seen: Shown[] = [];
    const end = query.subscribe((snapshot) => seen.push(snapshot));
    await flush();
    expect(gateway.received).toEqual([
      {
        type: 'open',
        id: 1,
        kind: { apiVersion: 'v1', kind: 'Pod' },
        query: { namespace: 'shop', sort: ['status.phase'] },
      },
    ]);
    expect(seen).toHaveLength(1);
    expect(query.getSnapshot()).toBe(seen[0]);
    expect(keys(query.getSnapshot())).toEqual(['shop/web']);
    end();
    const again = query.subscribe(() => {});
    await flush();
    expect(gateway.received).toHaveLength(1);
    again();
    await flush();
    expect(gateway.received.at(-1)).toEqual({ type: 'close', id: 1 });
    expect(query.getSnapshot()).toMatchObject({ status: 'stale', total: 1 });
    client.close();
  });

  it('keeps the objects of rows that did not change', async () => {
    const { gateway, rows, client } = start();
    for (const key of ['a', 'b', 'c']) rows.rows.set(key, 1);
    const query = client.live(Pod);
    query.subscribe(() => {});
    await flush();
    const before = query.getSnapshot();
    rows.rows.set('b', 2);
    for (const message of rows.changes()) gateway.send(message);
    const after = query.getSnapshot();
    expect(after.rows.map((row, index) => row === before.rows[index])).toEqual([true, false, true]);
    expect(after.rows[1]?.object?.metadata?.generation).toBe(2);
    gateway.send({ type: 'rows', id: 1, total: 9 });
    expect(query.getSnapshot().rows).toBe(after.rows);
    expect(query.getSnapshot().total).toBe(9);
    client.close();
  });

  it('shows the old rows while the connection is away, and the same objects after it has come back', async () => {
    const { gateway, rows, clock, client } = start();
    for (const key of ['a', 'b']) rows.rows.set(key, 1);
    const query = client.live(Pod);
    const sizes: number[] = [];
    query.subscribe((snapshot) => sizes.push(snapshot.rows.length));
    await flush();
    const before = query.getSnapshot();
    rows.forget();
    gateway.isUp = false;
    gateway.cut();
    expect(query.getSnapshot()).toMatchObject({ status: 'stale', rows: before.rows });
    await clock.advance(10_000);
    expect(gateway.attempts).toBeGreaterThan(3);
    gateway.isUp = true;
    rows.rows.set('b', 2);
    await clock.advance(30_000);
    await flush();
    expect(query.getSnapshot().status).toBe('live');
    expect(query.getSnapshot().rows[0]).toBe(before.rows[0]);
    expect(query.getSnapshot().rows[1]).not.toBe(before.rows[1]);
    expect(sizes.every((size) => size === 2)).toBe(true);
    client.close();
  });

  it('tells why it is refused, forgets its rows, and asks again after an update', async () => {
    const { gateway, rows, client } = start();
    rows.rows.set('a', 1);
    const query = client.live(Pod);
    query.subscribe(() => {});
    await flush();
    const fault = { status: 403, reason: 'Forbidden', message: 'jane cannot list pods' };
    gateway.send({ type: 'fault', id: 1, fault });
    expect(query.getSnapshot()).toMatchObject({ status: 'refused', rows: [], total: 0, error: fault });
    expect(query.getSnapshot().error?.code).toBe('ERR_KUBE_GATEWAY');
    query.update({ namespace: 'shop' });
    expect(gateway.received.at(-1)).toMatchObject({ type: 'open', id: 1, query: { namespace: 'shop' } });
    expect(keys(query.getSnapshot())).toEqual(['a']);
    client.close();
  });

  it('has the place of the rows that it shows, also while its window moves', async () => {
    const { gateway, rows, client } = start();
    for (const key of ['a', 'b', 'c']) rows.rows.set(key, 1);
    const query = client.live(Pod, { window: { from: 0, to: 1 } });
    query.subscribe(() => {});
    await flush();
    gateway.onClientMessage = () => {};
    query.update({ window: { from: 2, to: 3 } });
    gateway.send({ type: 'rows', id: 1, total: 4, order: ['a2'], set: [{ key: 'a2' }] });
    expect(query.getSnapshot()).toMatchObject({ from: 0, rows: [{ key: 'a2' }] });
    gateway.send({ type: 'rows', id: 1, total: 4, from: 2, order: ['c'], set: [{ key: 'c' }] });
    expect(query.getSnapshot()).toMatchObject({ from: 2, rows: [{ key: 'c' }] });
    client.close();
  });

  it('forgets counts and columns that the query does not have any more', async () => {
    const { gateway, client } = start();
    gateway.onClientMessage = () => {};
    const query = client.live(Pod, { group: 'status.phase', columns: 'table' });
    query.subscribe(() => {});
    await flush();
    const tableColumns = [{ name: 'Name', type: 'string', priority: 0 }];
    gateway.send({ type: 'rows', id: 1, total: 2, from: 0, counts: { Running: 2 }, tableColumns });
    expect(query.getSnapshot()).toMatchObject({ counts: { Running: 2 }, columns: tableColumns });
    query.update({ columns: 'object' });
    gateway.send({ type: 'rows', id: 1, total: 2, from: 0 });
    expect(query.getSnapshot()).toMatchObject({ counts: { Running: 2 }, columns: [] });
    gateway.cut();
    query.update({ group: undefined });
    client.connect();
    await flush();
    gateway.send({ type: 'rows', id: 1, total: 2, from: 0 });
    expect(query.getSnapshot()).toMatchObject({ status: 'live', counts: {} });
    client.close();
  });

  it('ends with the signal of its last subscriber', async () => {
    const { gateway, client } = start();
    const stopping = new AbortController();
    const query = client.live(Pod);
    query.subscribe(() => {}, { signal: stopping.signal });
    await flush();
    stopping.abort();
    await flush();
    expect(gateway.received.map(({ type }) => type)).toEqual(['open', 'close']);
    query.subscribe(() => {}, { signal: stopping.signal });
    await flush();
    expect(gateway.received).toHaveLength(2);
    client.close();
  });

  it('tells the other subscribers too when one throws', async () => {
    const { client } = start();
    const query = client.live(Pod);
    const reported: (() => void)[] = [];
    const stop = query.subscribe(() => {
      stop();
      throw new Error('cannot draw');
    });
    const other = vi.fn();
    query.subscribe(other);
    const spy = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((fn) => {
      if (String(fn).includes('throw error')) reported.push(fn);
      else void Promise.resolve().then(fn);
    });
    await flush();
    spy.mockRestore();
    expect(other).toHaveBeenCalledTimes(1);
    expect(reported).toHaveLength(1);
    expect(reported[0]).toThrow('cannot draw');
    client.close();
  });

  it('asks for one object by its name', async () => {
    const { gateway, client } = start();
    client.liveObject(Pod, { name: 'web', namespace: 'shop' }).subscribe(() => {});
    await flush();
    expect(gateway.received[0]).toMatchObject({
      query: {
        namespace: 'shop',
        where: [{ path: 'metadata.name', is: '=', value: 'web' }],
        window: { from: 0, to: 1 },
      },
    });
    client.close();
  });

  it('shows what the gateway has after any changes, cuts and moves of the window', async () => {
    const step = fc.oneof(
      fc.record({ set: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ remove: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ from: fc.integer({ min: 0, max: 4 }), size: fc.integer({ min: 0, max: 6 }) }),
      fc.constant('cut' as const),
      fc.constant('down' as const),
      fc.constant('tell' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { gateway, rows, clock, client } = start();
        const query = client.live(Pod, { window: { from: 0, to: 4 } });
        let shown: Shown = query.getSnapshot();
        query.subscribe((snapshot) => {
          shown = snapshot;
        });
        let version = 0;
        for (const one of steps) {
          if (one === 'tell') for (const message of rows.changes()) gateway.send(message);
          else if (one === 'cut' || one === 'down') {
            gateway.isUp = one === 'cut';
            rows.forget();
            gateway.cut();
            await clock.advance(one === 'cut' ? 0 : 1_000);
          } else if ('set' in one) rows.rows.set(`key-${one.set}`, ++version);
          else if ('remove' in one) rows.rows.delete(`key-${one.remove}`);
          else query.update({ window: { from: one.from, to: one.from + one.size } });
        }
        gateway.isUp = true;
        await clock.advance(60_000);
        await flush();
        for (const message of rows.changes()) gateway.send(message);
        expect(shown).toBe(query.getSnapshot());
        expect(shown.status).toBe('live');
        expect(shown.rows.map(({ key, object }) => [key, object?.metadata?.generation])).toEqual(
          rows.shown(query.options),
        );
        expect(shown.total).toBe(rows.rows.size);
        expect(shown.from).toBe(query.options.window?.from);
        client.close();
        expect(clock.pending).toBe(0);
      }),
    );
  });
});
