import type { Cluster } from 'keelson';
import { isInvalid, isNotFound, mergePatch } from 'keelson';
import { type LocalServer, startServer } from 'keelson/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClients } from '../helpers/real-clients.js';
import { RealClient } from './real-client.js';

const programs = realClients();

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: websites.shop.example.com
spec:
  group: shop.example.com
  scope: Namespaced
  names: { plural: websites, kind: Website, shortNames: [ws], categories: [all] }
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: { specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas }
      additionalPrinterColumns:
        - { name: Host, type: string, jsonPath: .spec.host }
        - { name: Replicas, type: integer, jsonPath: .spec.replicas }
      selectableFields:
        - jsonPath: .spec.host
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [host]
              properties:
                host: { type: string, minLength: 1, description: The name the site is found under. }
                replicas: { type: integer, minimum: 0, default: 1 }
            status:
              type: object
              properties:
                replicas: { type: integer }
    - name: v1beta1
      served: true
      storage: false
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                host: { type: string }
`;

const site = (name: string, spec: object = { host: 'a.example.com' }) => ({
  apiVersion: 'shop.example.com/v1',
  kind: 'Website',
  metadata: { name, namespace: 'default' },
  spec,
});

describe('custom resources, end to end', () => {
  let server: LocalServer;
  let cluster: Cluster;

  beforeAll(async () => {
    server = await startServer();
    cluster = await server.connect();
  });

  afterAll(async () => {
    await cluster.close();
    await server.close();
  });

  it('a definition and an object of it can be applied in one go', async () => {
    const applied = await cluster.apply(`${definition}\n---\n${JSON.stringify(site('one'))}`, { manager: 'test' });
    expect(applied.map(({ manifest }) => manifest.kind)).toEqual(['CustomResourceDefinition', 'Website']);
    const websites = (await cluster.dynamic({ apiVersion: 'shop.example.com/v1', kind: 'Website' })).in('default');
    expect((await websites.get('one')).spec).toEqual({ host: 'a.example.com', replicas: 1 });
  });

  it('what the schema forbids is refused, what it does not know is dropped', async () => {
    const websites = (await cluster.dynamic({ apiVersion: 'shop.example.com/v1', kind: 'Website' })).in('default');
    const refused = await websites.create(site('bad', { replicas: -1 })).catch((error: unknown) => error);
    expect(isInvalid(refused)).toBe(true);
    expect(String(refused)).toContain('spec.host: Required value');
    const made = await websites.create(site('two', { host: 'b.example.com', colour: 'red' }), {
      fieldValidation: 'Ignore',
    });
    expect(made.spec).toEqual({ host: 'b.example.com', replicas: 1 });
  });

  it('each version shows the same objects, by its own schema', async () => {
    const beta = (await cluster.dynamic({ apiVersion: 'shop.example.com/v1beta1', kind: 'Website' })).in('default');
    const one = await beta.get('one');
    expect(one).toMatchObject({ apiVersion: 'shop.example.com/v1beta1', spec: { host: 'a.example.com' } });
    expect(one.spec).not.toHaveProperty('replicas');
  });

  it('field selectors reach the fields a definition names', async () => {
    const websites = (await cluster.dynamic({ apiVersion: 'shop.example.com/v1', kind: 'Website' })).in('default');
    const { items } = await websites.list({ fields: { 'spec.host': 'b.example.com' } }).page();
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['two']);
  });

  it('a changed definition takes effect at once, and ends the watches of what it was', async () => {
    const websites = (await cluster.dynamic({ apiVersion: 'shop.example.com/v1', kind: 'Website' })).in('default');
    const watch = websites.watch({ timeoutSeconds: 60 })[Symbol.asyncIterator]();
    await watch.next();
    await cluster.apply(definition.replace('minimum: 0', 'minimum: 0, maximum: 5'), { manager: 'test' });
    for (let end = await watch.next(); end.done !== true; end = await watch.next());
    const refused = await websites.patch('one', mergePatch({ spec: { replicas: 6 } })).catch((error: unknown) => error);
    expect(isInvalid(refused)).toBe(true);
  });

  it('deleting the definition deletes its objects and ends their API, once finalizers let them go', async () => {
    const websites = (await cluster.dynamic({ apiVersion: 'shop.example.com/v1', kind: 'Website' })).in('default');
    const definitions = await cluster.dynamic({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
    });
    await websites.patch('one', mergePatch({ metadata: { finalizers: ['example.com/wait'] } }));
    await definitions.delete('websites.shop.example.com');
    expect((await websites.list().page()).items.map(({ metadata }) => metadata.name)).toEqual(['one']);
    expect(String(await websites.create(site('late')).catch((error: unknown) => error))).toContain('terminating');
    await websites.patch('one', mergePatch({ metadata: { finalizers: null } }));
    await definitions.waitFor('websites.shop.example.com', (one) => one === undefined, { timeoutMs: 5_000 });
    const gone = await websites.get('one').catch((error: unknown) => error);
    expect(isNotFound(gone)).toBe(true);
  });
});

describe.skipIf(programs === undefined)('custom resources by kubectl', () => {
  let client: RealClient;
  const kubectl = (...args: string[]) => client.kubectl(...args);

  beforeAll(async () => {
    client = await RealClient.start(programs);
  });

  afterAll(() => client.close());

  it('applies, waits, prints columns and explains', async () => {
    const crd = await client.file('crd.yaml', definition);
    const one = await client.file('site.json', site('one'));
    expect(await kubectl('apply', '-f', crd)).toContain('created');
    expect(await kubectl('wait', '--for=condition=Established', 'crd/websites.shop.example.com')).toContain('met');
    expect(await kubectl('apply', '-f', one)).toBe('website.shop.example.com/one created\n');
    expect(await kubectl('apply', '-f', one)).toBe('website.shop.example.com/one unchanged\n');
    const changed = { ...site('one'), metadata: { ...site('one').metadata, labels: { tier: 'web' } } };
    expect(await kubectl('apply', '-f', await client.file('changed.json', changed))).toContain('one configured');
    expect(await kubectl('get', 'ws')).toMatch(/^NAME +HOST +REPLICAS\none +a\.example\.com +1\n$/);
    expect(await kubectl('get', 'all')).toContain('website.shop.example.com/one');
    expect(await kubectl('explain', 'website.spec.host')).toContain('The name the site is found under.');
    expect(await kubectl('scale', '--replicas=3', 'website/one')).toContain('scaled');
    expect(await kubectl('get', 'website', 'one', '-o', 'jsonpath={.spec.replicas}')).toBe('3');
    expect(await kubectl('delete', 'crd', 'websites.shop.example.com')).toContain('deleted');
  });
});
