import { Event, Node, Pod } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { expect, test } from 'vitest';

test('the events of an object are those about it, oldest first, and go on as they come', async () => {
  await using server = await startServer();
  await using cluster = await server.connect();
  const events = cluster.resource(Event).in('default');
  const record = (name: string, reason: string, minute: number, more: object = {}) => {
    const time = `2026-01-01T00:0${minute}:00Z`;
    return events.create({
      metadata: { name },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace: 'default' },
      reason,
      type: 'Normal',
      firstTimestamp: time,
      lastTimestamp: time,
      ...more,
    });
  };
  await record('a', 'Started', 2);
  await record('b', 'Pulled', 1, { involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' } });
  await record('c', 'Failed', 3, { type: 'Warning' });
  await record('d', 'Other', 0, {
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'db', namespace: 'default' },
  });
  await record('e', 'Foreign', 0, {
    involvedObject: { apiVersion: 'example.com/v1', kind: 'Pod', name: 'web', namespace: 'default' },
  });
  const pods = cluster.resource(Pod).in('default');
  const reasons = async (of: AsyncIterable<{ reason?: string | undefined }>) => {
    const found = [];
    for await (const { reason } of of) found.push(reason);
    return found;
  };
  expect(await reasons(pods.events('web'))).toEqual(['Pulled', 'Started', 'Failed']);
  expect((await pods.events('web', { types: ['Warning'] }).all()).map(({ reason }) => reason)).toEqual(['Failed']);
  expect(await pods.events('nobody').all()).toEqual([]);
  await record('f', 'NodeReady', 4, { involvedObject: { kind: 'Node', name: 'n1' } });
  expect(await reasons(cluster.resource(Node).events('n1'))).toEqual(['NodeReady']);

  const followed: string[] = [];
  for await (const { reason = '', count = 1 } of pods.events('web', { follow: true })) {
    followed.push(`${reason} ${count}`);
    if (followed.length === 3) await events.update('a', (event) => void Object.assign(event, { count: 2 }));
    if (followed.length === 4) break;
  }
  expect(followed).toEqual(['Pulled 1', 'Started 1', 'Failed 1', 'Started 2']);
  const ending = new AbortController();
  await expect(
    (async () => {
      for await (const _ of pods.events('web', { follow: true, signal: ending.signal }))
        ending.abort(new Error('enough'));
    })(),
  ).rejects.toThrow('enough');
});
