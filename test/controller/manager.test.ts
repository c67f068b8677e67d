import { Controller, type LeaderElection, Manager, type ManagerOptions } from 'keelson/controller';
import { ConfigMap, Secret } from 'keelson/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newWorld, quiet, seen, until } from './world.js';

let world: ReturnType<typeof newWorld>;
beforeEach(() => {
  world = newWorld();
});
afterEach(() => world.end());

/** A controller that writes down the keys it reconciles. */
const recording = (log: string[], name = 'maps') =>
  new Controller({
    for: ConfigMap,
    namespace: 'default',
    name,
    reconcile: ({ key }) => {
      log.push(`${name} ${key}`);
    },
  });

/** A manager under way, with signals left alone unless told. */
function start(options: ManagerOptions) {
  const manager = new Manager(world.cluster, { handleSignals: false, ...options });
  const stopping = new AbortController();
  const running = manager.run({ signal: stopping.signal });
  running.catch(() => {});
  return { manager, running, stop: () => stopping.abort() };
}

/** An election that is decided by the test. */
function scripted(): LeaderElection & { win(): void; lose(reason: Error): void; leading: boolean; released: boolean } {
  let win = () => {};
  const won = new Promise<void>((resolve) => {
    win = resolve;
  });
  let lost = new AbortController();
  const election = {
    leading: false,
    released: false,
    win: () => win(),
    lose: (reason: Error) => lost.abort(reason),
    async run({ signal, lead }: Parameters<LeaderElection['run']>[0]) {
      const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await Promise.race([won, stopped]);
      if (signal.aborted) return;
      lost = new AbortController();
      election.leading = true;
      const check = () => lost.signal.throwIfAborted();
      await lead({ signal: lost.signal, check });
      election.leading = false;
      election.released = true;
      lost.signal.throwIfAborted();
    },
  };
  return election;
}

describe('a manager', () => {
  test('runs controllers and other runnables once the caches are filled, and ends them all when it is told to', async () => {
    await world.create('a');
    const log: string[] = [];
    const { running, stop } = start({
      controllers: [recording(log, 'one'), recording(log, 'two')],
      runnables: [
        {
          name: 'clock',
          async run({ signal, cluster }) {
            log.push(`begun on ${cluster.namespace}`);
            await world.clock.sleep(3_600_000, { signal }).catch(() => {});
            log.push('ended');
          },
        },
      ],
    });
    await seen(log, 3);
    stop();
    await running;
    expect(log.sort()).toEqual(['begun on default', 'ended', 'one default/a', 'two default/a']);
    expect(world.transport.streams).toBe(0);
  });

  test('refuses two controllers of one name, and to run twice at once', async () => {
    expect(() => new Manager(world.cluster, { controllers: [recording([]), recording([])] })).toThrow(
      'two controllers are called "maps"',
    );
    const { manager, running, stop } = start({ controllers: [recording([])] });
    await expect(manager.run()).rejects.toThrow('running already');
    stop();
    await running;
    const again = new AbortController();
    const second = manager.run({ signal: again.signal });
    again.abort();
    await second;
  });

  test('ends with an error that names what failed, when something cannot go on', async () => {
    const log: string[] = [];
    const { running } = start({
      controllers: [recording(log)],
      runnables: [
        {
          name: 'the webhook server',
          run: () => {
            throw new Error('the port is taken');
          },
        },
      ],
    });
    await expect(running).rejects.toThrow('the webhook server failed, which ends the manager: the port is taken');
    await world.create('later');
    await quiet();
    expect(log).toEqual([]);
    expect(world.transport.streams).toBe(0);
  });

  test('ends with an error that names the controller whose cache does not come, or whose own handlers fail', async () => {
    world.transport.intercept = ({ path }) => {
      if (!path.includes('/secrets')) return undefined;
      throw new Error('no way');
    };
    const secrets = new Controller({ for: Secret, reconcile: () => {} });
    const { running } = start({ controllers: [recording([]), secrets] });
    const error = await world.clock.runUntil(running.catch((caught: unknown) => caught));
    expect(String(error)).toContain('the controller secret failed, which ends the manager:');
    expect(String(error)).toContain('first state of Secret');

    world.transport.intercept = () => undefined;
    await world.create('a');
    const careless = new Controller({
      for: ConfigMap,
      name: 'careless',
      reconcile: () => Promise.reject(new Error('first')),
      onError: () => {
        throw new Error('second');
      },
    });
    await expect(start({ controllers: [careless, recording([])] }).running).rejects.toThrow(
      'the controller careless failed, which ends the manager: second',
    );
  });
});

describe('shutting down', () => {
  const slow = (log: string[], release: Promise<void>) =>
    new Controller({
      for: ConfigMap,
      name: 'slow',
      async reconcile({ key, signal }) {
        log.push(key);
        await release;
        log.push(`aborted: ${signal.aborted}`);
      },
    });

  test('on SIGTERM lets reconciles finish', async () => {
    let release = () => {};
    const log: string[] = [];
    await world.create('a');
    const { running } = start({
      handleSignals: true,
      controllers: [
        slow(
          log,
          new Promise((resolve) => {
            release = resolve;
          }),
        ),
      ],
    });
    await seen(log, 1);
    process.emit('SIGTERM', 'SIGTERM');
    await quiet();
    expect(log).toHaveLength(1);
    release();
    await running;
    expect(log).toEqual(['default/a', 'aborted: false']);
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });

  test('is cut by a second signal', async () => {
    const log: string[] = [];
    await world.create('a');
    const { running } = start({ handleSignals: true, controllers: [slow(log, new Promise(() => {}))] });
    await seen(log, 1);
    process.emit('SIGINT', 'SIGINT');
    await quiet();
    process.emit('SIGTERM', 'SIGTERM');
    await expect(running).rejects.toThrow('stopping was cut by SIGTERM');
    expect(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')).toBe(0);
  });

  test('aborts what takes too long, and then says what is still running and goes', async () => {
    const log: string[] = [];
    await world.create('a');
    const { running, stop } = start({
      shutdownTimeoutMs: 5000,
      controllers: [slow(log, new Promise(() => {}))],
    });
    await seen(log, 1);
    stop();
    const error = await world.clock.runUntil(running.catch((caught: unknown) => caught));
    expect(String(error)).toBe('ManagerError: stopping took longer than 5000 ms: still running are slow on default/a');
  });
});

describe('leadership', () => {
  test('is awaited with the caches filled; what does not need it runs at once', async () => {
    const log: string[] = [];
    await world.create('a');
    const election = scripted();
    const everywhere = new Controller({
      for: ConfigMap,
      name: 'everywhere',
      needsLeader: false,
      reconcile: ({ key }) => {
        log.push(`everywhere ${key}`);
      },
    });
    const { manager, running, stop } = start({
      leaderElection: election,
      controllers: [recording(log), everywhere],
      runnables: [
        { name: 'r', run: async () => void log.push('runnable') },
        { name: 's', needsLeader: false, run: async () => void log.push('standby runnable') },
      ],
      server: { port: 0 },
    });
    await seen(log, 2);
    await quiet();
    expect(log.sort()).toEqual(['everywhere default/a', 'standby runnable']);
    expect(manager.acts).toBe(false);
    expect(await page(manager, '/readyz')).toEqual([200, 'ok']);
    const requests = world.transport.requests.length;
    election.win();
    await seen(log, 4);
    expect(log).toContain('maps default/a');
    expect(log).toContain('runnable');
    expect([manager.acts, world.transport.requests.length]).toEqual([true, requests]);
    stop();
    await running;
    expect(election.released).toBe(true);
  });

  test('is given up only when the reconciles under way have ended', async () => {
    let release = () => {};
    const log: string[] = [];
    await world.create('a');
    const election = scripted();
    const { running, stop } = start({
      leaderElection: election,
      controllers: [
        new Controller({
          for: ConfigMap,
          async reconcile({ key, cluster }) {
            log.push(key);
            await new Promise<void>((resolve) => {
              release = resolve;
            });
            await cluster
              .resource(ConfigMap)
              .in('default')
              .create({ metadata: { name: 'last' } });
          },
        }),
      ],
    });
    election.win();
    await seen(log, 1);
    stop();
    await quiet();
    expect(election.released).toBe(false);
    release();
    await running;
    expect(election.released).toBe(true);
    expect((await world.maps.get('last')).metadata.name).toBe('last');
  });

  test('once lost, stops everything at once: signals abort, writes are refused, and the manager ends with an error', async () => {
    const log: string[] = [];
    await world.create('a');
    const election = scripted();
    const { running } = start({
      leaderElection: election,
      controllers: [
        new Controller({
          for: ConfigMap,
          async reconcile({ key, cluster, signal }) {
            log.push(key);
            await world.clock.sleep(3_600_000, { signal }).catch((error: unknown) => log.push(String(error)));
            await cluster
              .resource(ConfigMap)
              .in('default')
              .delete('a')
              .catch((error: unknown) => log.push(String(error)));
          },
        }),
      ],
    });
    election.win();
    await seen(log, 1);
    election.lose(new Error('another leads'));
    await expect(running).rejects.toThrow('leader election failed, which ends the manager: another leads');
    expect(log).toEqual(['default/a', 'Error: another leads', 'Error: another leads']);
    expect((await world.maps.get('a')).metadata.name).toBe('a');
  });
});

describe('health and metrics', () => {
  test('tell how it stands: ready when the caches are filled and fresh', async () => {
    await world.create('a');
    const log: string[] = [];
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    world.transport.mangle = async function* (chunk) {
      await gate;
      yield chunk;
    };
    const { manager, running, stop } = start({
      controllers: [recording(log)],
      server: { port: 0, healthChecks: { mine: () => {} }, maxCacheAgeMs: 150_000 },
    });
    await until(() => manager.url !== undefined);
    expect(await page(manager, '/healthz?verbose')).toEqual([
      200,
      '[+]ping ok\n[+]leader-election ok\n[+]mine ok\nhealthz check passed\n',
    ]);
    expect(await page(manager, '/readyz')).toEqual([
      500,
      '[+]ping ok\n[-]cache maps/ConfigMap failed: the first state has not come\nreadyz check failed\n',
    ]);
    letGo();
    await seen(log, 1);
    expect(await page(manager, '/readyz')).toEqual([200, 'ok']);
    const [status, metrics] = await page(manager, '/metrics');
    expect(status).toBe(200);
    expect(metrics).toContain('controller_runtime_reconcile_total{controller="maps",result="success"} 1\n');
    expect(metrics).toContain('workqueue_adds_total{name="maps"} 1\n');
    expect(metrics).toContain('keelson_manager_acts{} 1\n');
    expect(metrics).toContain('informer_store_objects{controller="maps",kind="ConfigMap"} 1\n');
    expect(metrics).toContain('rest_client_requests_total');
    expect((await page(manager, '/other'))[0]).toBe(404);
    expect((await fetch(`${manager.url}/healthz`, { method: 'POST' })).status).toBe(405);
    expect(new URL(manager.url ?? '').hostname).toBe('127.0.0.1');

    // The connection is there, and nothing comes any more.
    world.transport.mangle = async function* (chunk) {
      await new Promise(() => {});
      yield chunk;
    };
    world.transport.intercept = ({ path }) => {
      if (path.includes('configmaps')) throw new Error('unreachable');
      return undefined;
    };
    world.transport.cut();
    await world.clock.advance(160_000);
    expect((await page(manager, '/readyz'))[1]).toContain('the watch has shown no sign of life for 150000 ms');
    stop();
    await running;
    expect(manager.url).toBeUndefined();
  });
});

async function page(manager: Manager, path: string): Promise<[number, string]> {
  const response = await fetch(`${manager.url}${path}`);
  return [response.status, await response.text()];
}
