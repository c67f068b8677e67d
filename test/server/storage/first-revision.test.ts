import { expect, test } from 'vitest';
import { firstRevision } from '../../../src/server/storage/first-revision.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { TestServer } from '../client.js';

test('a store begins beyond all that an earlier process wrote, if that wrote less than once a millisecond', async () => {
  const clock = new FakeClock();
  const before = firstRevision(clock);
  await clock.advance(1_500);
  expect(firstRevision(clock)).toBe(before + 1_500);
  // Versions that clients take for the far future stay that.
  for (let year = 2025; year < 2060; year++) {
    const first = firstRevision(new FakeClock(Date.UTC(year, 11, 31, 23, 59, 59, 999)));
    expect(first).toBeGreaterThanOrEqual(100);
    expect(first).toBeLessThan(900_000_100);
  }
});

test('a server that begins anew answers 410 to watches of the one before it, and to versions of its own beginning', async () => {
  const clock = new FakeClock();
  const before = new TestServer({ clock, compactionIntervalMs: 0 });
  const path = '/api/v1/namespaces/default/configmaps';
  for (let i = 0; i < 20; i++) await before.ask('POST', path, { metadata: { name: `c${i}` } });
  const last = (await before.ask('GET', path)).body.metadata.resourceVersion;
  await before.api.close();
  await clock.advance(25);
  const after = new TestServer({ clock, compactionIntervalMs: 0 });
  for (const version of ['1', last]) {
    const { events, ended } = await after.watch(`${path}?watch=1&resourceVersion=${version}`);
    await ended;
    expect(events).toEqual([{ type: 'ERROR', object: expect.objectContaining({ code: 410, reason: 'Expired' }) }]);
  }
  await after.api.close();
});
