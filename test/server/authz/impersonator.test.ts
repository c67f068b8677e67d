import { describe, expect, it } from 'vitest';
import type { ApiServerOptions } from '../../../src/server/index.js';
import type { UserInfo } from '../../../src/server/object/user.js';
import { bytesOf, TestServer } from '../client.js';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const jane = { username: 'jane', groups: ['system:authenticated'] };
const admin = { username: 'admin', groups: ['system:masters', 'system:authenticated'] };
const configMaps = '/api/v1/namespaces/default/configmaps';

type Headers = { readonly [name: string]: string | string[] };

async function ask(server: TestServer, user: UserInfo, method: string, path: string, headers: Headers, body?: object) {
  const response = await server.api.handle({
    method,
    path,
    user,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body)),
  });
  return { status: response.status, body: JSON.parse(new TextDecoder().decode(await bytesOf(response))) };
}

/** A server on which jane has these rules, and may do nothing else but review herself. */
async function serverFor(rules: readonly object[], options: ApiServerOptions = {}): Promise<TestServer> {
  const server = new TestServer(options);
  await server.ask('POST', `${rbac}/clusterroles`, { metadata: { name: 'janes' }, rules });
  await server.ask('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name: 'janes' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'janes' },
    subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  return server;
}

async function whoAmI(server: TestServer, user: UserInfo, headers: Headers) {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { status, body } = await ask(server, user, 'POST', path, headers, {});
  return status === 201 ? body.status.userInfo : body.message;
}

const core = (resource: string, ...resourceNames: string[]) => ({
  verbs: ['impersonate'],
  apiGroups: [''],
  resources: [resource],
  ...(resourceNames.length > 0 ? { resourceNames } : {}),
});
const authentication = (verb: string, resource: string, ...resourceNames: string[]) => ({
  ...core(resource, ...resourceNames),
  verbs: [verb],
  apiGroups: ['authentication.k8s.io'],
});
const onConfigMaps = (mode: string, verb: string) => ({
  verbs: [`impersonate-on:${mode}:${verb}`],
  apiGroups: [''],
  resources: ['configmaps'],
});
const readsConfigMaps = (username: string) => ({ kind: 'User', name: username, apiGroup: 'rbac.authorization.k8s.io' });

/** Lets these users list config maps. */
async function allowList(server: TestServer, ...usernames: string[]): Promise<void> {
  const rules = [{ verbs: ['list'], apiGroups: [''], resources: ['configmaps'] }];
  await server.ask('POST', `${rbac}/clusterroles`, { metadata: { name: 'lists' }, rules });
  await server.ask('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name: 'lists' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lists' },
    subjects: usernames.map(readsConfigMaps),
  });
}

describe('an administrator who acts for', () => {
  const standing = 'system:authenticated';
  it.each<[string, Headers, object]>([
    ['a node', { 'impersonate-user': 'system:node:foo' }, { groups: ['system:nodes', standing] }],
    [
      'a node in a group',
      { 'impersonate-user': 'system:node:foo', 'impersonate-group': ['dev'] },
      { groups: ['dev', standing] },
    ],
    ['a node without a valid name', { 'impersonate-user': 'system:node:Foo_' }, { groups: [standing] }],
    [
      'a service account',
      { 'impersonate-user': 'system:serviceaccount:a:b' },
      { groups: ['system:serviceaccounts', 'system:serviceaccounts:a', standing] },
    ],
    [
      'a service account without a valid name',
      { 'impersonate-user': 'system:serviceaccount:A:b' },
      { groups: [standing] },
    ],
    [
      'a master',
      { 'impersonate-user': 'jane', 'impersonate-group': ['system:masters'] },
      { groups: ['system:masters', standing] },
    ],
    ['an empty group', { 'impersonate-user': 'jane', 'impersonate-group': [''] }, { groups: ['', standing] }],
    [
      'a user with everything',
      { 'impersonate-user': 'jane', 'impersonate-uid': 'u', 'impersonate-extra-foo%2fbar': ['x', 'y'] },
      { uid: 'u', groups: [standing], extra: { 'foo/bar': ['x', 'y'] } },
    ],
    [
      'the anonymous user',
      { 'impersonate-user': 'system:anonymous', 'impersonate-group': [standing] },
      { groups: [standing, 'system:unauthenticated'] },
    ],
  ])('%s is the user that kube-apiserver makes of it', async (_name, headers, expected) => {
    const user = await whoAmI(new TestServer(), admin, headers);
    expect(user).toEqual({ username: headers['impersonate-user'], ...expected });
  });
});

describe('the verb impersonate', () => {
  it.each<[string, object, Headers, Headers]>([
    ['user', core('users', 'bob'), { 'impersonate-user': 'bob' }, { 'impersonate-user': 'eve' }],
    [
      'group',
      core('groups', 'dev'),
      { 'impersonate-user': 'bob', 'impersonate-group': ['dev'] },
      { 'impersonate-user': 'bob', 'impersonate-group': ['dev', 'system:masters'] },
    ],
    [
      'uid',
      authentication('impersonate', 'uids', 'u'),
      { 'impersonate-user': 'bob', 'impersonate-uid': 'u' },
      { 'impersonate-user': 'bob', 'impersonate-uid': 'v' },
    ],
    [
      'extra value',
      authentication('impersonate', 'userextras/scopes', 'view'),
      { 'impersonate-user': 'bob', 'impersonate-extra-scopes': ['view'] },
      { 'impersonate-user': 'bob', 'impersonate-extra-scopes': ['view', 'edit'] },
    ],
    [
      'service account',
      core('serviceaccounts', 'bot'),
      { 'impersonate-user': 'system:serviceaccount:default:bot' },
      { 'impersonate-user': 'system:serviceaccount:default:admin' },
    ],
  ])('is needed for each %s', async (_what, rule, allowed, refused) => {
    const server = await serverFor([core('users', 'bob'), rule]);
    expect(await whoAmI(server, jane, allowed)).toMatchObject({ username: allowed['impersonate-user'] });
    expect(await whoAmI(server, jane, refused)).toMatch(/cannot impersonate/);
    const without = await serverFor([core('users', 'bob')]);
    const isName = Object.keys(allowed).length === 1 && allowed['impersonate-user'] === 'bob';
    if (!isName) expect(await whoAmI(without, jane, allowed)).toMatch(/cannot impersonate/);
  });

  it('is reported as missing to a user who impersonated with it before', async () => {
    const server = await serverFor([core('users', 'bob')]);
    const eve = { 'impersonate-user': 'eve' };
    const first = await whoAmI(await serverFor([]), jane, eve);
    expect(first).toBe(
      'selfsubjectreviews.authentication.k8s.io is forbidden: User "jane" cannot impersonate-on:user-info:create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope',
    );
    await whoAmI(server, jane, { 'impersonate-user': 'bob' });
    expect(await whoAmI(server, jane, eve)).toBe(
      'users "eve" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });
});

describe('constrained impersonation', () => {
  const bob = { 'impersonate-user': 'bob' };

  it('needs a right to the user and one to the request, and allows no other request', async () => {
    const both = [authentication('impersonate:user-info', 'users', 'bob'), onConfigMaps('user-info', 'list')];
    const server = await serverFor(both);
    await allowList(server, 'bob');
    expect((await ask(server, jane, 'GET', configMaps, bob)).status).toBe(200);
    expect((await ask(server, jane, 'GET', `${configMaps}/a`, bob)).body.message).toBe(
      'configmaps "a" is forbidden: User "jane" cannot impersonate-on:user-info:get resource "configmaps" in API group "" in the namespace "default"',
    );
    for (const rule of both) {
      const half = await serverFor([rule]);
      await allowList(half, 'bob');
      expect((await ask(half, jane, 'GET', configMaps, bob)).status).toBe(403);
    }
  });

  it('gives no rights that the user does not have', async () => {
    const server = await serverFor([authentication('impersonate:user-info', '*'), onConfigMaps('user-info', 'list')]);
    const { status, body } = await ask(server, jane, 'GET', configMaps, bob);
    expect([status, body.message]).toEqual([403, expect.stringContaining('User "bob" cannot list')]);
  });

  it.each<[string, Headers, string]>([
    ['system:masters', { 'impersonate-group': ['system:masters'] }, 'the system:masters group is not allowed'],
    ['an empty group', { 'impersonate-group': [''] }, 'the empty string group is not allowed'],
    ['an extra key without a domain', { 'impersonate-extra-scopes': ['x'] }, 'must be a domain-prefixed path'],
    ['an empty extra value', { 'impersonate-extra-a.io%2fx': [''] }, 'the empty string value in extra is not allowed'],
  ])('never allows %s', async (_what, headers, message) => {
    const server = await serverFor([
      authentication('impersonate:user-info', '*'),
      { verbs: ['impersonate-on:user-info:list'], apiGroups: ['*'], resources: ['*'] },
    ]);
    await allowList(server, 'bob');
    expect((await ask(server, jane, 'GET', configMaps, bob)).status).toBe(200);
    const { status, body } = await ask(server, jane, 'GET', configMaps, { ...bob, ...headers });
    expect([status, body.message]).toEqual([403, expect.stringContaining(message)]);
  });

  it('of users covers neither nodes nor service accounts', async () => {
    const server = await serverFor([authentication('impersonate:user-info', '*'), onConfigMaps('user-info', 'list')]);
    const names = ['system:node:n', 'system:serviceaccount:default:bot'];
    await allowList(server, ...names);
    for (const name of names)
      expect((await ask(server, jane, 'GET', configMaps, { 'impersonate-user': name })).status).toBe(403);
  });

  it.each([
    ['arbitrary-node', 'nodes', 'n', 'system:node:n'],
    ['serviceaccount', 'serviceaccounts', 'bot', 'system:serviceaccount:default:bot'],
  ])('of mode %s allows just that name', async (mode, resource, name, username) => {
    const server = await serverFor([authentication(`impersonate:${mode}`, resource, name), onConfigMaps(mode, 'list')]);
    await allowList(server, username, `${username}x`);
    expect((await ask(server, jane, 'GET', configMaps, { 'impersonate-user': username })).status).toBe(200);
    expect((await ask(server, jane, 'GET', configMaps, { 'impersonate-user': `${username}x` })).status).toBe(403);
    const more = { 'impersonate-user': username, 'impersonate-group': ['system:masters'] };
    expect((await ask(server, jane, 'GET', configMaps, more)).status).toBe(403);
  });

  it('of the own node is for a service account with a token from that node', async () => {
    const server = await serverFor([]);
    await allowList(server, 'system:node:mine', 'system:node:other');
    const account = 'system:serviceaccount:default:agent';
    const rules = [authentication('impersonate:associated-node', 'nodes'), onConfigMaps('associated-node', 'list')];
    await server.ask('POST', `${rbac}/clusterroles`, { metadata: { name: 'agents' }, rules });
    await server.ask('POST', `${rbac}/clusterrolebindings`, {
      metadata: { name: 'agents' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'agents' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: 'agent' }],
    });
    const agent = {
      username: account,
      groups: ['system:authenticated'],
      extra: { 'authentication.kubernetes.io/node-name': ['mine'] },
    };
    const get = async (user: UserInfo, node: string) =>
      (await ask(server, user, 'GET', configMaps, { 'impersonate-user': `system:node:${node}` })).status;
    expect(await get(agent, 'mine')).toBe(200);
    expect(await get(agent, 'other')).toBe(403);
    expect(await get({ username: account, groups: ['system:authenticated'] }, 'mine')).toBe(403);
  });

  it('is off without its feature gate', async () => {
    const rules = [authentication('impersonate:user-info', 'users', 'bob'), onConfigMaps('user-info', 'list')];
    const server = await serverFor(rules, { featureGates: 'ConstrainedImpersonation=false' });
    await allowList(server, 'bob');
    expect((await ask(server, jane, 'GET', configMaps, bob)).body.message).toBe(
      'users "bob" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });
});

it('headers without a user name are a bad request', async () => {
  const headers = { 'impersonate-group': ['g', 'h'], 'impersonate-extra-b': ['x'] };
  const { status, body } = await ask(new TestServer(), admin, 'GET', configMaps, headers);
  expect([status, body.message]).toEqual([
    400,
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"g", "h"}, Extra:map[string][]string{"b":[]string{"x"}}} without impersonating a user name',
  ]);
});
