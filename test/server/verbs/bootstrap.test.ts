import { describe, expect, it } from 'vitest';
import { defaultObjects } from '../../../src/server/bootstrap/bootstrap-defaults.js';
import { defaultAccounts, namespacesAndService } from '../../../src/server/bootstrap/bootstrap-objects.js';
import { roleObjects } from '../../../src/server/bootstrap/bootstrap-roles.js';
import type { ServerObject } from '../../../src/server/object/server-object.js';
import { canonical } from '../../../src/server/scheme/canonical.js';
import { ServedScheme } from '../../../src/server/scheme/scheme.js';
import { encodeStored } from '../../../src/server/scheme/stored-object.js';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { turn } from '../../../src/util/next-turn.js';
import { TestServer } from '../client.js';

const scheme = new ServedScheme();
const everything = [
  ...roleObjects(false),
  ...roleObjects(true),
  ...defaultObjects(scheme, ['10.0.0.0/16']),
  ...namespacesAndService('10.0.0.1', 'IPv4'),
  ...defaultAccounts(),
];

describe('what a server begins with', () => {
  it.each(everything.map((object) => [object.key, object] as const))('is stored as if written: %s', (key, object) => {
    const text = `${object.beforeUid}u${object.aroundTimes.join('2026-11-26T00:00:00Z')}`;
    const resource = scheme.storedResources().find(({ prefix }) => key.startsWith(prefix));
    if (resource === undefined) throw new Error(`nothing is stored at ${key}`);
    const { apiVersion, kind } = resource;
    const made = canonical(resource, { apiVersion, kind, ...(JSON.parse(text) as ServerObject) });
    expect(text).toBe(new TextDecoder().decode(encodeStored(made)));
  });

  it('has accounts like those that are made for later namespaces', async () => {
    const storage = new MemoryStorage();
    const server = new TestServer({ storage, controllers: ['serviceaccount'], clock: new FakeClock() });
    const account = async (namespace: string) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
      let found = await server.ask('GET', path);
      for (let i = 0; i < 200 && found.status === 404; i++) {
        await turn();
        found = await server.ask('GET', path);
      }
      const { uid, resourceVersion, ...metadata } = found.body.metadata;
      expect(uid).toMatch(/^[0-9a-f]{8}-/);
      expect(Number(resourceVersion)).toBeGreaterThan(0);
      return { ...found.body, metadata: { ...metadata, namespace: '' } };
    };
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'later' } });
    expect(await account('default')).toEqual(await account('later'));
    await server.api.close();
  });

  it('has roles made of others as their controller leaves them', async () => {
    const storage = new MemoryStorage();
    const server = new TestServer({ storage, controllers: ['clusterrole-aggregation'] });
    const { body } = await server.ask('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/admin');
    expect(body.rules.length).toBeGreaterThan(20);
    const revision = await storage.revision();
    for (let i = 0; i < 100; i++) await turn();
    expect(await storage.revision()).toBe(revision);
    // It is at work all the same.
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    const rules = [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['widgets'] }];
    await server.ask('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: 'own', labels },
      rules,
    });
    for (let i = 0; i < 100; i++) await turn();
    const { body: after } = await server.ask('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/admin');
    expect(after.rules).toContainEqual(rules[0]);
    await server.api.close();
  });

  it('has the accounts only where their controller runs, and the roles only where they decide', async () => {
    const server = new TestServer({ authorizationMode: 'AlwaysAllow' });
    const names = async (path: string) => (await server.ask('GET', path)).body.items.length;
    expect(await names('/api/v1/serviceaccounts')).toBe(0);
    expect(await names('/apis/rbac.authorization.k8s.io/v1/clusterroles')).toBe(0);
    expect(await names('/api/v1/namespaces')).toBe(4);
  });

  it('is left alone where it is there already', async () => {
    const storage = new MemoryStorage();
    const first = new TestServer({ storage, controllers: ['serviceaccount'] });
    const { body } = await first.ask('GET', '/api/v1/namespaces/default');
    const revision = await storage.revision();
    const second = new TestServer({ storage, controllers: ['serviceaccount'] });
    expect((await second.ask('GET', '/api/v1/namespaces/default')).body).toEqual(body);
    expect(await storage.revision()).toBe(revision);
  });
});
