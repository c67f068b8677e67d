import type { Cluster, IntOrString, Stored } from 'keelson';
import { type CustomObject, defineResource, intOrString, type ResourceType, rule } from 'keelson/crd';
import { expectTypeOf } from 'vitest';
import { z } from 'zod';

const Website = defineResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Website',
  scope: 'Namespaced',
  spec: z.object({ host: z.string(), replicas: z.int().default(1), port: intOrString().optional() }),
  status: z.object({ ready: z.boolean() }),
});
type Website = ResourceType<typeof Website>;

const Tenant = defineResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Tenant',
  scope: 'Cluster',
  spec: z.object({ quota: z.int().default(1) }).prefault({}),
});

/** Must compile, except for the lines that expect an error. Checked by tsc; never run. */
export async function types(cluster: Cluster): Promise<void> {
  const websites = cluster.resource(Website).in('shop');
  const website = await websites.get('x');
  expectTypeOf(website).toEqualTypeOf<Stored<Website, 'Namespaced'>>();
  expectTypeOf<Website>().toEqualTypeOf<
    CustomObject<{ host: string; replicas: number; port?: IntOrString | undefined }, { ready: boolean }>
  >();
  // What is read has its defaults.
  expectTypeOf(website.spec.replicas).toBeNumber();
  expectTypeOf(website.metadata.namespace).toBeString();
  expectTypeOf(website.status).toEqualTypeOf<{ ready: boolean } | undefined>();
  // What is written may leave them out.
  await websites.create({ metadata: { name: 'x' }, spec: { host: 'h' } });
  await websites.replace({ ...website, spec: { host: 'h' } });
  await websites.replace({ ...website, spec: website.spec });
  await websites.apply({ metadata: { name: 'x' }, spec: { replicas: 3 } }, { manager: 'm' });
  await websites.subresource('status').get('x');
  // @ts-expect-error a field that is required
  await websites.create({ metadata: { name: 'x' }, spec: {} });
  // @ts-expect-error a field that is not there
  await websites.create({ metadata: { name: 'x' }, spec: { host: 'h', port: true } });
  // @ts-expect-error no scale subresource was asked for
  await websites.scale('x', 1);
  // @ts-expect-error the marker of the written form is not a subresource
  websites.subresource('writtenAs');

  const tenants = cluster.resource(Tenant);
  await tenants.create({ metadata: { name: 'x' } });
  expectTypeOf((await tenants.get('x')).spec.quota).toBeNumber();
  // @ts-expect-error tenants are not in namespaces
  tenants.in('shop');
  // @ts-expect-error no status, no status subresource
  tenants.subresource('status');

  // Informers and listers take it like every other kind.
  const { lister } = cluster.informer(Website, { namespace: 'shop' });
  expectTypeOf(lister.get('shop/x')?.spec.replicas).toEqualTypeOf<number | undefined>();

  // The twin of a rule gets the value as it is read.
  z.object({ a: z.int().default(1) }).check(rule('self.a > 0', { test: ({ a }) => a > 0 }));
}
