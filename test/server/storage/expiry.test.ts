import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { TestServer } from '../client.js';

const hour = 3_600_000;
const events = '/api/v1/namespaces/default/events';
const event = (name: string) => ({
  metadata: { name },
  involvedObject: { namespace: 'default' },
  reason: 'Tested',
});

const names = async (server: TestServer): Promise<string[]> =>
  (await server.ask('GET', events)).body.items.map((item: { metadata: { name: string } }) => item.metadata.name);

describe('events', () => {
  it('are deleted an hour after their last change, and watches say so', async () => {
    const clock = new FakeClock();
    const server = new TestServer({ clock });
    await server.ask('POST', events, event('old'));
    await server.ask('POST', events, event('changed'));
    const watch = await server.watch(`${events}?watch=true&timeoutSeconds=100000`);
    await clock.advance(hour / 2);
    await server.ask('PATCH', `${events}/changed`, { count: 2 }, { 'content-type': 'application/merge-patch+json' });
    await clock.advance(hour / 2);
    expect(await names(server)).toEqual(['changed']);
    await clock.advance(hour / 2 - 1);
    expect(await names(server)).toEqual(['changed']);
    await clock.advance(1);
    expect(await names(server)).toEqual([]);
    await watch.close();
    const seen = watch.events.map(({ type, object }) => `${type} ${object.metadata.name}`);
    expect(seen.slice(-2)).toEqual(['DELETED old', 'DELETED changed']);
    await server.api.close();
    expect(clock.pending).toBe(0);
  });

  it('live as long as eventTtlMs says, also after a snapshot was restored', async () => {
    const clock = new FakeClock();
    const server = new TestServer({ clock, eventTtlMs: 1_000 });
    await server.ask('POST', events, event('one'));
    const snapshot = await server.api.snapshot();
    await clock.advance(1_000);
    expect(await names(server)).toEqual([]);
    await server.api.restore(snapshot);
    await clock.advance(999);
    expect(await names(server)).toEqual(['one']);
    await clock.advance(1);
    expect(await names(server)).toEqual([]);
  });
});
