import fc from 'fast-check';
import {
  connectGateway,
  type GatewayClient,
  type GatewayOptions,
  type LiveQuery,
  type LiveSnapshot,
} from 'keelson/browser';
import { ConfigMap } from 'keelson/k8s/core/v1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Cluster } from '../../src/sdk/index.js';
import { type LocalServer, startServer } from '../../src/testing/index.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { Site } from '../gateway/site.js';

let server: LocalServer;
let cluster: Cluster;
let site: Site;

beforeAll(async () => {
  server = await startServer({ listen: false });
  cluster = await server.connect();
  site = await Site.start(cluster, {
    frameMs: 1,
    authenticate: (request) => {
      const isAdmin = request.headers.get('cookie') === 'user=admin';
      return isAdmin ? { user: 'admin', groups: ['system:masters'] } : { user: 'bob' };
    },
  });
});

afterAll(async () => {
  await site.close();
  await server.close();
});

/** A page of a user with a clock of its own, whose connection the test can cut. */
class Page implements Disposable {
  readonly client: GatewayClient;
  readonly #clock = new FakeClock();
  #socket: WebSocket | undefined;

  constructor(user: string, options: GatewayOptions = {}) {
    const keep = (socket: WebSocket) => {
      this.#socket = socket;
    };
    const headers = { cookie: `user=${user}`, origin: site.url };
    class PageSocket extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { headers });
        keep(this);
      }
    }
    const webSocket = PageSocket as unknown as NonNullable<GatewayOptions['webSocket']>;
    this.client = connectGateway({ url: `${site.url}/k8s`, webSocket, clock: this.#clock, ...options });
  }

  /** Cuts the connection. Resolves when the page has noticed. */
  async cut(): Promise<void> {
    const lost = until(this.client, (state) => state === 'connecting');
    this.#socket?.terminate();
    await lost;
  }

  /** Lets the wait for another attempt pass. Resolves when there is a connection again. */
  async comeBack(): Promise<void> {
    const open = until(this.client, (state) => state === 'open');
    await this.#clock.advance(500);
    await open;
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

interface Store<S> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): S;
}

/** Resolves with the first snapshot that fits. */
function until<S>({ subscribe, getSnapshot }: Store<S>, fits: (snapshot: S) => boolean): Promise<S> {
  return new Promise((resolve) => {
    const look = () => {
      const snapshot = getSnapshot();
      if (!fits(snapshot)) return;
      queueMicrotask(() => stop());
      resolve(snapshot);
    };
    const stop = subscribe(look);
    look();
  });
}

const data = (value: string) => ({ data: { value } });
const shows = ({ rows }: LiveSnapshot<ConfigMap>) => rows.map(({ key, object }) => `${key}=${object?.data?.value}`);

async function namespace(name: string) {
  const configMaps = cluster.resource(ConfigMap).in(name);
  const put = (key: string, value: string) =>
    configMaps.apply({ metadata: { name: key }, ...data(value) }, { manager: 'test', force: true });
  return { configMaps, put };
}

describe('a page over a gateway', () => {
  it('shows the window of a query, follows its objects and moves', async () => {
    const { put, configMaps } = await namespace('default');
    for (const [key, value] of [
      ['a', '1'],
      ['b', '2'],
      ['c', '1'],
    ] as const)
      await put(key, value);
    using page = new Page('admin');
    const query = page.client.live(ConfigMap, {
      namespace: 'default',
      labels: '!kind',
      where: [{ path: 'data.value', is: 'exists' }],
      group: 'data.value',
      window: { from: 0, to: 2 },
    });
    query.subscribe(() => {});
    const first = await until(query, ({ status }) => status === 'live');
    expect(first).toMatchObject({ from: 0, total: 3, counts: { 1: 2, 2: 1 } });
    expect(shows(first)).toEqual(['default/a=1', 'default/b=2']);
    await put('b', '1');
    const second = await until(query, ({ counts }) => counts['1'] === 3 && counts['2'] === undefined);
    expect(second.rows[0]).toBe(first.rows[0]);
    expect(shows(second)).toEqual(['default/a=1', 'default/b=1']);
    query.update({ window: { from: 1, to: 3 }, sort: ['-metadata.name'] });
    const third = await until(query, ({ from }) => from === 1);
    expect(shows(third)).toEqual(['default/b=1', 'default/a=1']);
    await configMaps.delete('c');
    expect(shows(await until(query, ({ total }) => total === 2))).toEqual(['default/a=1']);
  });

  it('refuses a query and an action that the user has no right to', async () => {
    using page = new Page('bob');
    const query = page.client.live(ConfigMap, { namespace: 'default' });
    query.subscribe(() => {});
    const refused = await until(query, ({ status }) => status === 'refused');
    expect(refused).toMatchObject({ rows: [], total: 0, error: { status: 403, code: 'ERR_KUBE_GATEWAY' } });
    const where = { name: 'a', namespace: 'default' };
    await expect(page.client.actions.get(ConfigMap, where)).rejects.toMatchObject({ status: 403 });
    await expect(page.client.actions.can({ verb: 'get', kind: ConfigMap, ...where })).resolves.toBe(false);
  });

  it('acts on objects, and tells the fields of a conflict', async () => {
    using page = new Page('admin');
    const { actions } = page.client;
    const where = { name: 'acts', namespace: 'default' };
    const object = { apiVersion: 'v1' as const, kind: 'ConfigMap' as const, metadata: where, ...data('1') };
    await actions.create(object, { dryRun: true });
    await expect(actions.get(ConfigMap, where)).rejects.toMatchObject({ status: 404, reason: 'NotFound' });
    const original = await actions.create(object);
    await actions.edit(original, { ...original, ...data('2') });
    const late = actions.edit(original, { ...original, ...data('3') });
    await expect(late).rejects.toMatchObject({ status: 409, reason: 'Conflict', fields: ['data.value'] });
    expect((await actions.get(ConfigMap, where)).data).toEqual({ value: '2' });
    await actions.delete(ConfigMap, where);
    await expect(actions.get(ConfigMap, where)).rejects.toMatchObject({ status: 404 });
  });

  it('shows what the API server has after any writes, cuts and moves of the window', async () => {
    const { put, configMaps } = await namespace('kube-public');
    const key = fc.integer({ min: 0, max: 7 }).map((number) => `key-${number}`);
    const step = fc.oneof(
      fc.record({ set: key, value: fc.constantFrom('x', 'y') }),
      fc.record({ remove: key }),
      fc.record({ from: fc.integer({ min: 0, max: 3 }), size: fc.integer({ min: 1, max: 5 }) }),
      fc.constant('cut' as const),
    );
    using page = new Page('admin');
    const where = [{ path: 'data.value', is: 'exists' as const }];
    const query: LiveQuery<ConfigMap> = page.client.live(ConfigMap, { namespace: 'kube-public', where });
    let isEmptied = false;
    query.subscribe(({ rows, total, from }) => {
      isEmptied ||= rows.length === 0 && total > from;
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        query.update({ window: { from: 0, to: 50 } });
        await put('key-0', 'x');
        for (const one of steps) {
          if (one === 'cut') {
            await until(query, ({ status }) => status === 'live');
            await page.cut();
            await page.comeBack();
          } else if ('set' in one) await put(one.set, one.value);
          else if ('remove' in one) await configMaps.delete(one.remove).catch(() => {});
          else query.update({ window: { from: one.from, to: one.from + one.size } });
        }
        const mark = String(++round);
        await put('mark', mark);
        const { items } = await configMaps.list().page();
        const all = items.filter((one) => one.data?.value !== undefined).map((one) => one.metadata.name);
        const window = { from: 0, to: all.length };
        query.update({ window });
        const shown = await until(
          query,
          ({ rows, total }) => rows.length === total && rows.at(-1)?.object?.data?.value === mark,
        );
        expect(shown.rows.map(({ object }) => object?.metadata?.resourceVersion)).toEqual(
          items.filter((one) => one.data?.value !== undefined).map((one) => one.metadata.resourceVersion),
        );
        expect(shown.total).toBe(all.length);
      }),
      { numRuns: 20 },
    );
    expect(isEmptied).toBe(false);
  });
});
