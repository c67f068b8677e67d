import { getEventListeners } from 'node:events';
import { Cluster, isApiError, isDecodingError, isNetworkError, isTimeoutError, NetworkError } from 'keelson';
import { ConfigMap } from 'keelson/k8s';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/util/fake-clock.js';
import { type Answer, bookmark, FakeTransport, frames, map, mapList, status } from './fake-transport.js';
import { startCluster } from './server.js';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

function mapsOver(answer: (count: number) => Answer | Error, clock?: FakeClock) {
  const transport = new FakeTransport((_, count) => answer(count));
  return { transport, maps: new Cluster(transport, { clock, random: () => 0 }).resource(ConfigMap).in('shop') };
}

async function collect<E>(events: AsyncIterable<E>): Promise<{ seen: E[]; error: unknown }> {
  const seen: E[] = [];
  try {
    for await (const event of events) seen.push(event);
    return { seen, error: undefined };
  } catch (error) {
    return { seen, error };
  }
}

describe('watch', () => {
  test('gives typed events until the server ends it', async () => {
    const text = frames(['ADDED', map('a', 1)], ['MODIFIED', map('a', 2)], ['DELETED', map('a', 3)]);
    for (const size of [1, 7, text.length]) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      const { maps, transport } = mapsOver(() => ({ chunks }));
      const { seen, error } = await collect(
        maps.watch({ resourceVersion: '5', labels: { a: 'b' }, timeoutSeconds: 60 }),
      );
      expect(error).toBeUndefined();
      expect(seen.map(({ type, object }) => [type, object.metadata.resourceVersion])).toEqual([
        ['ADDED', '1'],
        ['MODIFIED', '2'],
        ['DELETED', '3'],
      ]);
      expect(transport.asked[0]).toMatchObject({
        path: '/api/v1/namespaces/shop/configmaps',
        query: {
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: '5',
          labelSelector: 'a=b',
          timeoutSeconds: '60',
        },
        request: { kind: 'stream', timeoutMs: 90_000 },
      });
    }
  });

  test('shows bookmarks only to those who ask', async () => {
    const chunks = [frames(['ADDED', map('a', 1)], ['BOOKMARK', bookmark(7, true)], ['BOOKMARK', bookmark(8)])];
    const { maps } = mapsOver(() => ({ chunks }));
    expect((await collect(maps.watch())).seen).toHaveLength(1);
    expect((await collect(maps.watch({ bookmarks: true, sendInitialEvents: true }))).seen.slice(1)).toEqual([
      { type: 'BOOKMARK', resourceVersion: '7', initialEventsEnd: true },
      { type: 'BOOKMARK', resourceVersion: '8', initialEventsEnd: false },
    ]);
  });

  test('throws an ERROR frame as an ApiError, after what came before it', async () => {
    const { maps } = mapsOver(() => ({
      chunks: [frames(['ADDED', map('a', 1)], ['ERROR', status(410, 'Expired').body])],
    }));
    const { seen, error } = await collect(maps.watch());
    expect(seen).toHaveLength(1);
    expect(isApiError(error) && [error.isGone, error.message]).toEqual([
      true,
      'watch ConfigMap in shop: 410 Expired: Expired it is',
    ]);
  });

  test('throws a refused watch as an ApiError', async () => {
    const { maps } = mapsOver(() => status(403, 'Forbidden'));
    expect((await collect(maps.watch())).error).toMatchObject({ httpStatus: 403 });
  });

  const good = frames(['ADDED', map('ä', 1)]);
  const offset = Buffer.byteLength(good);
  test.each([
    ['a torn document', `${good}{"type":"ADDED","object":{x}}\n`, offset + 26],
    ['something else', `${good}<html>\n`, offset],
    ['no object', `${good}{"type":"ADDED","object":7}\n`, offset],
    ['an object without metadata', `${good}{"type":"ADDED","object":{"metadata":null}}\n`, offset],
    ['an unknown type', `${good}${frames(['RENAMED', map('a', 1)])}`, offset],
    ['an end inside a frame', `${good}{"type":"ADDED"`, offset + 15],
  ])('throws %s as a DecodingError with the position, never skips it', async (_, text, at) => {
    const { maps } = mapsOver(() => ({ chunks: [text.slice(0, 9), text.slice(9)] }));
    const { seen, error } = await collect(maps.watch());
    expect(seen).toHaveLength(1);
    expect(isDecodingError(error) && error.offset).toBe(at);
  });

  test('delivers what came before the connection was lost', async () => {
    const { maps } = mapsOver(() => ({ chunks: [frames(['ADDED', map('a', 1)])], after: new NetworkError('gone') }));
    const { seen, error } = await collect(maps.watch());
    expect([seen.length, isNetworkError(error), String(error)]).toEqual([
      1,
      true,
      'NetworkError: watch ConfigMap in shop: gone',
    ]);
  });

  test('frees the connection when the loop is left, and a waiting next ends when it is returned', async () => {
    const { maps, transport } = mapsOver(() => ({
      chunks: [frames(['ADDED', map('a', 1)], ['ADDED', map('b', 2)])],
      after: 'hang',
    }));
    for await (const event of maps.watch()) {
      expect(event.object.metadata.name).toBe('a');
      break;
    }
    expect(transport.cancelled).toBe(1);
    const stream = maps.watch();
    await stream.next();
    await stream.next();
    const waiting = stream.next();
    await stream.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(transport.cancelled).toBe(2);
  });

  test('opens nothing before the first event is asked for, and nothing after return', async () => {
    const { maps, transport } = mapsOver(() => ({}));
    const stream = maps.watch();
    await stream.return();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(transport.asked).toEqual([]);
  });

  test('skips what cannot be read where somebody hears of it, and reads on behind it', async () => {
    const text = `${good}{"type":"ADDED","object":{x}}\n{"type":"ADDED","object":{}}\n${frames(['ADDED', map('b', 2)])}`;
    const { maps } = mapsOver(() => ({ chunks: [`${text}${frames(['ERROR', status(410, 'Expired').body])}`] }));
    const heard: number[] = [];
    const { seen, error } = await collect(maps.watch({ onUndecodable: ({ offset }) => heard.push(offset) }));
    expect(seen.map(({ object }) => object.metadata.name)).toEqual(['ä', 'b']);
    expect(heard).toEqual([offset + 26, offset + 30]);
    expect(isApiError(error) && error.isGone).toBe(true);
  });

  test('hangs up on a server that has not answered yet', async () => {
    let hungUp = false;
    const transport = new FakeTransport(() => ({}));
    transport.send = ({ signal }) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => {
          hungUp = true;
          reject(signal.reason);
        }),
      );
    const stream = new Cluster(transport).resource(ConfigMap).watch();
    const waiting = stream.next();
    await new Promise(setImmediate);
    await stream.return();
    expect(hungUp).toBe(true);
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test('gives nothing more to who has aborted, and keeps no listener on the signal', async () => {
    const text = frames(['ADDED', map('a', 1)], ['ADDED', map('b', 2)]);
    for (const after of ['hang', 'end'] as const) {
      const { maps } = mapsOver(() => ({ chunks: [text], after }));
      const controller = new AbortController();
      const seen: string[] = [];
      const reading = async () => {
        for await (const { object } of maps.watch({ signal: controller.signal })) {
          seen.push(object.metadata.name);
          controller.abort('enough');
        }
      };
      expect(await failure(reading())).toBe('enough');
      expect(seen).toEqual(['a']);
      await new Promise(setImmediate);
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    }
  });

  test('rejects with the reason of the signal', async () => {
    const { maps } = mapsOver(() => ({ chunks: [frames(['ADDED', map('a', 1)])], after: 'hang' }));
    const controller = new AbortController();
    const stream = maps.watch({ signal: controller.signal });
    await stream.next();
    const waiting = failure(stream.next());
    controller.abort('enough');
    expect(await waiting).toBe('enough');
  });

  test('takes no further chunk while its events are not taken', async () => {
    let sent = 0;
    const chunks = {
      *[Symbol.iterator]() {
        for (; sent < 100; sent++) yield frames(['ADDED', map(`m-${sent}`, sent)]);
      },
    };
    const { maps } = mapsOver(() => ({ chunks: chunks as unknown as string[] }));
    const stream = maps.watch();
    await stream.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBeLessThan(3);
    await stream.return();
  });

  test('sees real changes over a real connection', async () => {
    await using around = await startCluster();
    const maps = around.cluster.resource(ConfigMap).in('shop');
    const { resourceVersion } = await maps.list().page();
    const stream = maps.watch({ resourceVersion });
    const first = stream.next();
    await maps.create({ metadata: { name: 'a' } });
    await maps.delete('a');
    expect([(await first).value?.type, (await stream.next()).value?.type]).toEqual(['ADDED', 'DELETED']);
    await stream.return();
  });
});

describe('waitFor', () => {
  test('gives the object at once when the condition holds already', async () => {
    const { maps, transport } = mapsOver(() => ({ body: mapList(5, [map('x', 3)]) }));
    const found = await maps.waitFor('x', (object) => object?.metadata.resourceVersion === '3');
    expect(found?.metadata.name).toBe('x');
    expect(transport.asked.map(({ query }) => query)).toEqual([{ fieldSelector: 'metadata.name=x' }]);
  });

  test('watches from exactly what it read, and sees absence as undefined', async () => {
    const { maps, transport } = mapsOver((count) =>
      count === 1
        ? { body: mapList(5, []) }
        : { chunks: [frames(['ADDED', map('x', 6)], ['DELETED', map('x', 7)])], after: 'hang' },
    );
    const states: unknown[] = [];
    const gone = await maps.waitFor('x', (object) => {
      states.push(object?.metadata.resourceVersion);
      return states.length > 1 && object === undefined;
    });
    expect([gone, states]).toEqual([undefined, [undefined, '6', undefined]]);
    expect(transport.asked[1]?.query).toMatchObject({
      watch: 'true',
      resourceVersion: '5',
      fieldSelector: 'metadata.name=x',
    });
    expect(transport.cancelled).toBe(1);
  });

  test('goes on over lost connections, 410 and busy servers, and reads anew each time', async () => {
    const clock = new FakeClock();
    const script: (Answer | Error)[] = [
      { body: mapList(5, [map('x', 5)]) },
      { chunks: [], after: new NetworkError('lost') },
      status(429, 'TooManyRequests', { retryAfterSeconds: 7 }),
      { body: mapList(6, [map('x', 5)]) },
      { chunks: [frames(['ERROR', status(410, 'Expired').body])] },
      { body: mapList(9, [map('x', 9)]) },
    ];
    const { maps } = mapsOver((count) => script[count - 1] ?? new Error('asked too often'), clock);
    const found = await clock.runUntil(maps.waitFor('x', (object) => object?.metadata.resourceVersion === '9'));
    expect(found?.metadata.resourceVersion).toBe('9');
    expect(clock.pending).toBe(0);
  });

  test('waits no longer than five minutes for a server that asks for a day', async () => {
    const clock = new FakeClock();
    const { maps } = mapsOver(
      (count) =>
        count === 1
          ? status(429, 'TooManyRequests', { retryAfterSeconds: 86_400 })
          : { body: mapList(9, [map('x', 9)]) },
      clock,
    );
    const start = clock.now();
    await clock.runUntil(maps.waitFor('x', (object) => object !== undefined));
    expect(clock.now() - start).toBe(300_000);
  });

  test('throws what will not pass', async () => {
    const { maps } = mapsOver(() => status(403, 'Forbidden'));
    expect(await failure(maps.waitFor('x', () => true))).toMatchObject({ httpStatus: 403 });
    const { maps: fine } = mapsOver(() => ({ body: mapList(5, []) }));
    for (const body of ['<html>', map('x', 1)]) {
      const { maps: proxy } = mapsOver(() => ({ body }));
      expect(isDecodingError(await failure(proxy.waitFor('x', () => true)))).toBe(true);
    }
    const mine = new Error('mine');
    const thrower = () => {
      throw mine;
    };
    expect(await failure(fine.waitFor('x', thrower))).toBe(mine);
  });

  test('says what was waited for when time is up, and leaves no timer', async () => {
    const clock = new FakeClock();
    const { maps } = mapsOver(
      (count) => (count === 1 ? { body: mapList(5, []) } : { chunks: [], after: 'hang' }),
      clock,
    );
    const waiting = failure(maps.waitFor('x', (object) => object !== undefined, { timeoutMs: 60_000 }));
    await clock.advance(60_000);
    const error = await waiting;
    expect(isTimeoutError(error) && [error.deadline, error.message]).toEqual([
      'wait',
      'wait for ConfigMap shop/x: the condition did not hold within 60000 ms',
    ]);
    expect(clock.pending).toBe(0);
  });
});
