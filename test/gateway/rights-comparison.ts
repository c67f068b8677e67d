import { expect } from 'vitest';
import { ConfigMap, Namespace } from '../../generated/core/v1.js';
import type { QueryOptions } from '../../src/browser/protocol.js';
import { isApiError } from '../../src/errors/index.js';
import { type Random, seededRandom } from '../../src/util/random.js';
import type { FakeBrowser, GatewayWorld } from './gateway-world.js';

/** The time after which a right that was taken away has ended. */
const RECHECK_MS = 10_000;
const namespaces = ['n0', 'n1', 'n2', 'n3'];
const users = ['ann', 'bob', 'cem', 'dee'];
const colours = ['red', 'green', 'blue'];

/** One query of one user, under a new id each time that it has to be opened again. */
interface Asked {
  readonly user: string;
  readonly browser: FakeBrowser;
  readonly query: QueryOptions;
  id: number;
}

/** A right of a user while it held; `to` is undefined while it does. */
interface Right {
  readonly user: string;
  readonly namespace: string | undefined;
  readonly from: number;
  to: number | undefined;
  readonly end: () => Promise<void>;
}

/** Changes rights and objects at random, and compares what users receive with what the API server gives them at each quiet point. */
export async function compareRights(
  world: GatewayWorld,
  { seed, rounds, steps }: { readonly seed: number; readonly rounds: number; readonly steps: number },
): Promise<void> {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const { admin, clock } = world;
  for (const name of namespaces) await admin.resource(Namespace).create({ metadata: { name } });
  const rights: Right[] = [];
  const browsers = new Map(users.map((user) => [user, world.browser(user)]));
  const asked: Asked[] = [];
  let id = 0;
  for (const [user, browser] of browsers)
    for (let count = 0; count < 5; count++) asked.push({ user, browser, query: someQuery(random), id: 0 });

  for (let round = 0; round < rounds; round++) {
    for (const one of asked) {
      if (one.id !== 0 && one.browser.fault(one.id) === undefined) continue;
      one.id = ++id;
      one.browser.open(one.id, one.query);
    }
    for (let step = 0; step < steps; step++) {
      if (random() < 0.12) await changeRights();
      else await changeObject();
      if (random() < 0.3) await clock.advance(100);
    }
    // New rights in a namespace are seen within a minute, rights that ended within ten seconds.
    for (let waited = 0; waited < 65_000; waited += 2_500) {
      await clock.advance(2_500);
      for (let turns = 0; turns < 10; turns++) await world.pause();
    }
    for (const one of asked) {
      if (one.browser.fault(one.id) !== undefined) {
        one.id = ++id;
        one.browser.open(one.id, one.query);
      }
      const wanted = await fromServer(one.user, one.query);
      const why = `seed ${seed}, round ${round}, ${one.user}: ${JSON.stringify(one.query)}`;
      await world.until(() => isSame(shownTo(one), wanted), why).catch(() => expect(shownTo(one), why).toEqual(wanted));
    }
  }
  for (const [user, browser] of browsers) expect(leaks(user, browser), `seed ${seed}`).toEqual([]);
  expect(world.errors, `seed ${seed}`).toEqual([]);

  async function changeRights(): Promise<void> {
    const held = rights.filter(({ to }) => to === undefined);
    if (held.length > 0 && random() < 0.45) {
      const right = pick(held);
      await right.end();
      right.to = clock.now();
      return;
    }
    const [user, namespace] = [pick(users), random() < 0.15 ? undefined : pick(namespaces)];
    const from = clock.now();
    rights.push({ user, namespace, from, to: undefined, end: await world.allow(user, namespace) });
  }

  async function changeObject(): Promise<void> {
    const maps = admin.resource(ConfigMap).in(pick(namespaces));
    const name = `c${Math.floor(random() * 8)}`;
    if (random() < 0.3) {
      await maps.delete(name).catch(ignoreRefusal);
      return;
    }
    const labels: Record<string, string> = random() < 0.8 ? { colour: pick(colours) } : {};
    const data = { size: String(Math.floor(random() * 30)), ...(random() < 0.5 ? { note: pick(colours) } : {}) };
    await maps.apply({ metadata: { name, labels }, data }, { manager: 'test', force: true });
  }

  /** Returns the API server's answer to the user, chosen and put in order by a second, simple implementation. */
  async function fromServer(user: string, query: QueryOptions): Promise<unknown> {
    const maps = admin.impersonate({ user }).resource(ConfigMap);
    const options = { labels: query.labels };
    const answers = await Promise.all(
      (query.namespace === undefined ? [undefined, ...namespaces, 'default', 'kube-system'] : [query.namespace]).map(
        (namespace) => (namespace === undefined ? maps : maps.in(namespace)).list(options).all().catch(ignoreRefusal),
      ),
    );
    const [all, ...parts] = answers;
    const given = all ?? (parts.some((one) => one !== undefined) ? parts : undefined);
    if (given === undefined) return 403;
    const items = [given].flat().flatMap((page) => page?.items ?? []);
    const { where: [condition] = [], search = '', sort: [key] = [], group, window = { from: 0, to: 50 } } = query;
    const chosen = items.filter((item) => {
      if (condition !== undefined && item.data?.note !== condition.value) return false;
      const text = [item.metadata.name, item.metadata.namespace, ...Object.entries(item.metadata.labels ?? {}).flat()];
      return search === '' || text.join(' ').includes(search);
    });
    const keyOf = ({ metadata }: (typeof chosen)[number]) => `${metadata.namespace}/${metadata.name}`;
    const sign = key?.startsWith('-') === true ? -1 : 1;
    const noteOf = (item: (typeof chosen)[number]) => (key === undefined ? '' : (item.data?.note ?? ''));
    chosen.sort((a, b) => sign * compare(noteOf(a), noteOf(b)) || compare(keyOf(a), keyOf(b)));
    const counts: Record<string, number> = {};
    for (const { data } of group === undefined ? [] : chosen)
      counts[data?.note ?? ''] = (counts[data?.note ?? ''] ?? 0) + 1;
    const rows = chosen.slice(window.from, window.to).map((item) => {
      const { managedFields, ...metadata } = item.metadata;
      if (query.columns !== undefined) return { key: keyOf(item), cells: [metadata.name, item.data?.size ?? null] };
      return { key: keyOf(item), object: { ...item, metadata } };
    });
    return JSON.parse(JSON.stringify({ total: chosen.length, counts, rows }));
  }

  /** Returns rows of namespaces that the user could not read at any time of the last ten seconds before the message. */
  function leaks(user: string, browser: FakeBrowser): string[] {
    return browser.received.flatMap((message) => {
      if (message.type !== 'rows') return [];
      const keys = [...(message.order ?? []), ...(message.set ?? []).map(({ key }) => key)];
      return keys.filter((key) => {
        const held = rights.filter((right) => {
          if (right.user !== user || right.from > message.at) return false;
          if ((right.to ?? message.at) < message.at - RECHECK_MS) return false;
          return right.namespace === undefined || key.startsWith(`${right.namespace}/`);
        });
        return held.length === 0;
      });
    });
  }
}

function someQuery(random: Random): QueryOptions {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const from = random() < 0.5 ? 0 : 2;
  return {
    ...(random() < 0.3 ? { namespace: pick(namespaces) } : {}),
    ...(random() < 0.3 ? { labels: pick(['colour=red', 'colour!=red', 'colour in (red,blue)', '!colour']) } : {}),
    ...(random() < 0.3 ? { where: [{ path: 'data.note', is: '=' as const, value: pick(colours) }] } : {}),
    ...(random() < 0.3 ? { search: pick(['c1', 'n2', 'gre']) } : {}),
    ...(random() < 0.4 ? { sort: [pick(['data.note', '-data.note'])] } : {}),
    ...(random() < 0.4 ? { group: 'data.note' } : {}),
    ...(random() < 0.5 ? { window: { from, to: from + 1 + Math.floor(random() * 6) } } : {}),
    ...(random() < 0.3 ? { columns: ['metadata.name', 'data.size'] } : {}),
  };
}

/** Returns what a browser shows: rows, total and counts, or the status of its refusal. */
function shownTo({ browser, id }: Asked): unknown {
  const fault = browser.fault(id);
  if (fault?.type === 'fault') return fault.fault.status;
  const held = browser.rows.get(id);
  return held === undefined ? undefined : { total: held.total, counts: held.counts, rows: browser.shown(id) };
}

function isSame(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function ignoreRefusal(error: unknown): undefined {
  if (!isApiError(error)) throw error;
  return undefined;
}
