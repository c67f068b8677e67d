import { Cluster, isInvalidRequestError, NetworkError, type SyncEvent, type WatcherOptions, watcher } from 'keelson';
import { ConfigMap } from 'keelson/k8s';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/util/fake-clock.js';
import {
  type Answer,
  type Asked,
  bookmark,
  FakeTransport,
  frames,
  map,
  mapList,
  status,
} from '../client/fake-transport.js';
import { startCluster } from '../client/server.js';

/** Runs a watcher over a script until `enough` events have come, and tells them in short. */
async function run(
  answer: (asked: Asked, count: number) => Answer | Error,
  enough: number,
  options: WatcherOptions = {},
): Promise<{ told: string[]; asked: Asked[]; at: number[]; clock: FakeClock; transport: FakeTransport }> {
  const clock = new FakeClock();
  const start = clock.now();
  const transport = new FakeTransport(answer);
  const cluster = new Cluster(transport, { clock, random: () => 0 });
  const told: string[] = [];
  const at: number[] = [];
  const reading = (async () => {
    for await (const event of watcher(cluster.resource(ConfigMap).in('shop'), { clock, random: () => 0, ...options })) {
      told.push(short(event));
      at.push(clock.now() - start);
      if (told.length >= enough) break;
    }
  })();
  await clock.runUntil(reading);
  expect(clock.pending).toBe(0);
  return { told, asked: transport.asked, at, clock, transport };
}

function short(event: SyncEvent<{ metadata: { name: string } }>): string {
  switch (event.type) {
    case 'apply':
      return `${event.initial ? 'initial' : 'apply'} ${event.object.metadata.name}`;
    case 'delete':
      return `delete ${event.object.metadata.name}`;
    case 'skipped':
      return `skipped ${event.error.message}`;
    case 'interrupted':
      return `${event.kind} ${event.retryInMs}`;
    case 'resetEnd':
    case 'bookmark':
      return `${event.type} ${event.resourceVersion}`;
    default:
      return event.type;
  }
}

const isWatch = (asked: Asked) => asked.query.watch === 'true';

describe('watcher', () => {
  test('has the first state streamed, and goes on over the end of a watch without listing', async () => {
    const { told, asked } = await run(
      (_, count) => {
        if (count === 1) {
          return {
            chunks: [
              frames(
                ['ADDED', map('a', 3)],
                ['ADDED', map('b', 2)],
                ['BOOKMARK', bookmark(5, true)],
                ['MODIFIED', map('a', 6)],
              ),
            ],
          };
        }
        return { chunks: [frames(['BOOKMARK', bookmark(8)], ['DELETED', map('b', 9)])], after: 'hang' };
      },
      7,
      { bookmarks: true, labels: 'x' },
    );
    expect(told).toEqual(['resetBegin', 'initial a', 'initial b', 'resetEnd 5', 'apply a', 'bookmark 8', 'delete b']);
    expect(asked.map(({ query }) => query)).toEqual([
      {
        watch: 'true',
        allowWatchBookmarks: 'true',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        labelSelector: 'x',
        timeoutSeconds: '300',
      },
      { watch: 'true', allowWatchBookmarks: 'true', labelSelector: 'x', resourceVersion: '6', timeoutSeconds: '300' },
    ]);
  });

  test('lists page by page where the server refuses to stream, and does not ask again', async () => {
    let lists = 0;
    const { told, asked } = await run((question) => {
      if (question.query.sendInitialEvents) return status(422, 'Invalid');
      if (isWatch(question)) return { chunks: [frames(['ERROR', status(410, 'Expired').body])] };
      lists++;
      if (question.query.continue) return { body: mapList(5, [map('b', 2)]) };
      return { body: mapList(5, [map('a', 3)], lists === 1 ? { continue: 'more' } : {}) };
    }, 10);
    expect(told).toEqual([
      'resetBegin',
      'unsupported 0',
      'resetBegin',
      'initial a',
      'initial b',
      'resetEnd 5',
      'gone 800',
      'resetBegin',
      'initial a',
      'resetEnd 5',
    ]);
    expect(
      asked.slice(1).map(({ query }) => [query.watch, query.resourceVersion, query.limit, query.continue]),
    ).toEqual([
      [undefined, '0', '500', undefined],
      [undefined, undefined, '500', 'more'],
      ['true', '5', undefined, undefined],
      [undefined, '5', '500', undefined],
    ]);
  });

  test.each([
    ['stays silent', { chunks: [], after: 'hang' } as const, 10_000],
    ['tells only what was there', { chunks: [frames(['ADDED', map('a', 1)])], after: 'hang' } as const, 10_000],
    ['sends bookmarks of another sort', { chunks: [frames(['BOOKMARK', bookmark(1)])], after: 'hang' } as const, 0],
  ])('lists where the server does not know of streaming and %s', async (_, first, after) => {
    const { told, at, transport } = await run(
      (question) =>
        question.query.sendInitialEvents
          ? first
          : isWatch(question)
            ? { chunks: [], after: 'hang' }
            : { body: mapList(5, [map('a', 3)]) },
      first.chunks.some((chunk) => chunk.includes('ADDED')) ? 6 : 5,
    );
    expect(told.filter((event) => event !== 'initial a')).toEqual([
      'resetBegin',
      'quiet 0',
      'resetBegin',
      'resetEnd 5',
    ]);
    expect(at.at(-1)).toBe(after);
    expect(transport.cancelled).toBeGreaterThan(0);
  });

  test('recovers from lost connections, busy servers and refusals with growing waits, from the same version', async () => {
    const troubles: (Answer | Error)[] = [
      { chunks: [frames(['MODIFIED', map('a', 7)])], after: new NetworkError('lost') },
      status(500, 'InternalError'),
      status(403, 'Forbidden'),
      status(429, 'TooManyRequests', { retryAfterSeconds: 20 }),
      { chunks: [], after: new NetworkError('lost') },
    ];
    const { told, asked } = await run((_, count) => {
      if (count === 1) return { chunks: [frames(['BOOKMARK', bookmark(5, true)])] };
      return troubles[count - 2] ?? { chunks: [frames(['ADDED', map('z', 99)])], after: 'hang' };
    }, 9);
    expect(told).toEqual([
      'resetBegin',
      'resetEnd 5',
      'apply a',
      'torn 800',
      'failed 1600',
      'failed 3200',
      'throttled 20000',
      'torn 12800',
      'apply z',
    ]);
    expect(asked.slice(1).map(({ query }) => query.resourceVersion)).toEqual(['5', '7', '7', '7', '7', '7']);
  });

  test('tells of an object that cannot be read, and goes on behind it from versions that advance', async () => {
    const poison = '{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"6"}\n';
    const { told, asked } = await run((_, count) => {
      if (count === 1) return { chunks: [frames(['BOOKMARK', bookmark(5, true)])] };
      if (count === 2) return { chunks: [`${poison}${frames(['MODIFIED', map('a', 7)])}`, poison] };
      return { chunks: [frames(['ADDED', map('z', 99)])], after: 'hang' };
    }, 6);
    expect(told).toEqual([
      'resetBegin',
      'resetEnd 5',
      'skipped watch ConfigMap in shop: JSON ends too early (at byte 63)',
      'apply a',
      expect.stringContaining('skipped watch ConfigMap in shop: JSON ends too early'),
      'apply z',
    ]);
    expect(asked.slice(1).map(({ query }) => query.resourceVersion)).toEqual(['5', '7']);
  });

  test('does not hammer a server that ends each watch at once', async () => {
    const { told, at } = await run(
      (_, count) => (count === 1 ? { chunks: [frames(['BOOKMARK', bookmark(5, true)])] } : { chunks: [] }),
      6,
    );
    expect(told.slice(2)).toEqual(['short 800', 'short 1600', 'short 3200', 'short 6400']);
    expect(at.at(-1)).toBe(800 + 1600 + 3200);
  });

  test('notices a dead connection of a server that sends bookmarks', async () => {
    const { told, at } = await run(
      (_, count) =>
        count === 1
          ? { chunks: [frames(['BOOKMARK', bookmark(5, true)])], after: 'hang' }
          : { chunks: [frames(['ADDED', map('a', 6)])], after: 'hang' },
      4,
    );
    expect(told.slice(2)).toEqual(['quiet 800', 'apply a']);
    expect(at[2]).toBe(150_000);
  });

  test('begins the reset anew when it breaks in the middle', async () => {
    const { told } = await run((_, count) => {
      if (count === 1) return { chunks: [frames(['ADDED', map('a', 1)])], after: new NetworkError('lost') };
      return { chunks: [frames(['ADDED', map('b', 2)], ['BOOKMARK', bookmark(5, true)])], after: 'hang' };
    }, 6);
    expect(told).toEqual(['resetBegin', 'initial a', 'torn 800', 'resetBegin', 'initial b', 'resetEnd 5']);
  });

  test('lists the newest state when the version it knows is gone or ahead of the server', async () => {
    for (const refusal of [
      status(410, 'Expired'),
      status(504, 'Timeout', { causes: [{ reason: 'ResourceVersionTooLarge' }] }),
    ]) {
      let lists = 0;
      const { asked } = await run(
        (question) => {
          if (isWatch(question)) return { chunks: [frames(['ERROR', status(410, 'Expired').body])] };
          return ++lists === 2 ? refusal : { body: mapList(5, []) };
        },
        7,
        { initialState: 'list' },
      );
      const versions = asked.filter((question) => !isWatch(question)).map(({ query }) => query.resourceVersion);
      expect(versions).toEqual(['0', '5', undefined]);
    }
  });

  test('ends without an error when its signal aborts, from whatever state', async () => {
    const states: [string, (asked: Asked) => Answer | Error, number][] = [
      ['while it waits for events', () => ({ chunks: [frames(['BOOKMARK', bookmark(5, true)])], after: 'hang' }), 2],
      ['while it waits to try again', () => new NetworkError('lost'), 2],
    ];
    for (const [, answer, events] of states) {
      const clock = new FakeClock();
      const controller = new AbortController();
      const cluster = new Cluster(new FakeTransport(answer), { clock });
      const stream = watcher(cluster.resource(ConfigMap), { clock, signal: controller.signal });
      for (let event = 0; event < events; event++) await stream.next();
      const waiting = stream.next();
      await clock.advance(1);
      controller.abort('enough');
      expect(await waiting).toEqual({ done: true, value: undefined });
      expect(clock.pending).toBe(0);
    }
  });

  test('throws what trying again cannot help', async () => {
    const cluster = new Cluster(new FakeTransport(() => ({})));
    const wrong = watcher(cluster.resource(ConfigMap), { labels: 'a===b' });
    await wrong.next();
    await expect(wrong.next()).rejects.toThrow("unable to parse requirement: found '=', expected: identifier");
    await cluster.close();
    const stream = watcher(cluster.resource(ConfigMap));
    await stream.next();
    expect(isInvalidRequestError(await stream.next().catch((error: unknown) => error))).toBe(true);
  });

  test('follows a real server, and ends when the cluster handle is closed', async () => {
    await using around = await startCluster();
    const maps = around.cluster.resource(ConfigMap).in('shop');
    await maps.create({ metadata: { name: 'a' } });
    const told: string[] = [];
    const reading = (async () => {
      for await (const event of watcher(maps)) {
        told.push(short(event));
        if (event.type === 'resetEnd') await maps.create({ metadata: { name: 'b' } });
        if (event.type === 'apply' && !event.initial) await maps.delete('a');
        if (event.type === 'delete') await around.cluster.close();
      }
    })();
    const error = await reading.catch((thrown: unknown) => thrown);
    expect(told.map((event) => event.replace(/ \d+$/, ''))).toEqual([
      'resetBegin',
      'initial a',
      'resetEnd',
      'apply b',
      'delete a',
    ]);
    expect(String(error)).toContain('this cluster handle has been closed');
  });
});
