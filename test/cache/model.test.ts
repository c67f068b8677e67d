import { expect, inject, test } from 'vitest';
import { ConfigMap } from '../../generated/index.js';
import type { Informer } from '../../src/cache/index.js';
import { NetworkError } from '../../src/errors/index.js';
import { Cluster } from '../../src/sdk/index.js';
import { ApiServer } from '../../src/server/index.js';
import { MemoryStorage } from '../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { type Random, seededRandom } from '../../src/util/random.js';
import { quiet, TestTransport } from './in-process.js';

/** Steps in all; a run with `KEELSON_SEED` repeats one. */
const STEPS = 10_000;
const STEPS_BETWEEN_QUIET_POINTS = 100;

/** The state that a subscriber derives from its calls, and an error if a call contradicts it. */
class Replay {
  readonly state = new Map<string, string>();
  readonly objections: string[] = [];

  added(key: string, version: string): void {
    if (this.state.has(key)) this.objections.push(`${key} added twice`);
    this.state.set(key, version);
  }
  updated(key: string, old: string | undefined, version: string): void {
    if (old !== undefined && this.state.get(key) !== old) {
      this.objections.push(`${key} updated from ${old}, known was ${this.state.get(key)}`);
    }
    if (!this.state.has(key)) this.objections.push(`${key} updated, but never added`);
    this.state.set(key, version);
  }
  deleted(key: string): void {
    if (!this.state.delete(key)) this.objections.push(`${key} deleted, but never added`);
  }
}

function subscribeReplay(
  informer: Informer<ConfigMap, 'Namespaced'>,
  wait: () => Promise<void> | undefined,
  coalesceAbove?: number,
): Replay {
  const replay = new Replay();
  const keyOf = (object: { metadata: { namespace: string; name: string } }) =>
    `${object.metadata.namespace}/${object.metadata.name}`;
  informer.subscribe(
    {
      added(object) {
        replay.added(keyOf(object), object.metadata.resourceVersion);
        return wait();
      },
      updated(object, old) {
        replay.updated(keyOf(object), old.metadata.resourceVersion, object.metadata.resourceVersion);
        return wait();
      },
      deleted(object) {
        replay.deleted(keyOf(object));
        return wait();
      },
    },
    { coalesceAbove },
  );
  return replay;
}

/** Tears, delays and refuses what is on its way to the informer. */
function addFaults(transport: TestTransport, random: Random, enabled: () => boolean, mayStream: () => boolean): void {
  transport.mangle = async function* (chunk) {
    let from = 0;
    while (from < chunk.length) {
      const to = random() < 0.5 ? chunk.length : from + 1 + Math.floor(random() * 300);
      if (enabled() && random() < 0.01) throw new NetworkError('the connection was reset in mid-chunk');
      yield Buffer.from(chunk.subarray(from, to));
      from = to;
      if (random() < 0.1) await quiet(1);
    }
  };
  const answer = (status: number, reason: string, headers: Record<string, string> = {}) => {
    const body = Buffer.from(
      JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason }),
    );
    return {
      status,
      headers,
      body: { bytes: async () => body, consume: async () => {}, cancel: () => {} },
    };
  };
  transport.intercept = (request) => {
    if (!enabled()) return undefined;
    const die = random();
    if (die < 0.05)
      throw new NetworkError('refused', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) });
    if (die < 0.1) return answer(429, 'TooManyRequests', { 'retry-after': '1' });
    if (die < 0.15) return answer(500, 'InternalError');
    if (die < 0.25 && !request.path.includes('sendInitialEvents')) return answer(410, 'Expired');
    if (!mayStream() && request.path.includes('sendInitialEvents')) return answer(422, 'Invalid');
    return undefined;
  };
}

test.each([
  ['in JSON', 'json', 1],
  ['in protobuf, now and then in JSON', 'protobuf', 0.3],
] as const)(
  `after ${STEPS} random changes and faults, store and subscribers are where the server is: %s`,
  async (_, encoding, inJson) => {
    const seed = inject('seed');
    const random = seededRandom(seed);
    const clock = new FakeClock();
    const storage = new MemoryStorage();
    const server = new ApiServer({
      storage,
      clock,
      random: seededRandom(seed + 1),
      controllers: [],
      compactionIntervalMs: 0,
    });
    const faulty = new TestTransport(server);
    const writer = new Cluster(new TestTransport(server), { clock, random: seededRandom(seed + 2) });
    const reader = new Cluster(faulty, { clock, random: seededRandom(seed + 3), encoding });
    const choice = seededRandom(seed + 5);
    faulty.accept = () => (choice() < inJson ? 'application/json' : undefined);
    let faults = true;
    // The first half runs against a server that streams states, the second against one that does not.
    let streams = true;
    addFaults(
      faulty,
      seededRandom(seed + 4),
      () => faults,
      () => streams,
    );

    const made: Informer<ConfigMap, 'Namespaced'>[] = [];
    const replays: Replay[] = [];
    const keyReplay = new Replay();
    const newInformer = (watchList: boolean) => {
      const informer = reader.informer(ConfigMap, {
        watchList,
        pageSize: 7,
        indexes: { team: { label: 'team' } },
        onError: () => {},
      });
      made.push(informer);
      return informer;
    };
    const informer = newInformer(true);
    informer.subscribeKeys((key, { change }) => {
      if (change === 'added') keyReplay.added(key, '');
      else if (change === 'updated') keyReplay.updated(key, undefined, '');
      else keyReplay.deleted(key);
    });
    replays.push(subscribeReplay(informer, () => undefined));
    // Slow: it is told one thing per turn of the event loop, or slower, and falls behind.
    replays.push(subscribeReplay(informer, () => quiet(3), 5));
    void informer.start();

    const configMaps = (namespace: string) => writer.resource(ConfigMap).in(namespace);
    const live = new Map<string, string>();
    const names = Array.from({ length: 40 }, (_, i) => `c${i}`);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    await writer.resource((await import('../../generated/index.js')).Namespace).create({ metadata: { name: 'other' } });

    const change = async () => {
      const [namespace, name] = [pick(['default', 'other']), pick(names)];
      const key = `${namespace}/${name}`;
      const labels = { team: pick(['red', 'blue']) };
      const data = { text: 'x'.repeat(Math.floor(random() * 400)), odd: 'é\u{1f600}"\\\n' };
      if (!live.has(key)) {
        const stored = await configMaps(namespace).create({ metadata: { name, labels }, data });
        live.set(key, stored.metadata.resourceVersion);
      } else if (random() < 0.4) {
        await configMaps(namespace).delete(name);
        live.delete(key);
      } else {
        const stored = await configMaps(namespace).update(name, (draft) => {
          draft.metadata.labels = labels;
          draft.data = { ...data, step: String(random()) };
        });
        live.set(key, stored.metadata.resourceVersion);
      }
    };

    const versions = () =>
      new Map(
        Array.from(informer.lister, (o) => [`${o.metadata.namespace}/${o.metadata.name}`, o.metadata.resourceVersion]),
      );
    const sorted = (map: ReadonlyMap<string, string>) => [...map].sort();
    const settled = () =>
      informer.status().synced &&
      informer.status().backlog === 0 &&
      JSON.stringify(sorted(versions())) === JSON.stringify(sorted(live));

    let quietPoints = 0;
    const quietPoint = async (step: number) => {
      faults = false;
      for (let round = 0; round < 400 && !settled(); round++) {
        await clock.advance(1000);
        await quiet(10);
      }
      const where = `seed ${seed}, step ${step}`;
      expect(sorted(versions()), where).toEqual(sorted(live));
      for (const replay of replays) {
        expect(replay.objections, where).toEqual([]);
        expect(sorted(replay.state), where).toEqual(sorted(live));
      }
      expect(keyReplay.objections, where).toEqual([]);
      expect([...keyReplay.state.keys()].sort(), where).toEqual([...live.keys()].sort());
      const red = informer.lister.by('team', 'red').map((o) => `${o.metadata.namespace}/${o.metadata.name}`);
      const redByLabels = informer.lister.keys({ labels: { team: 'red' } });
      const redByReading = Array.from(informer.lister)
        .filter((o) => o.metadata.labels?.team === 'red')
        .map((o) => `${o.metadata.namespace}/${o.metadata.name}`);
      expect(red.sort(), where).toEqual(redByReading.sort());
      expect(redByLabels.sort(), where).toEqual(redByReading);
      expect(informer.lister.count({ namespace: 'other' }), where).toBe(
        [...live.keys()].filter((key) => key.startsWith('other/')).length,
      );
      faults = true;
      quietPoints++;
    };

    for (let step = 1; step <= STEPS; step++) {
      const die = random();
      if (die < 0.93) await change();
      else if (die < 0.95) faulty.cut();
      else if (die < 0.96) await storage.compact(await storage.revision()).catch(() => {});
      else if (die < 0.98) await clock.advance(Math.floor(random() * 20_000));
      else await quiet(Math.floor(random() * 10));
      if (step === STEPS / 2) {
        streams = false;
        replays.push(subscribeReplay(informer, () => undefined));
      }
      if (step % STEPS_BETWEEN_QUIET_POINTS === 0) await quietPoint(step);
    }
    expect(quietPoints).toBe(STEPS / STEPS_BETWEEN_QUIET_POINTS);
    expect([...faulty.contentTypes].some((type) => type.includes('protobuf'))).toBe(encoding === 'protobuf');
    // The faults did their work.
    expect(informer.status().restarts).toBeGreaterThan(50);
    for (const one of made) await one.stop();
    await Promise.all([reader.close(), writer.close(), server.close()]);
  },
  240_000,
);
