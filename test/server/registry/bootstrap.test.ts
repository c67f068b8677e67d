import { expect, it } from 'vitest';
import { canonical } from '../../../src/server/registry/canonical.js';
import { decodeStored, encodeStored } from '../../../src/server/registry/stored.js';
import { Scheme } from '../../../src/server/scheme/scheme.js';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { TestServer } from '../client.js';

it('keeps the roles and bindings of the start as if they had been posted, byte for byte', async () => {
  const storage = new MemoryStorage();
  await new TestServer({ storage, controllers: [] }).ask('GET', '/readyz');
  const scheme = new Scheme();
  for (const plural of ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings']) {
    const resource = scheme.resource('rbac.authorization.k8s.io', 'v1', plural);
    if (resource === undefined) throw new Error(`no ${plural}`);
    const { kvs } = await storage.range(resource.prefix, `${resource.prefix}\uffff`);
    expect(kvs.length).toBeGreaterThan(0);
    for (const kv of kvs) {
      const posted = encodeStored(canonical(resource, decodeStored(kv, resource)));
      expect(new TextDecoder().decode(kv.value)).toBe(new TextDecoder().decode(posted));
    }
  }
});
