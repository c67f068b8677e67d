import { conversionWebhook, WebhookServer } from 'keelson/controller';
import { converter, defineResource, defineVersion, install } from 'keelson/crd';
import { startServer } from 'keelson/server';
import { localCertificate } from 'keelson/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';

const group = 'example.com';
const Site = defineResource({
  group,
  version: 'v1',
  kind: 'Site',
  scope: 'Namespaced',
  spec: z.object({ hosts: z.array(z.string()) }),
});
const OldSite = defineVersion(Site, {
  version: 'v1beta1',
  spec: z.object({ host: z.string() }),
  toStored: ({ spec }) => ({ spec: { hosts: [spec.host] } }),
  fromStored: ({ spec }) => ({ spec: { host: spec.hosts[0] ?? '' } }),
});

it('a kind with versions in zod, its conversion webhook and the server agree, for clients, watches and informers', async () => {
  const certificate = localCertificate();
  const convert = conversionWebhook({ for: { group, kind: 'Site' }, convert: converter([Site, OldSite]) });
  await using webhooks = new WebhookServer({ webhooks: [convert], certificate, port: 0 });
  await webhooks.start();
  await using server = await startServer({ listen: false });
  await using cluster = await server.connect();
  const caBundle = Buffer.from(certificate.ca).toString('base64');
  await install(cluster, [Site, OldSite], {
    manager: 'test',
    conversion: { url: `${webhooks.url}${convert.path}`, caBundle },
  });
  const [sites, old] = [cluster.resource(Site).in('default'), cluster.resource(OldSite).in('default')];
  await using informer = cluster.informer(OldSite);
  const heard: string[] = [];
  informer.subscribe({
    added: ({ spec }) => void heard.push(spec.host),
    updated: ({ spec }) => void heard.push(spec.host),
  });
  await informer.start();

  const made = await old.create({ metadata: { name: 'a' }, spec: { host: 'one' } });
  expect(made.spec).toEqual({ host: 'one' });
  expect((await sites.get('a')).spec).toEqual({ hosts: ['one'] });
  await sites.update('a', (draft) => {
    draft.spec.hosts = ['two', 'three'];
  });
  expect((await old.get('a')).spec).toEqual({ host: 'two' });
  await expect.poll(() => heard).toEqual(['one', 'two']);
  const { items } = await old.list().page();
  expect(items.map(({ spec }) => spec)).toEqual([{ host: 'two' }]);
});
