import { describe, expect, it } from 'vitest';
import { bytesOf, TestServer } from '../client.js';

const group = 'rbac.authorization.k8s.io';
const rbac = `/apis/${group}/v1`;
const jane = { username: 'jane', groups: ['dev', 'system:authenticated'] };

async function as(server: TestServer, method: string, path: string, body: object, type = 'application/json') {
  const response = await server.api.handle({
    method,
    path,
    user: jane,
    headers: { 'content-type': type },
    body: new TextEncoder().encode(JSON.stringify(body)),
  });
  return { status: response.status, body: JSON.parse(new TextDecoder().decode(await bytesOf(response))) };
}

/** A server on which jane may do what `rules` say, in the whole cluster. */
async function serverFor(...rules: object[]): Promise<TestServer> {
  const server = new TestServer();
  await server.ask('POST', `${rbac}/clusterroles`, { metadata: { name: 'janes' }, rules });
  await server.ask('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name: 'janes' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'janes' },
    subjects: [{ kind: 'User', name: 'jane', apiGroup: group }],
  });
  return server;
}

const writesRoles = {
  apiGroups: [group],
  resources: ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'],
  verbs: ['create', 'update', 'patch'],
};
const all = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const allPaths = { nonResourceURLs: ['*'], verbs: ['*'] };
const aggregating = (name: string) => ({
  metadata: { name },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { any: 'thing' } }] },
});
const secrets = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];

describe('an aggregation rule', () => {
  it('is refused to a caller without all rights, on create, replace and patch', async () => {
    const server = await serverFor(writesRoles);
    const created = await as(server, 'POST', `${rbac}/clusterroles`, aggregating('mine'));
    expect([created.status, created.body.message]).toEqual([
      403,
      'clusterroles.rbac.authorization.k8s.io "mine" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    ]);
    await server.ask('POST', `${rbac}/clusterroles`, { metadata: { name: 'mine' }, rules: [] });
    expect((await as(server, 'PUT', `${rbac}/clusterroles/mine`, aggregating('mine'))).status).toBe(403);
    const patch = { aggregationRule: aggregating('mine').aggregationRule };
    const patched = await as(server, 'PATCH', `${rbac}/clusterroles/mine`, patch, 'application/merge-patch+json');
    expect(patched.status).toBe(403);
  });

  it('cannot be changed or removed by a caller without all rights', async () => {
    const server = await serverFor(writesRoles);
    await server.ask('POST', `${rbac}/clusterroles`, aggregating('mine'));
    const labelled = { ...aggregating('mine'), metadata: { name: 'mine', labels: { a: 'b' } } };
    expect((await as(server, 'PUT', `${rbac}/clusterroles/mine`, labelled)).status).toBe(403);
    const removed = { metadata: { name: 'mine' }, rules: [] };
    expect((await as(server, 'PUT', `${rbac}/clusterroles/mine`, removed)).status).toBe(403);
  });

  it('is allowed with all rights, or with the verb escalate', async () => {
    const admin = await serverFor(all, allPaths);
    expect((await as(admin, 'POST', `${rbac}/clusterroles`, aggregating('mine'))).status).toBe(201);
    // All verbs on all resources include `escalate`.
    const without = await serverFor(all);
    expect((await as(without, 'POST', `${rbac}/clusterroles`, aggregating('mine'))).status).toBe(201);
    const escalate = await serverFor(writesRoles, { ...writesRoles, verbs: ['escalate'] });
    expect((await as(escalate, 'POST', `${rbac}/clusterroles`, aggregating('mine'))).status).toBe(201);
  });
});

describe('an update of a role or binding', () => {
  it('is checked in full even where its rules stay, but for owner references and finalizers', async () => {
    const server = await serverFor(writesRoles);
    await server.ask('POST', `${rbac}/clusterroles`, { metadata: { name: 'reads' }, rules: secrets });
    const merge = 'application/merge-patch+json';
    const path = `${rbac}/clusterroles/reads`;
    expect((await as(server, 'PATCH', path, { metadata: { labels: { a: 'b' } } }, merge)).status).toBe(403);
    expect((await as(server, 'PATCH', path, { metadata: { finalizers: ['example.com/f'] } }, merge)).status).toBe(200);
    const binding = {
      metadata: { name: 'reads' },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'reads' },
      subjects: [{ kind: 'User', name: 'joe', apiGroup: group }],
    };
    await server.ask('POST', `${rbac}/clusterrolebindings`, binding);
    const bound = `${rbac}/clusterrolebindings/reads`;
    expect((await as(server, 'PATCH', bound, { metadata: { labels: { a: 'b' } } }, merge)).status).toBe(403);
    const subjects = [{ kind: 'User', name: 'jane', apiGroup: group }];
    expect((await as(server, 'PATCH', bound, { subjects }, merge)).status).toBe(403);
  });

  it('may bind a role that the verb bind names, and no other', async () => {
    const bind = { apiGroups: [group], resources: ['clusterroles'], resourceNames: ['view'], verbs: ['bind'] };
    const server = await serverFor(writesRoles, bind);
    const binding = (name: string) => ({
      metadata: { name: `to-${name}` },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', name: 'jane', apiGroup: group }],
    });
    expect((await as(server, 'POST', `${rbac}/clusterrolebindings`, binding('view'))).status).toBe(201);
    expect((await as(server, 'POST', `${rbac}/clusterrolebindings`, binding('system:kube-scheduler'))).status).toBe(
      403,
    );
    expect((await as(server, 'POST', `${rbac}/clusterrolebindings`, binding('no-such'))).status).toBe(404);
  });
});
