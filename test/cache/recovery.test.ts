import { describe, expect, test } from 'vitest';
import { ConfigMap } from '../../generated/index.js';
import { NetworkError } from '../../src/errors/index.js';
import { quiet, until } from './in-process.js';
import {
  configMaps,
  create,
  encodings,
  frameWithoutName,
  isStreamedState,
  isWatch,
  record,
  status,
  withWorld,
} from './informer-world.js';

describe.each(encodings)('an informer in %s recovers', (encoding) => {
  test('by paged LIST from a server that refuses to stream the state', () =>
    withWorld(encoding, async (world) => {
      for (let i = 0; i < 25; i++) await create(world, `c${i}`);
      world.transport.intercept = ({ path }) => (isStreamedState(path) ? status(422, 'Invalid') : undefined);
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default', pageSize: 10 });
      const heard = record(informer);
      await world.clock.runUntil(informer.start());
      expect(heard).toHaveLength(25);
      const lists = world.transport.requests.map(({ path }) => path).filter((path) => path.includes('limit=10'));
      expect(lists[0]).toContain('resourceVersion=0');
      await create(world, 'late');
      await until(() => informer.lister.has('default/late'));
      await informer.stop();
    }));

  test('by LIST from a server that never says where the streamed state ends', () =>
    withWorld(encoding, async (world) => {
      await create(world, 'a');
      world.transport.mangle = (chunk, { path }) =>
        isStreamedState(path) && Buffer.from(chunk).includes('initial-events-end') ? [] : [chunk];
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const heard = record(informer);
      const before = world.clock.now();
      await world.clock.runUntil(informer.start());
      expect(world.clock.now() - before).toBeLessThan(30_000);
      expect(heard).toEqual(['added a - initial']);
      expect(informer.status().lastError?.kind).toBe('quiet');
      await informer.stop();
    }));

  test('from a dead connection within the time stated, with nothing lost and nothing doubled', () =>
    withWorld(encoding, async (world) => {
      await create(world, 'a', { v: '1' });
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const heard = record(informer);
      await world.clock.runUntil(informer.start());
      expect(informer.isFresh(120_000)).toBe(true);
      // Half open: the server goes on sending, nothing arrives any more.
      let dead = true;
      world.transport.mangle = (chunk, { path }) => (dead && isWatch(path) ? [] : [chunk]);
      await create(world, 'b', { v: '1' });
      await world.clock.advance(140_000);
      expect(informer.isFresh(120_000)).toBe(false);
      expect(heard).toHaveLength(1);
      dead = false;
      await world.clock.advance(30_000);
      await until(() => heard.length === 2);
      expect(heard[1]).toBe('added b 1');
      expect(informer.status().restarts).toBe(1);
      expect(informer.isFresh(120_000)).toBe(true);
      await informer.stop();
    }));

  test('from a reset in the middle of the first state, and from a frame that breaks off, with nothing doubled', () =>
    withWorld(encoding, async (world) => {
      for (let i = 0; i < 10; i++) await create(world, `c${i}`, { v: '1' });
      let resets = 2;
      world.transport.mangle = function* (chunk, { path }) {
        if (!isWatch(path) || resets === 0) {
          yield chunk;
          return;
        }
        resets--;
        yield chunk.subarray(0, Math.floor(chunk.length / 2));
        throw new NetworkError('the connection was reset');
      };
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const heard = record(informer);
      await world.clock.runUntil(informer.start());
      expect(heard).toHaveLength(10);
      expect(new Set(heard).size).toBe(10);

      resets = 1;
      await create(world, 'late', { v: '1' });
      await world.clock.advance(10_000);
      await until(() => heard.length === 11);
      expect(heard[10]).toBe('added late 1');
      expect(resets).toBe(0);
      await informer.stop();
    }));

  test('from a stall in the middle of an event', () =>
    withWorld(encoding, async (world) => {
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const heard = record(informer);
      await world.clock.runUntil(informer.start());
      let stall = true;
      world.transport.mangle = async function* (chunk, { path }) {
        if (!isWatch(path) || !stall) {
          yield chunk;
          return;
        }
        yield chunk.subarray(0, 20);
        await new Promise(() => {});
      };
      await create(world, 'a', { v: '1' });
      await quiet();
      stall = false;
      await world.clock.advance(170_000);
      await until(() => heard.length === 1);
      expect(heard).toEqual(['added a 1']);
      expect(informer.status().lastError?.kind).toBe('quiet');
      await informer.stop();
    }));

  test('from history that is gone: deletions missed are told with an unknown final state, the rest is compared', () =>
    withWorld(encoding, async (world) => {
      for (const name of ['same', 'changed', 'gone']) await create(world, name, { v: '1' });
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const heard = record(informer);
      await world.clock.runUntil(informer.start());
      heard.length = 0;
      world.transport.intercept = ({ path }) =>
        isWatch(path) && !isStreamedState(path) ? status(410, 'Expired') : undefined;
      world.transport.cut();
      await configMaps(world).delete('gone');
      await configMaps(world).update('changed', (draft) => {
        draft.data = { v: '2' };
      });
      await create(world, 'new', { v: '1' });
      world.transport.mangle = (chunk) => [chunk];
      await world.clock.advance(10_000);
      await until(() => heard.length === 3);
      expect(heard.sort()).toEqual(['added new 1', 'deleted gone 1 unknown', 'updated changed 1>2']);
      await informer.stop();
    }));

  test('from an object that cannot be read: it is reported with its position and skipped, the rest follows', () =>
    withWorld(encoding, async (world) => {
      const errors: string[] = [];
      const informer = world.cluster.informer(ConfigMap, {
        namespace: 'default',
        onError: (error) => errors.push(String(error)),
      });
      await world.clock.runUntil(informer.start());
      let broken = true;
      world.transport.mangle = (chunk) => {
        if (!broken) return [chunk];
        broken = false;
        return [frameWithoutName(encoding), chunk];
      };
      await create(world, 'a');
      await until(() => informer.lister.has('default/a'));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(
        /DecodingError: watch ConfigMap default|watch ConfigMap in default: skipped an object.*at byte/,
      );
      expect(informer.metrics().reflector_undecodable_total).toBe(1);
      expect(informer.status().restarts).toBe(0);
      await informer.stop();
    }));
});
