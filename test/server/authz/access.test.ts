import { describe, expect, it } from 'vitest';
import { bytesOf, TestServer } from '../client.js';

const group = 'rbac.authorization.k8s.io';
const jane = { username: 'jane', groups: ['dev', 'system:authenticated'] };

async function as(server: TestServer, user: typeof jane, method: string, path: string, body?: unknown) {
  const response = await server.api.handle({
    method,
    path,
    user,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body)),
  });
  return { status: response.status, body: JSON.parse(new TextDecoder().decode(await bytesOf(response))) };
}

async function grant(server: TestServer, rules: object[]): Promise<void> {
  const roles = `/apis/${group}/v1/namespaces/default`;
  await server.ask('POST', `${roles}/roles`, { metadata: { name: 'r' }, rules });
  await server.ask('POST', `${roles}/rolebindings`, {
    metadata: { name: 'b' },
    roleRef: { kind: 'Role', name: 'r' },
    subjects: [{ kind: 'User', name: 'jane' }],
  });
}

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('a server with roles', () => {
  it('lets nobody do what no role says, and follows a binding at once, both ways', async () => {
    const server = new TestServer();
    expect((await as(server, jane, 'GET', configMaps)).status).toBe(403);
    await grant(server, [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }]);
    expect((await as(server, jane, 'GET', configMaps)).status).toBe(200);
    await server.ask('DELETE', `/apis/${group}/v1/namespaces/default/rolebindings/b`);
    expect((await as(server, jane, 'GET', configMaps)).status).toBe(403);
  });

  it('lets nobody grant more than they have', async () => {
    const server = new TestServer();
    await grant(server, [{ apiGroups: [group], resources: ['roles'], verbs: ['create'] }]);
    const role = (resource: string) => ({
      metadata: { name: resource },
      rules: [{ apiGroups: [group], resources: [resource], verbs: ['create'] }],
    });
    const path = `/apis/${group}/v1/namespaces/default/roles`;
    expect((await as(server, jane, 'POST', path, role('roles'))).status).toBe(201);
    const refused = await as(server, jane, 'POST', path, role('rolebindings'));
    expect(refused.status).toBe(403);
    expect(refused.body.message).toContain('permissions not currently held');
  });

  it('lets everybody do everything when told so', async () => {
    const server = new TestServer({ authorizationMode: 'AlwaysAllow' });
    expect((await as(server, jane, 'GET', configMaps)).status).toBe(200);
    expect((await server.ask('GET', `/apis/${group}/v1/clusterroles`)).body.items).toEqual([]);
  });

  it('acts for somebody else where the request says so and may', async () => {
    const server = new TestServer();
    const headers = { 'impersonate-user': 'jane' };
    expect((await server.ask('GET', configMaps, undefined, headers)).status).toBe(403);
    const masters = { ...headers, 'impersonate-group': 'system:masters' };
    expect((await server.ask('GET', configMaps, undefined, masters)).status).toBe(200);
    expect((await server.ask('GET', configMaps, undefined, { 'impersonate-group': 'dev' })).status).toBe(400);
  });

  it('knows a service account by its token for as long as it is there', async () => {
    const server = new TestServer();
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await server.ask('POST', accounts, { metadata: { name: 'bot' } });
    const { body } = await server.ask('POST', `${accounts}/bot/token`, { spec: {} });
    const headers = { authorization: `Bearer ${body.status.token}` };
    expect(await server.api.authenticate(headers, undefined)).toMatchObject({
      username: 'system:serviceaccount:default:bot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
    await server.ask('DELETE', `${accounts}/bot`);
    expect(await server.api.authenticate(headers, undefined)).toBeUndefined();
  });

  it('takes who shows nothing for anonymous, and who shows the wrong thing for nobody', async () => {
    const server = new TestServer();
    expect(await server.api.authenticate({}, undefined)).toMatchObject({ username: 'system:anonymous' });
    expect(await server.api.authenticate({ authorization: 'Bearer wrong' }, undefined)).toBeUndefined();
    const closed = new TestServer({ anonymousAuth: false });
    expect(await closed.api.authenticate({}, undefined)).toBeUndefined();
  });
});

describe('the verb that is authorized', () => {
  it.each([
    ['?watch', 'watch'],
    ['?watch=', 'watch'],
    ['?watch=1', 'watch'],
    ['?watch=nonsense', 'watch'],
    ['?watch=false', 'list'],
    ['?watch=FALSE', 'list'],
    ['?watch=0', 'list'],
    ['', 'list'],
  ])('is the one that runs: configmaps%s is a %s', async (query, verb) => {
    for (const granted of ['list', 'watch']) {
      const server = new TestServer();
      await grant(server, [{ apiGroups: [''], resources: ['configmaps'], verbs: [granted] }]);
      const { status, body } = await server.api.handle({
        method: 'GET',
        path: configMaps + query,
        headers: {},
        user: jane,
      });
      expect([granted, status]).toEqual([granted, granted === verb ? 200 : 403]);
      if (status === 200) expect(body instanceof Uint8Array).toBe(verb === 'list');
      await server.api.close();
    }
  });
});
