import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigMap } from '../../generated/index.js';
import { isForbidden, isTimeoutError } from '../../src/errors/index.js';
import { quiet, until } from './in-process.js';
import { create, status, withWorld } from './informer-world.js';

const warnings: string[] = [];
const onWarning = (warning: Error) => warnings.push(warning.message);
beforeEach(() => {
  warnings.length = 0;
  process.on('warning', onWarning);
});
afterEach(() => {
  process.off('warning', onWarning);
});

describe('start() of an informer', () => {
  test.each([
    [401, 'Unauthorized', 'Check the credentials of this user'],
    [403, 'Forbidden', 'Grant this user the verbs list and watch on configmaps, by a Role in the namespace default'],
    [404, 'NotFound', 'check the version of ConfigMap: the server does not serve it'],
  ])('that is answered %i warns at once of what to mend, once, and goes on when it is mended', (code, reason, advice) =>
    withWorld('json', async (world) => {
      await create(world, 'a');
      world.transport.intercept = () => status(code, reason);
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const started = informer.start();
      await until(() => warnings.length > 0);
      expect(warnings[0]).toContain(advice);
      await world.clock.advance(60_000);
      expect(warnings).toHaveLength(1);
      world.transport.intercept = () => undefined;
      await world.clock.runUntil(started);
      expect(informer.lister.keys()).toEqual(['default/a']);
      await informer.stop();
    }),
  );

  test('tells onError instead, with the same advice, if there is one', () =>
    withWorld('json', async (world) => {
      world.transport.intercept = () => status(403, 'Forbidden');
      const errors: unknown[] = [];
      const informer = world.cluster.informer(ConfigMap, { onError: (error) => errors.push(error) });
      informer.start().catch(() => {});
      await until(() => errors.length > 0);
      expect(isForbidden(errors[0])).toBe(true);
      expect(String(errors[0])).toContain('Grant this user the verbs list and watch on configmaps, by a ClusterRole');
      await quiet();
      expect(warnings).toEqual([]);
      await informer.stop();
    }));

  test('rejects after timeoutMs with what the server said, and goes on until stop()', () =>
    withWorld('json', async (world) => {
      world.transport.intercept = () => status(403, 'Forbidden');
      const informer = world.cluster.informer(ConfigMap, {});
      const outcome = informer.start({ timeoutMs: 5_000 }).catch((error: unknown) => error);
      await world.clock.advance(5_000);
      const error = await outcome;
      expect(isTimeoutError(error)).toBe(true);
      expect(String(error)).toMatch(/ConfigMap was not synced within 5000 ms: .*403 Forbidden.*Grant this user/);
      world.transport.intercept = () => undefined;
      await world.clock.runUntil(informer.start());
      expect(informer.status().synced).toBe(true);
      await informer.stop();
    }));
});

test('an index function that throws is reported as a warning, once for each fault', () =>
  withWorld('json', async (world) => {
    for (const name of ['a', 'b']) await create(world, name);
    const fault = new Error('no such field');
    const indexes = {
      broken: () => {
        throw fault;
      },
    };
    const informer = world.cluster.informer(ConfigMap, { indexes });
    await world.clock.runUntil(informer.start());
    await quiet();
    expect(warnings).toEqual([expect.stringContaining('an index function of ConfigMap failed: Error: no such field')]);
    await informer.stop();
  }));

test('a read of an informer that was never started warns, once', () =>
  withWorld('json', async (world) => {
    const informer = world.cluster.informer(ConfigMap, {});
    expect(informer.lister.list()).toEqual([]);
    expect(informer.lister.get('default/a')).toBeUndefined();
    await quiet();
    expect(warnings).toEqual([
      'the informer for ConfigMap was read before it was started: its cache is empty. Call start() first.',
    ]);
    await world.clock.runUntil(informer.start());
    await informer.stop();
    expect(informer.lister.list()).toEqual([]);
    await quiet();
    expect(warnings).toHaveLength(1);
  }));
