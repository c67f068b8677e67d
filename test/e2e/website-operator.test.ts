import { findCondition, isControlledBy, isForbidden, isInvalid, mergePatch } from 'keelson';
import { webhookConfigurations } from 'keelson/controller';
import { ConfigMap, Deployment, Lease, Namespace, Service, ValidatingWebhookConfiguration } from 'keelson/k8s';
import { Event } from 'keelson/k8s/events.k8s.io/v1';
import { type LocalServer, startServer } from 'keelson/server';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { manifests } from '../../examples/website-operator/manifests.js';
import { WebsiteOperator } from '../../examples/website-operator/operator.js';
import { hostWebhook } from '../../examples/website-operator/webhook.js';
import { Website } from '../../examples/website-operator/website.js';
import { localPki } from '../helpers/pki.js';

// How a controller is tested: a real API server in this process, the operator as it runs in production, and nothing in between. Tests
// write what users write, and wait for what users see.

const pki = localPki();
const soon = { timeoutMs: 20_000 };
let server: LocalServer;
let shop: ReturnType<typeof clients>;
let operator: WebsiteOperator;
let stop: AbortController;
let running: Promise<void>;
let errors: unknown[];

beforeEach(async () => {
  server = await startServer({ listen: false });
  const cluster = await server.connect();
  for (const name of ['shop', 'ops']) await cluster.resource(Namespace).create({ metadata: { name } });
  shop = clients(cluster);
  errors = [];
  operator = new WebsiteOperator(await server.connect(), {
    namespace: 'ops',
    handleSignals: false,
    webhook: { certificate: pki.server, port: 0 },
    onError: (error) => errors.push(error),
  });
  stop = new AbortController();
  running = operator.run({ signal: stop.signal });
  // The operator brings its own kind along: when it leads, there can be websites.
  const lease = await shop.lease.waitFor('website-operator', (lease) => !!lease?.spec?.holderIdentity, soon);
  expect(lease?.spec?.leaseTransitions).toBe(0);
});

afterEach(async () => {
  stop.abort();
  await running;
  await server.close();
});

function clients(cluster: Awaited<ReturnType<LocalServer['connect']>>) {
  return {
    websites: cluster.resource(Website).in('shop'),
    deployments: cluster.resource(Deployment).in('shop'),
    services: cluster.resource(Service).in('shop'),
    events: cluster.resource(Event).in('shop'),
    maps: cluster.resource(ConfigMap).in('ops'),
    lease: cluster.resource(Lease).in('ops'),
  };
}

/** Plays the Deployment controller, which no test server has: all pods are there and ready. */
async function rollOut(name: string): Promise<void> {
  await shop.deployments.subresource('status').update(name, (draft) => {
    const replicas = draft.spec?.replicas ?? 1;
    draft.status = { observedGeneration: draft.metadata.generation, replicas, readyReplicas: replicas };
  });
}

const made = (name: string, host = `${name}.example.com`) =>
  shop.websites.create({ metadata: { name }, spec: { host, replicas: 2 } });
const deployed = (name: string, replicas: number) =>
  shop.deployments.waitFor(name, (deployment) => deployment?.spec?.replicas === replicas, soon);
const entered = (host: string, key: string | undefined) =>
  shop.maps.waitFor('website-directory', (map) => map?.data?.[host] === key, soon);
const ready = (name: string, status: 'True' | 'False', generation = 1) =>
  shop.websites.waitFor(
    name,
    (website) => {
      const condition = findCondition(website?.status?.conditions, 'Ready');
      return condition?.status === status && condition.observedGeneration === generation;
    },
    soon,
  );
const happened = async (reason: string) => {
  const { items } = await shop.events.list({ fields: { reason } }).page();
  return items.map(({ type, note, regarding }) => `${type} ${regarding?.kind} ${regarding?.name}: ${note}`);
};

it('makes what a website asks for, and says when it is ready', async () => {
  const website = await made('blog');
  expect(website.spec).toEqual({ host: 'blog.example.com', image: 'registry.example.com/web:1', replicas: 2 });

  const deployment = await deployed('blog', 2);
  const service = await shop.services.waitFor('blog', (found) => found !== undefined, soon);
  expect(service?.spec?.selector).toEqual(deployment?.spec?.selector.matchLabels);
  for (const owned of [deployment, service]) expect(owned && isControlledBy(owned, website)).toBe(true);
  await entered('blog.example.com', 'shop/blog');
  const waiting = await ready('blog', 'False');
  expect(waiting?.metadata.finalizers).toEqual(['example.com/website-directory']);
  expect(waiting?.status).toMatchObject({
    observedGeneration: 1,
    readyReplicas: 0,
    conditions: [
      { type: 'HostClaimed', status: 'True', reason: 'Claimed', observedGeneration: 1 },
      { type: 'Ready', status: 'False', reason: 'Progressing', message: '0 of 2 replicas are ready' },
    ],
  });

  await rollOut('blog');
  expect((await ready('blog', 'True'))?.status?.readyReplicas).toBe(2);
  expect(errors).toEqual([]);
});

it('follows a change: what was true of the generation before is not said of the new one', async () => {
  await made('blog');
  await deployed('blog', 2);
  await rollOut('blog');
  await ready('blog', 'True');

  await shop.websites.patch('blog', mergePatch({ spec: { replicas: 3, host: 'news.example.com' } }));
  await deployed('blog', 3);
  await entered('news.example.com', 'shop/blog');
  await entered('blog.example.com', undefined);
  await ready('blog', 'False', 2);
  await rollOut('blog');
  await ready('blog', 'True', 2);
});

it('puts back what others change of its own, and leaves alone what is theirs', async () => {
  await made('blog');
  const { metadata } = (await deployed('blog', 2)) ?? {};
  await shop.deployments.patch('blog', mergePatch({ metadata: { labels: { team: 'web' } }, spec: { replicas: 7 } }));
  const back = await shop.deployments.waitFor(
    'blog',
    (found) => found?.spec?.replicas === 2 && found.metadata.generation !== metadata?.generation,
    soon,
  );
  expect(back?.metadata.labels).toMatchObject({ team: 'web', 'app.kubernetes.io/instance': 'blog' });

  const service = await shop.services.waitFor('blog', (found) => found !== undefined, soon);
  await shop.services.delete('blog');
  await shop.services.waitFor('blog', (found) => !!found && found.metadata.uid !== service?.metadata.uid, soon);

  await entered('blog.example.com', 'shop/blog');
  await shop.maps.patch(
    'website-directory',
    mergePatch({ data: { 'blog.example.com': null, 'gone.example.com': 'shop/gone' } }),
  );
  await entered('blog.example.com', 'shop/blog');
  await entered('gone.example.com', undefined); // nobody has that website
});

it('cleans up: the directory by its finalizer, what it owns by the garbage collector', async () => {
  await made('blog');
  await made('wiki');
  for (const name of ['blog', 'wiki']) {
    await deployed(name, 2);
    await shop.services.waitFor(name, (found) => found !== undefined, soon);
    await entered(`${name}.example.com`, `shop/${name}`);
  }
  await shop.websites.delete('blog');
  await shop.websites.waitFor('blog', (website) => website === undefined, soon);
  expect((await shop.maps.get('website-directory')).data).toEqual({ 'wiki.example.com': 'shop/wiki' });
  await shop.deployments.waitFor('blog', (found) => found === undefined, soon);
  await shop.services.waitFor('blog', (found) => found === undefined, soon);
  expect((await shop.deployments.list().page()).items.map(({ metadata }) => metadata.name)).toEqual(['wiki']);
});

it('of two websites with one host, the first has it, and the other one says so', async () => {
  await made('blog', 'www.example.com');
  await entered('www.example.com', 'shop/blog');
  await made('copy', 'www.example.com');
  expect((await ready('copy', 'False'))?.status?.conditions).toMatchObject([
    { type: 'HostClaimed', status: 'False', reason: 'HostTaken', message: 'www.example.com belongs to shop/blog' },
    { type: 'Ready', reason: 'HostTaken' },
  ]);
  await entered('www.example.com', 'shop/blog');
});

it('tells people by events what happened', async () => {
  await made('blog');
  await deployed('blog', 2);
  await rollOut('blog');
  await ready('blog', 'True');
  await made('copy', 'blog.example.com');
  await ready('copy', 'False');
  await shop.websites.delete('blog');
  await shop.websites.waitFor('blog', (website) => website === undefined, soon);
  stop.abort(); // what waits to be written is written before the operator ends
  await running;
  expect(await happened('Serving')).toEqual(['Normal Website blog: blog.example.com is served']);
  expect(await happened('HostTaken')).toEqual(['Warning Website copy: blog.example.com belongs to shop/blog']);
  expect(await happened('HostReleased')).toEqual(['Normal Website blog: blog.example.com is free again']);
});

it('refuses what the schema does not allow, before anybody has to reconcile it', async () => {
  await expect(made('blog', 'no host')).rejects.toSatisfy(isInvalid);
});

it('answers the webhook: a host that another website has is refused, with the field and the reason', async () => {
  await made('blog');
  await entered('blog.example.com', 'shop/blog');
  await vi.waitFor(() => expect(operator.webhooks?.url).toBeDefined(), 10_000);
  const admin = await server.connect();
  const address = { url: operator.webhooks?.url ?? '', caBundle: pki.ca };
  const hooks = webhookConfigurations('host', [hostWebhook(async () => undefined)], address);
  await admin.apply(hooks, { manager: 'installer' });
  const refused = expect.objectContaining({
    status: expect.objectContaining({
      code: 409,
      reason: 'Conflict',
      message: expect.stringContaining('blog.example.com belongs to the website shop/blog'),
      details: expect.objectContaining({ causes: [expect.objectContaining({ field: 'spec.host' })] }),
    }),
  });
  await expect(made('copy', 'blog.example.com')).rejects.toEqual(refused);
  await made('copy', 'copy.example.com');
  const move = shop.websites.patch('copy', mergePatch({ spec: { host: 'blog.example.com' } }));
  await expect(move).rejects.toEqual(refused);
  await shop.websites.patch('blog', mergePatch({ spec: { replicas: 3 } }));
});

it('runs with the rights it asks for, and no others', async () => {
  stop.abort();
  await running;
  const admin = await server.connect();
  await admin.apply(manifests('ops'), { manager: 'installer' });
  const configuration = await admin.resource(ValidatingWebhookConfiguration).get('website-operator');
  expect(configuration.webhooks?.[0]?.rules?.[0]?.resources).toEqual(['websites']);
  // No pod is behind its Service here, and it fails closed.
  await expect(made('early')).rejects.toThrow(/failed calling webhook "host.websites.example.com"/);
  await admin.resource(ValidatingWebhookConfiguration).delete('website-operator');

  stop = new AbortController();
  const own = admin.impersonate({ user: 'system:serviceaccount:ops:website-operator' });
  await expect(own.resource(ConfigMap).in('shop').list().page()).rejects.toSatisfy(isForbidden);
  const refused: unknown[] = [];
  const next = new WebsiteOperator(own, { namespace: 'ops', handleSignals: false, onError: (e) => refused.push(e) });
  running = next.run({ signal: stop.signal });
  await made('blog');
  await deployed('blog', 2);
  await rollOut('blog');
  await ready('blog', 'True');
  await shop.websites.delete('blog');
  await shop.websites.waitFor('blog', (website) => website === undefined, soon);
  stop.abort();
  await running;
  expect(await happened('HostReleased')).toHaveLength(1);
  expect(refused).toEqual([]);
});

it('goes on where it was when it is started again', async () => {
  await made('blog');
  await deployed('blog', 2);
  stop.abort();
  await running;
  await shop.websites.patch('blog', mergePatch({ spec: { replicas: 4 } }));
  await shop.services.delete('blog');

  stop = new AbortController();
  const next = new WebsiteOperator(await server.connect(), { namespace: 'ops', handleSignals: false });
  running = next.run({ signal: stop.signal });
  await deployed('blog', 4);
  await shop.services.waitFor('blog', (found) => found !== undefined, soon);
  expect(next.acts).toBe(true);
});

it('examples/website-operator.ts shows the life of one website', async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'website-operator.js']);
  await import('../../examples/website-operator.js');
  const printed = log.mock.calls.map((words) => words.join(' '));
  vi.restoreAllMocks();
  expect(printed).toEqual([
    'made     blog with 2 replicas',
    'ready    2 of 2 replicas are ready',
    'gone     the website, its Deployment, and its host',
    'event    blog.example.com is served',
    'event    blog.example.com is free again',
  ]);
});
