import { inspect } from 'node:util';
import { Cluster, isDecodingError, isGone, isInvalidRequestError, jsonPatch, mergePatch } from 'keelson';
import { ConfigMap, Deployment, Node, Pod, SelfSubjectReview, ServiceAccount, TokenReview } from 'keelson/k8s';
import { describe, expect, test } from 'vitest';
import { FakeTransport, map, mapList, obligingTransport, status } from './fake-transport.js';

const failure = (run: () => unknown) =>
  Promise.resolve()
    .then(run)
    .then(
      () => undefined,
      (error: unknown) => error,
    );

/** A handle whose types say nothing, as it is for those who write JavaScript. */
function untyped(handle: unknown): Record<string, (...args: unknown[]) => unknown> {
  return handle as Record<string, (...args: unknown[]) => unknown>;
}

describe('bad input', () => {
  const transport = new FakeTransport(() => ({ body: {} }));
  const cluster = new Cluster(transport);
  const maps = cluster.resource(ConfigMap).in('shop');
  const js = untyped(maps);
  const nodes = untyped(cluster.resource(Node));

  const names: [string, unknown, string][] = [
    ['empty', '', 'is empty'],
    ['a dot', '.', 'cannot stand in a URL path'],
    ['two dots', '..', 'cannot stand in a URL path'],
    ['a way out', '../x', 'cannot stand in a URL path'],
    ['a slash', 'a/b', 'cannot stand in a URL path'],
    ['a percent sign', 'a%2fb', 'cannot stand in a URL path'],
    ['half a character', 'a\ud800', 'cannot stand in a URL path'],
    ['undefined', undefined, 'is missing'],
    ['a number', 7, 'must be a string'],
    ['null', null, 'must be a string, not null'],
  ];
  const verbs = ['get', 'find', 'delete', 'update', 'patch', 'waitFor'] as const;

  test.each(names)('a name that is %s is refused by every verb', async (_, name, why) => {
    for (const verb of verbs) {
      const error = await failure(() => js[verb]?.(name, verb === 'patch' ? mergePatch({}) : () => true));
      expect(isInvalidRequestError(error), verb).toBe(true);
      expect(String(error)).toContain(why);
    }
    const status = untyped(maps.metadata);
    expect(isInvalidRequestError(await failure(() => status.get?.(name)))).toBe(true);
    expect(isInvalidRequestError(await failure(() => js.in?.(name)))).toBe(true);
  });

  const bodies: [string, unknown, string][] = [
    ['undefined', undefined, 'the object is undefined: pass the ConfigMap to send'],
    ['null', null, 'the object is null'],
    ['an array', [], 'the object is an array'],
    ['a text', 'kind: ConfigMap', 'the object is string'],
    [
      'of another kind',
      { kind: 'Secret', metadata: { name: 'x' } },
      'kind is "Secret", but this handle is for ConfigMap',
    ],
    [
      'of another version',
      { apiVersion: 'v2', metadata: { name: 'x' } },
      'apiVersion is "v2", but this handle is for v1',
    ],
    ['of another namespace', { metadata: { name: 'x', namespace: 'other' } }, 'use .in("other")'],
    ['without a name', { metadata: {} }, 'name'],
    ['without metadata', {}, 'name'],
    ['with an escaping name', { metadata: { name: '../../secrets/x' } }, 'cannot stand in a URL path'],
    ['with metadata that is none', { metadata: 'x' }, 'metadata must be an object'],
    ['cyclic', Object.assign({ metadata: { name: 'x' } }, { self: undefined as unknown }), 'cycle'],
  ];
  for (const body of bodies) if (body[0] === 'cyclic') Object.assign(body[1] as object, { self: body[1] });

  test.each(bodies)('an object that is %s is refused by every write', async (_, body, why) => {
    for (const verb of ['create', 'replace', 'apply'] as const) {
      const error = await failure(() => js[verb]?.(body, { manager: 'm' }));
      expect(isInvalidRequestError(error), verb).toBe(true);
      expect(String(error)).toContain(why);
    }
  });

  test('scope is checked at run time too', async () => {
    const inNamespace = untyped(nodes.in?.('shop'));
    expect(String(await failure(() => inNamespace.get?.('n1')))).toContain(
      'Node is cluster-scoped: leave out .in("shop")',
    );
    const everywhere = untyped(cluster.resource(Pod));
    for (const verb of ['get', 'delete', 'create', 'deleteAll'] as const) {
      expect(String(await failure(() => everywhere[verb]?.('x')))).toContain('say which with .in(namespace)');
    }
    const placed = { metadata: { name: 'n1', namespace: 'shop' } };
    expect(String(await failure(() => nodes.create?.(placed)))).toContain(
      'Node is cluster-scoped: leave out metadata.namespace',
    );
  });

  test('patches, selectors, managers and replica counts are checked', async () => {
    expect(String(await failure(() => js.patch?.('x', { data: {} })))).toContain('make one with mergePatch');
    expect(String(await failure(() => js.patch?.('x', jsonPatch({} as never))))).toContain('an array of steps');
    expect(String(await failure(() => js.apply?.({ metadata: { name: 'x' } }, {})))).toContain('needs { manager }');
    expect(String(await failure(() => maps.list({ labels: 'a===b' }).page()))).toContain('FormatError');
    const web = cluster.resource(Deployment).in('shop');
    for (const count of [-1, 1.5, Number.NaN])
      expect(isInvalidRequestError(await failure(() => web.scale('web', count)))).toBe(true);
    expect(isInvalidRequestError(await failure(() => cluster.impersonate({ user: '' })))).toBe(true);
    expect(isInvalidRequestError(await failure(() => cluster.impersonate({ user: 'a\r\nx-evil: 1' })))).toBe(true);
    expect(isInvalidRequestError(await failure(() => cluster.impersonate({ user: 'jane ' })))).toBe(true);
    expect(String(await failure(() => js.delete?.('x', { propagation: 'Foreground' })))).toContain(
      "must be 'foreground'",
    );
    for (const selection of [{ labels: {} }, { labels: '' }, { fields: {} }]) {
      expect(String(await failure(() => maps.deleteAll(selection)))).toContain('selects everything');
    }
    for (const kind of [undefined, null, 'Pod', {}, { ...ConfigMap, plural: '../x' }, { ...ConfigMap, group: 'a/b' }]) {
      expect(String(await failure(() => cluster.resource(kind as typeof ConfigMap)))).toContain('this is not a kind');
      expect(String(await failure(() => cluster.informer(kind as typeof ConfigMap)))).toContain('this is not a kind');
    }
    for (const field of ['scope', 'verbs', 'subresources'] as const) {
      const half = { ...ConfigMap, [field]: undefined } as unknown as typeof ConfigMap;
      expect(String(await failure(() => cluster.resource(half))), field).toContain('this is not a kind');
    }
    for (const ref of [
      undefined,
      {},
      { apiVersion: 'v1' },
      { apiVersion: '', kind: 'Pod' },
      { apiVersion: 1, kind: 'x' },
    ]) {
      expect(
        String(
          await failure(() =>
            cluster
              .dynamic(ref as never)
              .list()
              .page(),
          ),
        ),
      ).toContain('say which kind');
    }
    for (const path of ['api', '/a/../b', '/a/%2e%2E/b', '/a?b', '/a b', '']) {
      expect(isInvalidRequestError(await failure(() => cluster.raw({ path })))).toBe(true);
    }
  });

  test('not a byte of all that was sent', () => {
    expect(transport.asked).toEqual([]);
  });
});

describe('a namespace that is null or empty', () => {
  test('is none, as it is to servers', async () => {
    const transport = obligingTransport();
    const cluster = new Cluster(transport);
    for (const namespace of [null, '']) {
      const object = { metadata: { name: 'x', namespace } };
      await untyped(cluster.resource(ConfigMap).in('shop')).create?.(object);
      await untyped(cluster.resource(Node)).create?.(object);
    }
    const [first, second] = ['/api/v1/namespaces/shop/configmaps', '/api/v1/nodes'];
    expect(transport.asked.map(({ path }) => path)).toEqual([first, second, first, second]);
  });
});

describe('requests', () => {
  const transport = obligingTransport();
  const cluster = new Cluster(transport);
  const last = () => transport.asked.at(-1);
  const pods = cluster.resource(Pod).in('shop');

  test('say in the query what was asked for', async () => {
    await pods.create({ metadata: { name: 'x' } }, { dryRun: true, fieldValidation: 'Strict', fieldManager: 'me' });
    expect(last()).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods',
      query: { dryRun: 'All', fieldValidation: 'Strict', fieldManager: 'me' },
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } },
    });
    await pods.apply({ metadata: { name: 'x' } }, { manager: 'me', force: true });
    expect(last()).toMatchObject({
      method: 'PATCH',
      path: '/api/v1/namespaces/shop/pods/x',
      query: { fieldManager: 'me', force: 'true' },
    });
    expect(last()?.headers?.['content-type']).toBe('application/apply-patch+yaml');
    await pods.delete('x', { propagation: 'orphan', gracePeriodSeconds: 0, preconditions: { uid: 'u' }, dryRun: true });
    expect(last()?.body).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Orphan',
      preconditions: { uid: 'u' },
      dryRun: ['All'],
    });
    await pods.get('system:x', { resourceVersion: '0', timeoutMs: 5 });
    expect([last()?.path, last()?.query, last()?.request.timeoutMs]).toEqual([
      '/api/v1/namespaces/shop/pods/system%3Ax',
      { resourceVersion: '0' },
      5,
    ]);
  });

  test('choose the content type of a patch by its kind', async () => {
    await pods.patch('x', mergePatch({ metadata: { labels: { a: null } } }));
    expect([last()?.headers?.['content-type'], last()?.body]).toEqual([
      'application/merge-patch+json',
      { metadata: { labels: { a: null } } },
    ]);
    await pods.patch('x', jsonPatch([{ op: 'remove', path: '/metadata/labels/a' }]));
    expect(last()?.headers?.['content-type']).toBe('application/json-patch+json');
  });

  test('reach subresources', async () => {
    await cluster.resource(Deployment).in('shop').scale('web', 5);
    expect(last()).toMatchObject({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      body: { spec: { replicas: 5 } },
    });
    await pods.bind('x', 'n1');
    expect(last()).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods/x/binding',
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'x' }, target: { kind: 'Node', name: 'n1' } },
    });
    await pods.evict('x', { gracePeriodSeconds: 3, dryRun: true });
    expect(last()).toMatchObject({
      path: '/api/v1/namespaces/shop/pods/x/eviction',
      query: { dryRun: 'All' },
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'x' },
        deleteOptions: { gracePeriodSeconds: 3, dryRun: ['All'] },
      },
    });
    await cluster
      .resource(ServiceAccount)
      .in('shop')
      .createToken('robot', { audiences: ['me'], expirationSeconds: 600 });
    expect(last()).toMatchObject({
      path: '/api/v1/namespaces/shop/serviceaccounts/robot/token',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: ['me'], expirationSeconds: 600 },
      },
    });
    await pods.subresource('resize').patch('x', mergePatch({ spec: {} }));
    expect(last()?.path).toBe('/api/v1/namespaces/shop/pods/x/resize');
  });

  test('ask kinds that are never stored', async () => {
    await cluster.resource(TokenReview).create({ spec: { token: 't' } });
    expect(last()).toMatchObject({
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { kind: 'TokenReview', spec: { token: 't' } },
    });
    await cluster.resource(SelfSubjectReview).create({});
    expect(last()?.path).toBe('/apis/authentication.k8s.io/v1/selfsubjectreviews');
  });

  test('say whom to act as, on the same transport', async () => {
    const jane = cluster.impersonate({
      user: 'jane',
      uid: '7',
      groups: ['dev', 'ops'],
      extra: { 'example.com/scope': ['a', 'b'] },
    });
    await jane.resource(Pod).in('shop').get('x');
    expect(last()?.headers).toMatchObject({
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': ['dev', 'ops'],
      'impersonate-extra-example.com%2Fscope': ['a', 'b'],
    });
    await pods.get('x');
    expect(Object.keys(last()?.headers ?? {})).toEqual(['accept']);
    await cluster.impersonate({ user: 'jörg', groups: ['開発'] }).version();
    const { 'impersonate-user': user, 'impersonate-group': groups } = last()?.headers ?? {};
    expect([user, groups].flat().map((text) => Buffer.from(text ?? '', 'latin1').toString('utf8'))).toEqual([
      'jörg',
      '開発',
    ]);
  });

  test('show nothing secret to inspect', async () => {
    const { connect } = await import('keelson');
    const secret = await connect({
      server: 'https://127.0.0.1:1',
      token: 'sesame',
      clientCertificate: 'CERT',
      clientKey: 'KEY-PEM',
    });
    const shown = inspect(secret, { depth: 20, showHidden: true }) + JSON.stringify(secret);
    for (const word of ['sesame', 'KEY-PEM']) expect(shown).not.toContain(word);
  });

  test('fail after close with an error that says so', async () => {
    const other = new Cluster(new FakeTransport(() => ({ body: {} })));
    await other.close();
    expect(String(await failure(() => other.version()))).toContain('this cluster handle has been closed');
  });

  test('go anywhere by raw', async () => {
    const server = new FakeTransport(({ path }) => (path === '/livez' ? { body: 'ok' } : status(403, 'Forbidden')));
    const raw = new Cluster(server);
    const live = await raw.raw({ path: '/livez', query: { verbose: true } });
    expect([live.status, live.text()]).toEqual([200, 'ok']);
    expect(() => live.json()).toThrow('GET /livez: not JSON (at byte 0)');
    expect(String(await failure(() => raw.raw({ path: '/metrics' })))).toContain('GET /metrics: 403 Forbidden');
  });
});

describe('answers that are not what was asked for', () => {
  test.each(['null', [], 'hello', 7])('are a DecodingError, never an object or an empty list: %j', async (body) => {
    const maps = new Cluster(new FakeTransport(() => ({ body }))).resource(ConfigMap).in('shop');
    const calls = [
      () => maps.get('x'),
      () => maps.create({ metadata: { name: 'x' } }),
      () => maps.delete('x'),
      () => maps.list().page(),
      () => maps.deleteAll({ all: true }),
      () => maps.table.list(),
    ];
    for (const call of calls) expect(isDecodingError(await failure(call))).toBe(true);
  });

  test('a list may say that it has no items, but not that they are none', async () => {
    const list = (body: object) => new Cluster(new FakeTransport(() => ({ body }))).resource(ConfigMap).list().page();
    expect((await list({ kind: 'ConfigMapList', items: null })).items).toEqual([]);
    for (const body of [{}, { items: {} }, { items: [null] }, { items: [{}] }, { kind: 'Status', status: 'Success' }]) {
      expect(isDecodingError(await failure(() => list(body)))).toBe(true);
    }
  });

  test('a deletion may only say that it is done', async () => {
    const cluster = new Cluster(new FakeTransport(() => ({ body: { kind: 'Status', status: 'Success' } })));
    expect(await cluster.resource(ConfigMap).in('shop').deleteAll({ all: true })).toEqual([]);
    expect(await cluster.resource(ConfigMap).in('shop').delete('x')).toBeUndefined();
  });

  test('a version is an object', async () => {
    const cluster = new Cluster(new FakeTransport(() => ({ body: 'null' })));
    expect(isDecodingError(await failure(() => cluster.version()))).toBe(true);
  });

  test('of many objects end with the reason of the signal', async () => {
    const page = mapList(5, [map('a', 1), map('b', 2)]);
    const controller = new AbortController();
    const seen: string[] = [];
    const { signal } = controller;
    const reading = async () => {
      for await (const { metadata } of new Cluster(new FakeTransport(() => ({ body: page })))
        .resource(ConfigMap)
        .list({ signal })) {
        seen.push(metadata.name);
        controller.abort('enough');
      }
    };
    expect(await failure(reading)).toBe('enough');
    expect(seen).toEqual(['a']);
  });
});

describe('warnings', () => {
  test('reach the callback once each, with what they are about', async () => {
    const seen: unknown[] = [];
    const warning = [
      '299 - "unknown field \\"spec.x\\""',
      '299 - "a, b", 299 k8s "c" "Sat, 01 Jan 2000 00:00:00 GMT"',
      '199 - "proxy"',
    ];
    const transport = obligingTransport({ warning });
    const cluster = new Cluster(transport, {
      onWarning: (message, request) => seen.push([message, request.verb, request.kind]),
    });
    await cluster.resource(Pod).in('shop').get('x');
    await cluster.impersonate({ user: 'jane' }).resource(Pod).in('shop').get('x');
    expect(seen).toEqual([
      ['unknown field "spec.x"', 'get', 'Pod'],
      ['a, b', 'get', 'Pod'],
      ['c', 'get', 'Pod'],
    ]);
  });
});

describe('a warning handler that throws', () => {
  test('becomes a process warning, and the call goes on', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const transport = new FakeTransport(() => ({ headers: { warning: '299 - "x"' }, body: map('x', 1) }));
    const onWarning = () => {
      throw new Error('mine');
    };
    const cluster = new Cluster(transport, { onWarning });
    expect((await cluster.resource(ConfigMap).in('shop').get('x')).metadata.name).toBe('x');
    expect((await warned).message).toContain('onWarning failed: Error: mine');
  });
});

describe('a list that expires in the middle', () => {
  const pages = (afterwards: () => object) =>
    new FakeTransport(({ query }) => {
      if (query.continue) return status(410, 'Expired');
      if (query.limit) return { body: mapList(10, [map('a', 1), map('b', 2)], { continue: 'more' }) };
      return { body: afterwards() };
    });
  const whole = () => mapList(20, [map('b', 15), map('c', 3)]);

  test('goes on with a whole list, and gives each object once', async () => {
    const transport = pages(whole);
    const names: string[] = [];
    for await (const item of new Cluster(transport).resource(ConfigMap).list({ resourceVersion: '5', labels: 'x' }))
      names.push(item.metadata.name);
    expect(names).toEqual(['a', 'b', 'c']);
    expect(transport.asked.map(({ query }) => query)).toEqual([
      { labelSelector: 'x', limit: '500', resourceVersion: '5' },
      { labelSelector: 'x', limit: '500', continue: 'more' },
      { labelSelector: 'x' },
    ]);
  });

  test('is that whole list where all were asked for', async () => {
    const { items, resourceVersion } = await new Cluster(pages(whole)).resource(ConfigMap).list().all();
    expect([items.map(({ metadata }) => metadata.name), resourceVersion]).toEqual([['b', 'c'], '20']);
  });

  test('is an error where pages were asked for, and where the first page is gone', async () => {
    const read = async () => {
      for await (const _ of new Cluster(pages(whole)).resource(ConfigMap).list().pages());
    };
    expect(isGone(await failure(read))).toBe(true);
    const gone = new Cluster(new FakeTransport(() => status(410, 'Expired'))).resource(ConfigMap);
    expect(isGone(await failure(() => gone.list().all()))).toBe(true);
  });
});
