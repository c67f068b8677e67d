import { controllerReference, isKubeError } from 'keelson';
import {
  anyOf,
  Controller,
  formatReason,
  generationChanged,
  labelsChanged,
  owned,
  TerminalError,
  watched,
} from 'keelson/controller';
import { ConfigMap, Deployment, Secret } from 'keelson/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newWorld, quiet, recorder, seen, until } from './world.js';

let world: ReturnType<typeof newWorld>;
beforeEach(() => {
  world = newWorld();
});
afterEach(() => world.end());

describe('a controller', () => {
  test('reconciles what is there at the beginning and then what changes, and says why', async () => {
    await world.create('a');
    const log: string[] = [];
    await world.start({ reconcile: recorder(log) });
    await seen(log, 1);
    await world.create('b');
    await seen(log, 2);
    await world.change('a', '2');
    await seen(log, 3);
    expect(log).toEqual([
      'default/a 1 (ConfigMap default/a was there at the beginning)',
      'default/b 1 (ConfigMap default/b added)',
      'default/a 2 (ConfigMap default/a updated)',
    ]);
  });

  test('never reconciles one key twice at once; what changed meanwhile comes afterwards, once', async () => {
    const log: string[] = [];
    let release = () => {};
    let running = 0;
    await world.start({
      concurrency: 4,
      async reconcile({ key, object, reasons }) {
        running++;
        expect(running).toBe(1);
        log.push(`${key} ${object.data?.v} ${reasons.length}`);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        running--;
      },
    });
    await world.create('a');
    await seen(log, 1);
    await world.change('a', '2');
    await world.change('a', '3');
    await quiet();
    expect(log).toEqual(['default/a 1 1']);
    release();
    await seen(log, 2);
    release();
    await quiet();
    expect(log).toEqual(['default/a 1 1', 'default/a 3 2']);
  });

  test('runs as many reconciles at once as it may', async () => {
    let most = 0;
    let running = 0;
    const log: string[] = [];
    const waiting: (() => void)[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) await world.create(name);
    await world.start({
      concurrency: 3,
      async reconcile({ key }) {
        most = Math.max(most, ++running);
        log.push(key);
        await new Promise<void>((resolve) => waiting.push(resolve));
        running--;
      },
    });
    await quiet();
    expect(log).toHaveLength(3);
    while (log.length < 5 || running > 0) {
      waiting.shift()?.();
      await quiet(3);
    }
    expect(most).toBe(3);
  });

  test('calls `deleted`, not `reconcile`, for a key that has no object any more', async () => {
    const log: string[] = [];
    await world.create('a');
    await world.start({
      reconcile: recorder(log),
      deleted: ({ key, namespace, name, reasons }) => {
        log.push(`deleted ${key} ${namespace} ${name} (${reasons.map(formatReason).join('; ')})`);
      },
    });
    await seen(log, 1);
    await world.maps.delete('a');
    await seen(log, 2);
    expect(log[1]).toBe('deleted default/a default a (ConfigMap default/a deleted)');
  });

  test('parses nothing before a reconcile asks for the object', async () => {
    for (let i = 0; i < 20; i++) await world.create(`m${i}`);
    const log: string[] = [];
    const { run } = await world.start({
      owns: [Secret],
      predicates: [anyOf(generationChanged, labelsChanged)],
      reconcile: (context) => {
        log.push(context.key);
        if (context.key === 'default/m7') expect(context.object.data).toEqual({ v: '1' });
      },
    });
    await seen(log, 20);
    expect(run.informers.map(({ kind, informer }) => `${kind} ${informer.status().hydrated}`)).toEqual([
      'ConfigMap 1',
      'Secret 0',
    ]);
  });

  test('gives the object as it was when the reconcile began, however late it is read, and not after its end', async () => {
    const late: (() => string | undefined)[] = [];
    const log: string[] = [];
    await world.create('a');
    await world.start({
      async reconcile(context) {
        if (log.push(context.key) > 1) return;
        await world.change('a', '2');
        await quiet();
        expect(context.object.data?.v).toBe('1');
      },
      async deleted(context) {
        log.push(`deleted ${context.key}`);
      },
    });
    await seen(log, 2);
    await world.create('b');
    await world.start({
      reconcile(context) {
        late.push(() => context.object.data?.v);
      },
    });
    await until(() => late.length === 2);
    await quiet();
    expect(() => late[0]?.()).toThrow('this reconcile is over');
  });
});

describe('what a reconcile says', () => {
  test('decides when the object comes again: the last word counts', async () => {
    const log: string[] = [];
    await world.create('a');
    const answers = [60_000, 1000, undefined, Number.POSITIVE_INFINITY];
    await world.start({
      reconcile(context) {
        recorder(log)(context);
        return { requeueAfterMs: answers[log.length - 1] };
      },
    });
    await seen(log, 1);
    await world.change('a', '2');
    await seen(log, 2);
    await world.clock.advance(999);
    expect(log).toHaveLength(2);
    await world.clock.advance(1);
    await seen(log, 3);
    expect(log.slice(1)).toEqual([
      'default/a 2 (ConfigMap default/a updated)',
      'default/a 2 (the last reconcile asked for it)',
    ]);
    await world.clock.advance(120_000);
    expect(log).toHaveLength(3);
  });

  test('by throwing, is that it is to be tried again, ever more slowly, until it goes well', async () => {
    const log: string[] = [];
    const times: number[] = [];
    await world.create('a');
    const { errors } = await world.start({
      reconcile({ failures, reasons }) {
        times.push(world.clock.now());
        log.push(`${failures} ${reasons.map(formatReason).join('; ')}`);
        if (failures < 4) throw new Error(`no ${failures}`);
      },
    });
    await world.clock.advance(1000);
    expect(times.map((time, i) => time - (times[i - 1] ?? time))).toEqual([0, 5, 10, 20, 40]);
    expect(log.slice(1)).toEqual(['1 failed once', '2 failed 2 times', '3 failed 3 times', '4 failed 4 times']);
    expect(errors).toEqual(['default/a 1: no 0', 'default/a 2: no 1', 'default/a 3: no 2', 'default/a 4: no 3']);
    await world.change('a', '2');
    await seen(log, 6);
    expect(log[5]).toBe('0 ConfigMap default/a updated');
  });

  test('by a TerminalError, is that trying again does not help before something changes', async () => {
    const log: string[] = [];
    await world.create('a');
    const { errors } = await world.start({
      reconcile({ object }) {
        log.push(`${object.data?.v}`);
        throw new TerminalError('this cannot be');
      },
    });
    await world.clock.advance(3_600_000);
    expect(log).toEqual(['1']);
    await world.change('a', '2');
    await seen(log, 2);
    expect(errors).toEqual(['default/a 1 for good: this cannot be', 'default/a 1 for good: this cannot be']);
  });

  test.each([
    [
      'a string',
      () => {
        throw 'nonsense';
      },
      'nonsense',
    ],
    ['undefined', () => Promise.reject(undefined), 'undefined'],
    ['a TypeError', () => (undefined as unknown as { x: string }).x, 'Cannot read properties of undefined'],
    ['a wait that is no number', () => ({ requeueAfterMs: Number.NaN }), 'requeueAfterMs must be a number'],
  ])('may be %s: it is contained, reported and tried again', async (_, fail, message) => {
    await world.create('a');
    await world.create('b');
    const log: string[] = [];
    const { errors } = await world.start({
      reconcile({ key, failures }) {
        log.push(key);
        return key === 'default/a' && failures === 0 ? (fail() as never) : undefined;
      },
    });
    await world.clock.advance(100);
    expect(log.filter((key) => key === 'default/a')).toHaveLength(2);
    expect(log).toContain('default/b');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
  });

  test('is cut short by the deadline of a reconcile: its signal aborts, and it is tried again', async () => {
    await world.create('a');
    const log: string[] = [];
    const { errors } = await world.start({
      timeoutMs: 5000,
      async reconcile({ signal, failures }) {
        log.push(String(failures));
        if (failures > 0) return;
        await world.clock.sleep(60_000, { signal });
      },
    });
    await world.clock.advance(5005);
    expect(log).toEqual(['0', '1']);
    expect(errors).toEqual(['default/a 1: reconciling default/a took longer than 5000 ms']);
  });
});

describe('what else is watched', () => {
  test('leads to the owner, from metadata alone, also when the owner changes or the object goes', async () => {
    const log: string[] = [];
    const [a, b] = [await world.create('a'), await world.create('b')];
    await world.start({
      owns: [Secret],
      reconcile({ key, reasons }) {
        log.push(`${key} (${reasons.map(formatReason).join('; ')})`);
      },
    });
    await seen(log, 2);
    log.length = 0;
    const secrets = world.cluster.resource(Secret).in('default');
    await secrets.create({ metadata: { name: 's', ownerReferences: [controllerReference(a)] } });
    await seen(log, 1);
    await secrets.update('s', (draft) => {
      draft.metadata.ownerReferences = [controllerReference(b)];
    });
    await seen(log, 3);
    await secrets.create({
      metadata: { name: 'nobody', ownerReferences: [{ ...controllerReference(a), controller: false }] },
    });
    await secrets.delete('s');
    await seen(log, 4);
    await quiet();
    expect([log[0], ...log.slice(1, 3).sort(), log[3]]).toEqual([
      'default/a (Secret default/s added)',
      'default/a (Secret default/s updated)',
      'default/b (Secret default/s updated)',
      'default/b (Secret default/s deleted)',
    ]);
    expect(log).toHaveLength(4);
  });

  test('leads where the mapper says, and its objects can be read from the cache', async () => {
    const log: string[] = [];
    await world.create('a');
    const secrets = world.cluster.resource(Secret).in('default');
    const owner = await world.maps.get('a');
    await secrets.create({ metadata: { name: 'owned', ownerReferences: [controllerReference(owner)] } });
    await world.start({
      owns: [owned(Secret, { labels: '!shared' })],
      watches: [
        watched(Secret, ({ current }) => (current.labels.for === undefined ? [] : [`default/${current.labels.for}`]), {
          labels: 'shared',
          predicates: [labelsChanged],
        }),
      ],
      reconcile({ key, owned, lister }) {
        const mine = owned(Secret).map(({ metadata }) => metadata.name);
        log.push(`${key} ${mine.join()} ${lister(ConfigMap).count()}`);
        expect(() => lister(Deployment)).toThrow('does not watch Deployment (apps/v1): put it into `owns or watches`');
      },
    });
    await seen(log, 1);
    await secrets.create({ metadata: { name: 's', labels: { shared: '', for: 'a' } } });
    await seen(log, 2);
    await secrets.update('s', (draft) => {
      draft.data = { x: '' };
    });
    await quiet();
    expect(log).toEqual(['default/a owned 1', 'default/a owned 1']);
  });

  test('lets a mapper search the caches of the controller for the objects that depend on a change', async () => {
    const log: string[] = [];
    await world.create('a', '1', { secret: 's' });
    await world.create('b', '1', { secret: 'other' });
    await world.start({
      watches: [
        watched(Secret, ({ current }, { lister }) =>
          lister(ConfigMap)
            .list({ labels: { secret: current.name } })
            .map(({ metadata }) => `default/${metadata.name}`),
        ),
      ],
      reconcile: recorder(log),
    });
    await seen(log, 2);
    await world.cluster
      .resource(Secret)
      .in('default')
      .create({ metadata: { name: 's' } });
    await seen(log, 3);
    expect(log.at(-1)).toBe('default/a 1 (Secret default/s added)');
  });

  test('reports what mappers and predicates throw, lets the change pass where it can, and goes on', async () => {
    const log: string[] = [];
    const { errors } = await world.start({
      predicates: [
        ({ key }) => {
          if (key === 'default/a') throw new Error('odd');
          return true;
        },
      ],
      watches: [
        watched(Secret, () => {
          throw new Error('where?');
        }),
      ],
      reconcile: recorder(log),
    });
    await world.cluster
      .resource(Secret)
      .in('default')
      .create({ metadata: { name: 's' } });
    await world.create('a');
    await seen(log, 1);
    expect(errors).toEqual(['default/s 0 for good: where?', 'default/a 0 for good: odd']);
  });
});

describe('stopping', () => {
  test('begins nothing more, and lets the reconciles under way finish', async () => {
    let release = () => {};
    const log: string[] = [];
    await world.create('a');
    await world.create('b');
    const { running } = await world.start({
      async reconcile({ key, signal }) {
        log.push(key);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        log.push(`aborted: ${signal.aborted}`);
      },
    });
    await seen(log, 1);
    world.stopping.abort();
    await quiet();
    release();
    await running;
    expect(log).toEqual(['default/a', 'aborted: false']);
  });

  test('aborts the signal of those that take too long', async () => {
    const log: string[] = [];
    await world.create('a');
    const { running, errors } = await world.start({
      async reconcile({ key, signal }) {
        log.push(key);
        await world.clock.sleep(3_600_000, { signal });
      },
    });
    await seen(log, 1);
    world.stopping.abort();
    await world.clock.advance(24_999);
    await world.clock.advance(1);
    await running;
    expect(errors).toEqual([]);
    expect(world.clock.pending).toBeLessThan(10);
  });
});

describe('what cannot work', () => {
  test('is refused when the controller is made', () => {
    const make = (options: object) => () => new Controller({ for: ConfigMap, reconcile: () => {}, ...options });
    expect(make({ concurrency: 0 })).toThrow('`concurrency` must be a whole number');
    expect(make({ for: undefined })).toThrow('this is not a kind');
    expect(make({ reconcile: undefined })).toThrow('`reconcile` must be a function');
    expect(make({ timeoutMs: -1 })).toThrow('`timeoutMs` must be more than 0');
  });

  test('is told with the kinds that are missing when the first state does not come', async () => {
    world.transport.intercept = ({ path }) => {
      if (!path.includes('/secrets')) return undefined;
      throw new Error('no way to secrets');
    };
    const controller = new Controller({ for: ConfigMap, owns: [Secret], reconcile: () => {} });
    const run = controller.run(world.cluster, { signal: world.stopping.signal });
    const error = await world.clock.runUntil(run.catch((caught: unknown) => caught));
    expect(isKubeError(error)).toBe(true);
    expect(String(error)).toContain(
      'the controller configmap did not get the first state of Secret (Error: no way to secrets) within 120000 ms',
    );
  });
});
