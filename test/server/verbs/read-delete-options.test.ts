import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const path = '/api/v1/namespaces/default/configmaps';

it.each([
  [{ gracePeriodSeconds: 'x' }, 400],
  [{ dryRun: 'All' }, 400],
  [{ orphanDependents: 'no' }, 400],
  [{ preconditions: 'x' }, 400],
  [[], 400],
  ['text', 400],
  [{ propagationPolicy: '' }, 422],
  [{ apiVersion: { a: 1 }, kind: 'X' }, 400],
  [{ apiVersion: ['v1'], kind: 'X' }, 400],
  [{ apiVersion: 'v1', kind: 3 }, 400],
])('a deletion with the options %j is refused', async (options, status) => {
  const server = new TestServer();
  await server.ask('POST', path, { metadata: { name: 'x' } });
  expect((await server.ask('DELETE', `${path}/x`, options)).status).toBe(status);
  expect((await server.ask('GET', `${path}/x`)).status).toBe(200);
});

it('an empty policy in the query is none of those there are', async () => {
  const server = new TestServer();
  await server.ask('POST', path, { metadata: { name: 'x' } });
  expect((await server.ask('DELETE', `${path}/x?propagationPolicy=`)).status).toBe(422);
});
