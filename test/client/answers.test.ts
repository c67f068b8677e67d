import { Cluster, isDecodingError } from 'keelson';
import { ConfigMap } from 'keelson/k8s';
import { describe, expect, test } from 'vitest';
import { type Answer, type Asked, FakeTransport } from './fake-transport.js';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const object = (change: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'shop', resourceVersion: '5', ...metadata },
  ...change,
});
const maps = (answer: (asked: Asked, count: number) => Answer) =>
  new Cluster(new FakeTransport(answer)).resource(ConfigMap).in('shop');

describe('an answer that is not what was asked for is a DecodingError', () => {
  test.each<[string, object, string]>([
    ['kind', object({ kind: 'Secret' }), 'has the kind "Secret", but "ConfigMap" was asked for'],
    ['version', object({ apiVersion: 'v2' }), 'has the apiVersion "v2", but "v1" was asked for'],
    ['name', object({}, { name: 'b' }), 'has the name "b", but "a" was asked for'],
    ['namespace', object({}, { namespace: 'other' }), 'has the namespace "other", but "shop" was asked for'],
  ])('with another %s', async (_, body, message) => {
    const handle = maps(() => ({ body }));
    const calls = [
      handle.get('a'),
      handle.replace({ metadata: { name: 'a' } }),
      handle.apply({ metadata: { name: 'a' } }, { manager: 'me' }),
      handle.delete('a'),
    ];
    for (const call of calls) {
      const error = await failure(call);
      expect(isDecodingError(error)).toBe(true);
      expect(String(error)).toContain(message);
    }
  });

  test('in a list and in a watch', async () => {
    const items = [object({}, { namespace: 'other' })];
    const body = { apiVersion: 'v1', kind: 'ConfigMapList', metadata: { resourceVersion: '5' }, items };
    expect(
      isDecodingError(
        await failure(
          maps(() => ({ body }))
            .list()
            .all(),
        ),
      ),
    ).toBe(true);
    const chunks = [`${JSON.stringify({ type: 'ADDED', object: items[0] })}\n`];
    expect(
      isDecodingError(
        await failure(
          maps(() => ({ chunks }))
            .watch()
            .next(),
        ),
      ),
    ).toBe(true);
  });
});

describe('a list whose pages lead nowhere', () => {
  const page = (token: string, names: string[]) => ({
    body: {
      apiVersion: 'v1',
      kind: 'ConfigMapList',
      metadata: { resourceVersion: '5', continue: token },
      items: names.map((name) => object({}, { name })),
    },
  });

  test('ends with a DecodingError when a continue token comes again', async () => {
    const tokens = ['x', 'y', 'x'];
    const error = await failure(
      maps((_, count) => page(tokens[count - 1] ?? '', [`c${count}`]))
        .list()
        .all(),
    );
    expect(isDecodingError(error)).toBe(true);
    expect(String(error)).toContain('the list does not end: the server gave the same continue token twice');
  });

  test('ends with a DecodingError after a thousand pages without an item', async () => {
    let asked = 0;
    const error = await failure(
      maps((_, count) => {
        asked = count;
        return page(`t${count}`, []);
      })
        .list()
        .all(),
    );
    expect(String(error)).toContain('1001 pages without an item');
    expect(asked).toBe(1001);
  });

  test('may have empty pages in between', async () => {
    const pages = [page('x', ['a']), page('y', []), page('', ['b'])];
    const { items } = await maps((_, count) => pages[count - 1] ?? page('', []))
      .list()
      .all();
    expect(items).toHaveLength(2);
  });
});
