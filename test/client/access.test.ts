import { available, complete, deleted, ready } from 'keelson';
import { Namespace, Pod } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { expect, test } from 'vitest';

test('a handle knows who it is and what it may do', async () => {
  await using server = await startServer();
  await using cluster = await server.connect();
  expect((await cluster.whoAmI()).groups).toContain('system:masters');
  expect(await cluster.can({ verb: 'delete', resource: Pod, namespace: 'default' })).toBe(true);
  const jane = cluster.impersonate({ user: 'jane', groups: ['dev'] });
  expect(await jane.whoAmI()).toMatchObject({ username: 'jane' });
  expect(await jane.can({ verb: 'delete', resource: Namespace })).toBe(false);
});

test('conditions hold when the status says so', () => {
  const pod = (status: string) => ({ kind: 'Pod', status: { conditions: [{ type: 'Ready', status }] } });
  expect([ready(pod('True')), ready(pod('False')), ready(undefined)]).toEqual([true, false, false]);
  expect([available(pod('True')), complete({}), deleted(undefined), deleted({})]).toEqual([false, false, true, false]);
});
