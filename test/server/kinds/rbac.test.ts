import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };

it.each([
  [{ kind: 'User', name: 'jane', apiGroup: 'x' }, ['subjects[0].apiGroup']],
  [{ kind: 'ServiceAccount', name: 'robot' }, ['subjects[0].namespace']],
  [{ kind: 'ServiceAccount', name: 'Not_A_Name', namespace: 'x' }, ['subjects[0].name']],
  [{ kind: 'Robot', name: 'x' }, ['subjects[0].kind']],
  [{ kind: 'Group', name: '' }, ['subjects[0].name']],
])('a binding to %j is refused for %j', async (subject, fields) => {
  const body = { metadata: { name: 'x' }, roleRef, subjects: [subject] };
  const answer = await new TestServer().ask('POST', `${rbac}/clusterrolebindings`, body);
  expect(answer.status).toBe(422);
  expect(answer.body.details.causes.map(({ field }: { field: string }) => field)).toEqual(fields);
});

it('a binding of the whole cluster has a ClusterRole', async () => {
  const body = { metadata: { name: 'x' }, roleRef: { ...roleRef, kind: 'Role' } };
  const answer = await new TestServer().ask('POST', `${rbac}/clusterrolebindings`, body);
  expect(answer.body.details.causes.map(({ field }: { field: string }) => field)).toEqual(['roleRef.kind']);
});
