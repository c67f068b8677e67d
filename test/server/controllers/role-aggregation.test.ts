import { expect, it } from 'vitest';
import { TestServer, turn } from '../client.js';

const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const own = (resource: string) => [{ apiGroups: ['example.com'], resources: [resource], verbs: ['get'] }];

async function rulesOf(server: TestServer, name: string): Promise<unknown[]> {
  // The first answer comes when the server is up: only then is there a controller to wait for.
  await server.ask('GET', roles);
  for (let i = 0; i < 30; i++) await turn();
  return (await server.ask('GET', `${roles}/${name}`)).body.rules ?? [];
}

it('gives admin, edit and view the rules of the roles that are part of them, of new ones too, and takes them back', async () => {
  const server = new TestServer({ controllers: ['clusterrole-aggregation'] });
  const [view, edit, admin] = [
    await rulesOf(server, 'view'),
    await rulesOf(server, 'edit'),
    await rulesOf(server, 'admin'),
  ];
  expect(view.length).toBeGreaterThan(0);
  // Whoever may edit may view, and whoever may administrate may edit.
  expect(edit).toEqual(expect.arrayContaining(view));
  expect(admin).toEqual(expect.arrayContaining(edit));
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  await server.ask('POST', roles, { metadata: { name: 'view-widgets', labels }, rules: own('widgets') });
  expect(await rulesOf(server, 'admin')).toEqual(expect.arrayContaining(own('widgets')));
  await server.ask('DELETE', `${roles}/view-widgets`);
  expect(await rulesOf(server, 'view')).toEqual(view);
  expect(await rulesOf(server, 'admin')).not.toEqual(expect.arrayContaining(own('widgets')));
});

it('leaves roles with rules of their own alone, and names each rule of an aggregated one once', async () => {
  const server = new TestServer({ controllers: ['clusterrole-aggregation'] });
  for (const name of ['a', 'b'])
    await server.ask('POST', roles, { metadata: { name, labels: { part: 'of-all' } }, rules: own('widgets') });
  await server.ask('POST', roles, {
    metadata: { name: 'all' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'of-all' } }] },
  });
  expect(await rulesOf(server, 'all')).toEqual(own('widgets'));
  expect(await rulesOf(server, 'a')).toEqual(own('widgets'));
});
