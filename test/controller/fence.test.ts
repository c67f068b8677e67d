import { controllerReference, NetworkError } from 'keelson';
import { ControllerMetrics, type ControllerOptions, watched } from 'keelson/controller';
import { ConfigMap, Secret } from 'keelson/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newWorld, quiet, seen, until } from './world.js';

let world: ReturnType<typeof newWorld>;
/** Lets the watches of secrets go on, which stand still from `holdSecrets` on. */
let letGo: () => void;

beforeEach(() => {
  world = newWorld();
});
afterEach(async () => {
  letGo?.();
  await world.end();
});

/** From now on the cache of secrets falls behind: what it is sent stays on the way. */
function holdSecrets(): void {
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  world.transport.mangle = async function* (chunk, { path }) {
    if (path.includes('/secrets') && path.includes('watch')) await gate;
    yield chunk;
  };
}

const secrets = () => world.cluster.resource(Secret).in('default');

const readAll = ({ metrics }: ControllerMetrics) =>
  Object.fromEntries(
    metrics.flatMap((metric) => metric.read().values).map(({ metricName, value }) => [metricName, value]),
  );

/** The classic: whoever has no secret gets one, under a name that the server makes. */
const giveSecret: (log: string[]) => ControllerOptions<ConfigMap, 'Namespaced'>['reconcile'] =
  (log) =>
  async ({ key, object, owned, cluster }) => {
    const mine = owned(Secret).length;
    log.push(`${key} ${mine}`);
    if (mine > 0) return;
    await cluster
      .resource(Secret)
      .in('default')
      .create({ metadata: { generateName: 'secret-', ownerReferences: [controllerReference(object)] } });
  };

describe('a controller whose cache is behind its own writes', () => {
  test('creates everything twice when it does not wait for them', async () => {
    const log: string[] = [];
    await world.create('a');
    holdSecrets();
    await world.start({ owns: [Secret], waitForOwnWrites: false, reconcile: giveSecret(log) });
    await seen(log, 1);
    await world.change('a', '2');
    await seen(log, 2);
    await quiet();
    expect((await secrets().list().all()).items).toHaveLength(2);
  });

  test('creates everything once when it waits: the key comes again when the cache has seen what was written', async () => {
    const log: string[] = [];
    await world.create('a');
    await world.create('b');
    holdSecrets();
    await world.start({ owns: [Secret], reconcile: giveSecret(log) });
    await seen(log, 2);
    await world.change('a', '2');
    await quiet();
    // Others are not held up.
    await world.create('c');
    await seen(log, 3);
    expect(log).toEqual(['default/a 0', 'default/b 0', 'default/c 0']);
    letGo();
    await until(() => log.includes('default/a 1'));
    await quiet();
    expect(log.filter((entry) => entry.startsWith('default/a'))).toEqual(['default/a 0', 'default/a 1']);
    expect((await secrets().list().all()).items).toHaveLength(3);
  });

  test('lets any number of keys wait, and of requests go at once, without a word of leaks from Node', async () => {
    const log: string[] = [];
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    for (let i = 0; i < 15; i++) await world.create(`m${i}`);
    holdSecrets();
    const reconcile: ControllerOptions<ConfigMap, 'Namespaced'>['reconcile'] = async ({
      key,
      name,
      cluster,
      signal,
    }) => {
      const mine = cluster.resource(Secret).in('default');
      await Promise.all(
        Array.from({ length: 15 }, (_, i) => mine.create({ metadata: { name: `${name}-${i}` } }, { signal })),
      );
      log.push(key);
    };
    await world.start({ owns: [Secret], concurrency: 15, reconcile });
    await seen(log, 15);
    await quiet();
    process.removeListener('warning', listen);
    expect(warnings).toEqual([]);
  });

  test('waits also when the reconcile fails after it wrote', async () => {
    const log: string[] = [];
    await world.create('a');
    holdSecrets();
    const give = giveSecret(log);
    await world.start({
      owns: [Secret],
      async reconcile(context) {
        await give(context);
        if (context.failures === 0) throw new Error('afterwards');
      },
    });
    await world.clock.advance(1000);
    expect(log).toEqual(['default/a 0']);
    letGo();
    await until(() => log.length > 1);
    expect(log[1]).toBe('default/a 1');
    expect((await secrets().list().all()).items).toHaveLength(1);
  });

  test('waits for deletions', async () => {
    const log: string[] = [];
    const a = await world.create('a');
    await secrets().create({ metadata: { name: 's', ownerReferences: [controllerReference(a)] } });
    await world.start({
      owns: [Secret],
      async reconcile({ owned, cluster, object }) {
        const mine = owned(Secret);
        log.push(`${mine.length}`);
        if (object.data?.v === '2')
          for (const { metadata } of mine) await cluster.resource(Secret).in('default').delete(metadata.name);
      },
    });
    await seen(log, 1);
    holdSecrets();
    await world.change('a', '2');
    await seen(log, 2);
    await world.change('a', '2 ');
    await quiet();
    expect(log).toEqual(['1', '1']);
    letGo();
    await until(() => log.length > 2);
    expect(log[2]).toBe('0');
  });

  describe('of which no answer came', () => {
    /** The server does what is asked, and its answers to writes of secrets are lost on the way. */
    function loseAnswers(): void {
      holdSecrets();
      const hold = world.transport.mangle;
      world.transport.mangle = (chunk, request) => {
        if (request.method !== 'GET' && request.path.includes('/secrets')) throw new NetworkError('reset');
        return hold(chunk, request);
      };
    }

    test('asks the server what is there, and waits until the cache has it, under a name that the server made', async () => {
      const log: string[] = [];
      await world.create('a');
      loseAnswers();
      await world.start({ owns: [Secret], reconcile: giveSecret(log) });
      await seen(log, 1);
      await world.clock.advance(2000);
      expect(log).toEqual(['default/a 0']);
      letGo();
      await until(() => log.length > 1);
      expect(log[1]).toBe('default/a 1');
      expect((await secrets().list().all()).items).toHaveLength(1);
    });

    test.each(['delete', 'deleteAll'] as const)('the same for %s', async (verb) => {
      const log: string[] = [];
      await secrets().create({ metadata: { name: 's' } });
      await world.create('a');
      loseAnswers();
      await world.start({
        watches: [watched(Secret, () => ['default/a'])],
        async reconcile({ lister, cluster }) {
          const there = lister(Secret).list().length;
          log.push(`${there}`);
          if (there === 0) return;
          const all = cluster.resource(Secret).in('default');
          await (verb === 'delete' ? all.delete('s') : all.deleteAll({ all: true }));
        },
      });
      await seen(log, 1);
      await world.clock.advance(2000);
      expect(log).toEqual(['1']);
      letGo();
      await until(() => log.length > 1);
      expect(log[1]).toBe('0');
    });

    test('asks again while the server does not answer, for so long only, and counts it', async () => {
      const log: string[] = [];
      const metrics = new ControllerMetrics();
      await world.create('a');
      loseAnswers();
      await world.start({ owns: [Secret], reconcile: giveSecret(log) }, { metrics });
      world.transport.intercept = ({ path, method }) => {
        if (method === 'GET' && path.includes('/secrets') && !path.includes('watch')) throw new NetworkError('refused');
        return undefined;
      };
      await seen(log, 1);
      await world.clock.advance(8000);
      expect(log).toHaveLength(1);
      await world.clock.advance(4000);
      await seen(log, 2);
      expect(readAll(metrics)).toMatchObject({ keelson_controller_fence_timeouts_total: 1 });
    });
  });

  test('waits also for what was written by hand', async () => {
    const log: string[] = [];
    await world.create('a');
    holdSecrets();
    await world.start({
      owns: [Secret],
      async reconcile({ key, object, owned, cluster }) {
        const mine = owned(Secret).length;
        log.push(`${key} ${mine}`);
        if (mine > 0) return;
        await cluster.raw({
          method: 'POST',
          path: '/api/v1/namespaces/default/secrets',
          body: { metadata: { generateName: 'secret-', ownerReferences: [controllerReference(object)] } },
        });
      },
    });
    await seen(log, 1);
    await world.change('a', '2');
    await quiet();
    expect(log).toHaveLength(1);
    letGo();
    await until(() => log.length > 1);
    expect(log[1]).toBe('default/a 1');
  });

  test('waits for so long only, and counts that it did so in vain', async () => {
    const log: string[] = [];
    await world.create('a');
    holdSecrets();
    const metrics = new ControllerMetrics();
    const { run } = await world.start(
      { owns: [Secret], ownWritesTimeoutMs: 3000, reconcile: giveSecret(log) },
      { metrics },
    );
    await seen(log, 1);
    run.enqueue('default/a', 'a test');
    await world.clock.advance(2999);
    expect(log).toHaveLength(1);
    await world.clock.advance(1);
    await seen(log, 2);
    expect(readAll(metrics)).toMatchObject({
      keelson_controller_fence_timeouts_total: 1,
      keelson_controller_fence_wait_seconds_sum: 3,
    });
  });

  test('does not wait for what its caches never see: other kinds, other namespaces, other labels, dry runs', async () => {
    const log: string[] = [];
    await world.create('a');
    const { run } = await world.start({
      labels: '!other',
      async reconcile({ key, cluster }) {
        log.push(key);
        const n = log.length;
        await cluster
          .resource(Secret)
          .in('default')
          .create({ metadata: { name: `s${n}` } });
        await cluster
          .resource(ConfigMap)
          .in('kube-system')
          .create({ metadata: { name: `c${n}` } });
        await cluster
          .resource(ConfigMap)
          .in('default')
          .create({ metadata: { name: `c${n}`, labels: { other: '' } } });
        await cluster
          .resource(ConfigMap)
          .in('default')
          .create({ metadata: { name: `d${n}` } }, { dryRun: true });
        await cluster.resource(ConfigMap).in('default').delete('a', { dryRun: true });
      },
    });
    await seen(log, 1);
    await quiet();
    run.enqueue('default/a', 'a test');
    await quiet();
    expect(log).toEqual(['default/a', 'default/a']);
  });

  test('is not kept from stopping', async () => {
    const log: string[] = [];
    await world.create('a');
    holdSecrets();
    const { running } = await world.start({ owns: [Secret], reconcile: giveSecret(log) });
    await seen(log, 1);
    await quiet();
    world.stopping.abort();
    await running;
  });
});

describe('a controller that may not write any more', () => {
  test('is kept from every write, and from nothing else', async () => {
    const log: string[] = [];
    let leading = true;
    const check = () => {
      if (!leading) throw new Error('not the leader');
    };
    await world.create('a');
    const { errors } = await world.start(
      {
        async reconcile({ cluster, object }) {
          const maps = cluster.resource(ConfigMap).in('default');
          leading = false;
          log.push((await maps.get('a')).metadata.name);
          const writes = [
            () => maps.create({ metadata: { name: 'b' } }),
            () => maps.delete('a'),
            () => maps.apply({ metadata: { name: 'a' } }, { manager: 'm' }),
            () => maps.replace({ ...structuredClone(object), data: {} } as ConfigMap & { metadata: { name: string } }),
            () => cluster.raw({ method: 'DELETE', path: '/api/v1/namespaces/default/configmaps/a' }),
            () => cluster.impersonate({ user: 'jane' }).resource(ConfigMap).in('default').delete('a'),
          ];
          for (const write of writes) await write().catch((error: unknown) => log.push(String(error)));
        },
      },
      { check },
    );
    await until(() => log.length === 7);
    expect(log).toEqual(['a', ...Array.from({ length: 6 }, () => 'Error: not the leader')]);
    expect(errors).toEqual([]);
    expect((await world.maps.get('a')).data).toEqual({ v: '1' });
  });
});
