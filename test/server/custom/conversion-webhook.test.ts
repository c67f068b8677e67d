import { afterEach, describe, expect, it } from 'vitest';
import { type Review, WebhookDouble } from '../admission/webhook-double.js';
import { TestServer, turn } from '../client.js';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const sites = (version: string) => `/apis/example.com/${version}/namespaces/default/sites`;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

interface Site {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: object };
  readonly spec?: { readonly host?: string; readonly hosts?: readonly string[] };
}

interface ConversionRequest {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: readonly Site[];
}

const requestOf = (review: Review) => review.request as unknown as ConversionRequest;

/** `host` of version 1 is the first of `hosts` of version 2. */
function convert(site: Site, apiVersion: string): Site {
  const { host, hosts = [host] } = site.spec ?? {};
  const spec = apiVersion.endsWith('v1') ? { host: hosts[0] } : { hosts: hosts.filter((one) => one !== undefined) };
  return { ...site, apiVersion, spec } as Site;
}

const answer = (review: Review, convertedObjects: readonly object[] = [], result: object = { status: 'Success' }) => ({
  response: { uid: review.request.uid, result, convertedObjects },
});

async function serve(
  reply: (review: Review) => object = (review) => {
    const { objects, desiredAPIVersion } = requestOf(review);
    return answer(
      review,
      objects.map((one) => convert(one, desiredAPIVersion)),
    );
  },
) {
  const hook = await WebhookDouble.start((review) => (_request, response) => {
    const { kind, apiVersion } = review;
    response.end(JSON.stringify({ kind, apiVersion, ...reply(review) }));
  });
  open.push(hook);
  const api = new TestServer();
  open.push({ close: () => api.api.close() });
  const version = (name: string, storage: boolean, spec: object) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: spec } } } },
    selectableFields: name === 'v1' ? [{ jsonPath: '.spec.host' }] : [],
  });
  const versions = (stored: string) => [
    version('v1', stored === 'v1', { host: { type: 'string' } }),
    version('v2', stored === 'v2', { hosts: { type: 'array', items: { type: 'string' } } }),
  ];
  const webhook = { clientConfig: hook.at('/convert'), conversionReviewVersions: ['v1'] };
  const definition = {
    metadata: { name: 'sites.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'sites', kind: 'Site' },
      versions: versions('v2'),
      conversion: { strategy: 'Webhook', webhook },
    },
  };
  const made = await api.ask('POST', definitions, definition);
  expect([made.status, made.body.message]).toEqual([201, undefined]);
  return { api, hook, versions };
}

const site = (version: string, name: string, spec: object) => ({
  apiVersion: `example.com/${version}`,
  kind: 'Site',
  metadata: { name },
  spec,
});

describe('a conversion webhook', () => {
  it('is asked when a resource is written and read in another version than it is kept in', async () => {
    const { api, hook } = await serve();
    const made = await api.ask('POST', sites('v1'), site('v1', 'a', { host: 'x' }));
    expect([made.status, made.body.apiVersion, made.body.spec]).toEqual([201, 'example.com/v1', { host: 'x' }]);
    expect(requestOf(hook.reviews[0] as Review)).toMatchObject({
      desiredAPIVersion: 'example.com/v2',
      objects: [{ apiVersion: 'example.com/v1', kind: 'Site', metadata: { name: 'a' }, spec: { host: 'x' } }],
    });
    const before = hook.reviews.length;
    expect((await api.ask('GET', `${sites('v2')}/a`)).body.spec).toEqual({ hosts: ['x'] });
    expect(hook.reviews.length).toBe(before);
    await api.ask('PUT', `${sites('v2')}/a`, {
      ...site('v2', 'a', { hosts: ['y', 'z'] }),
      metadata: { name: 'a', resourceVersion: made.body.metadata.resourceVersion },
    });
    const read = await api.ask('GET', `${sites('v1')}/a`);
    expect([read.body.apiVersion, read.body.spec]).toEqual(['example.com/v1', { host: 'y' }]);
    const json = { 'content-type': 'application/merge-patch+json' };
    const patched = await api.ask('PATCH', `${sites('v1')}/a`, { spec: { host: 'w' } }, json);
    expect([patched.status, patched.body.spec]).toEqual([200, { host: 'w' }]);
    expect((await api.ask('GET', `${sites('v2')}/a`)).body.spec).toEqual({ hosts: ['w'] });
    expect((await api.ask('DELETE', `${sites('v1')}/a`)).status).toBe(200);
  });

  it('converts a list in one call, and what its selectors look at', async () => {
    const { api, hook } = await serve();
    for (const name of ['a', 'b', 'c']) await api.ask('POST', sites('v2'), site('v2', name, { hosts: [name] }));
    expect(hook.reviews).toEqual([]);
    const list = await api.ask('GET', sites('v1'));
    expect(list.body.items.map(({ spec }: Site) => spec)).toEqual([{ host: 'a' }, { host: 'b' }, { host: 'c' }]);
    expect(hook.reviews.map((review) => requestOf(review).objects.length)).toEqual([3]);
    const chosen = await api.ask('GET', `${sites('v1')}?fieldSelector=spec.host%3Db`);
    expect(chosen.body.items.map(({ metadata }: Site) => metadata.name)).toEqual(['b']);
    const table = await api.ask('GET', sites('v1'), undefined, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    expect(table.body.rows).toHaveLength(3);
  });

  it('converts what is watched, in the order in which it was written', async () => {
    const { api } = await serve();
    await api.ask('POST', sites('v2'), site('v2', 'a', { hosts: ['1'] }));
    const watch = await api.watch(`${sites('v1')}?watch=true&resourceVersion=0`);
    await api.ask('POST', sites('v2'), site('v2', 'b', { hosts: ['2'] }));
    await api.ask('DELETE', `${sites('v2')}/a`);
    await expect.poll(() => watch.events.length).toBe(3);
    expect(watch.events.map(({ type, object }) => [type, object.apiVersion, object.spec])).toEqual([
      ['ADDED', 'example.com/v1', { host: '1' }],
      ['ADDED', 'example.com/v1', { host: '2' }],
      ['DELETED', 'example.com/v1', { host: '1' }],
    ]);
    await watch.close();
  });

  it('reads what was kept in an older version', async () => {
    const { api, versions } = await serve();
    await api.ask('POST', sites('v2'), site('v2', 'a', { hosts: ['x'] }));
    const merge = { 'content-type': 'application/merge-patch+json' };
    const moved = await api.ask(
      'PATCH',
      `${definitions}/sites.example.com`,
      { spec: { versions: versions('v1') } },
      merge,
    );
    expect(moved.status).toBe(200);
    await turn();
    expect((await api.ask('GET', `${sites('v1')}/a`)).body.spec).toEqual({ host: 'x' });
    expect((await api.ask('GET', `${sites('v2')}/a`)).body.spec).toEqual({ hosts: ['x'] });
  });

  it('decides about labels and annotations, and about no other metadata', async () => {
    const { api } = await serve((review) => {
      const { objects, desiredAPIVersion } = requestOf(review);
      const converted = objects.map((one) => convert(one, desiredAPIVersion));
      return answer(
        review,
        converted.map((one) => ({
          ...one,
          metadata: { ...one.metadata, generation: 99, finalizers: ['a.b/c'], labels: { seen: 'yes' } },
        })),
      );
    });
    await api.ask('POST', sites('v2'), site('v2', 'a', { hosts: ['x'] }));
    const { metadata } = (await api.ask('GET', `${sites('v1')}/a`)).body;
    expect(metadata).toMatchObject({ name: 'a', generation: 1, labels: { seen: 'yes' } });
    expect(metadata.finalizers).toBeUndefined();
  });

  const failed = 'conversion webhook for example.com/v2, Kind=Site';
  it.each<[string, (review: Review) => object, string]>([
    [
      'says that it failed',
      (review) => answer(review, [], { status: 'Failure', message: 'no way' }),
      `${failed} failed: no way`,
    ],
    [
      'says nothing of how it went',
      (review) => answer(review, [], {}),
      `${failed} failed: response.result.status was '', not 'Success'`,
    ],
    ['gives too few', (review) => answer(review), `${failed} returned 0 objects, expected 1`],
    [
      'gives another version',
      (review) => answer(review, requestOf(review).objects),
      `${failed} returned invalid converted object at index 0: invalid groupVersion (expected example.com/v1, received example.com/v2)`,
    ],
    [
      'gives another name',
      (review) =>
        answer(
          review,
          requestOf(review).objects.map((one) => ({ ...one, apiVersion: 'example.com/v1', metadata: {} })),
        ),
      `${failed} returned invalid converted object at index 0: must have the same name: a != `,
    ],
    ['gives no response', () => ({}), `${failed} failed: no response provided`],
    ['answers another question', () => ({ response: { uid: 'x' } }), `${failed} failed: expected response.uid=`],
  ])('that %s fails the request', async (_what, reply, message) => {
    const { api } = await serve(reply);
    await api.ask('POST', sites('v2'), site('v2', 'a', { hosts: ['x'] }));
    const { status, body } = await api.ask('GET', `${sites('v1')}/a`);
    expect([status, body.message]).toEqual([500, expect.stringContaining(message)]);
    const watch = await api.watch(`${sites('v1')}?watch=true&resourceVersion=0`);
    await watch.ended;
    expect(watch.events.map(({ type }) => type)).toEqual(['ERROR']);
  });
});
