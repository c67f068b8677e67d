import { type Cluster, connect, isKubeError } from 'keelson';
import { ConfigMap, Namespace } from 'keelson/k8s';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ApiServer, type Listener } from '../../src/server/index.js';

import { listen } from '../../src/server/listener.js';
import { type Fault, FaultProxy } from '../../src/testing/fault-proxy.js';
import { localPki } from '../helpers/pki.js';
import { SleepingClock } from '../helpers/sleeping-clock.js';

// Every fault x every kind of request x both protocols: what the user sees, how often the request is sent, and how long it takes by
// the clock that was passed in. Retries draw 0.5, so the four waits are 50, 100, 200 and 400 ms: 0.75 s in all.

type Verb = 'get' | 'create' | 'list' | 'watch';
interface Expected {
  /** The result, or the error's code; `+` stands for what came before it. */
  readonly sees: string;
  /** The number of times that the request was sent. */
  readonly sent: number;
  /** By the clock. */
  readonly seconds: number;
}
interface Row {
  readonly name: string;
  readonly plan: readonly [Fault, ...Fault[]];
  readonly only?: 'https';
  /** The time for which the proxy holds back delayed bytes. */
  readonly holdMs?: number;
  readonly expect: Readonly<Record<Verb, Expected>>;
}

const ok = (seconds = 0, sent = 1): Expected => ({ sees: 'ok', sent, seconds });
const fails = (sees: string, sent: number, seconds: number): Expected => ({ sees, sent, seconds });
const all = (expected: Expected): Row['expect'] => ({
  get: expected,
  create: expected,
  list: expected,
  watch: expected,
});
const reads = (read: Expected, create: Expected): Row['expect'] => ({ ...all(read), create });
const NETWORK = 'ERR_KUBE_NETWORK';
const HALF = 20_000;
const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  status: code,
  headers,
  body: `the server says ${code}`,
});
/** Stands for an HTTP date three seconds after the request. */
const IN_3_S = 'in 3 s';

const ROWS: readonly Row[] = [
  { name: 'none', plan: [{ kind: 'none' }], expect: all(ok()) },
  { name: 'connection refused', plan: [{ kind: 'refuse' }], expect: all(fails(NETWORK, 0, 0.75)) },
  {
    name: 'TLS cut in the handshake',
    plan: [{ kind: 'cut-handshake' }],
    only: 'https',
    expect: all(fails(NETWORK, 0, 0.75)),
  },
  {
    name: 'TLS silent in the handshake',
    plan: [{ kind: 'black-hole-handshake' }],
    only: 'https',
    expect: all(fails('ERR_KUBE_TIMEOUT connect', 0, 10)),
  },
  {
    name: 'reset before the answer',
    plan: [{ kind: 'reset-before' }],
    expect: reads(fails(NETWORK, 5, 0.75), fails(NETWORK, 1, 0)),
  },
  {
    name: 'reset before the answer, once',
    plan: [{ kind: 'reset-before' }, { kind: 'none' }],
    expect: reads(ok(0.05, 2), fails(NETWORK, 1, 0)),
  },
  {
    name: 'reset after 20 bytes',
    plan: [{ kind: 'reset-after', bytes: 20 }],
    expect: reads(fails(NETWORK, 5, 0.75), fails(NETWORK, 1, 0)),
  },
  {
    name: 'reset in mid-body',
    plan: [{ kind: 'reset-after', bytes: HALF }],
    expect: { ...all(fails(NETWORK, 1, 0)), watch: fails(`+${NETWORK}`, 1, 0) },
  },
  {
    name: 'black hole',
    plan: [{ kind: 'black-hole' }],
    expect: all(fails('ERR_KUBE_TIMEOUT headers', 1, 65)),
  },
  {
    name: 'black hole in mid-body',
    plan: [{ kind: 'black-hole-after', bytes: HALF }],
    expect: {
      ...all(fails('ERR_KUBE_TIMEOUT body', 1, 120)),
      watch: fails('+ERR_KUBE_TIMEOUT idle', 1, 330),
    },
  },
  { name: 'drip of 1000 bytes', plan: [{ kind: 'drip', bytes: 1000 }], expect: all(ok()) },
  { name: 'delay of 30 s', plan: [{ kind: 'delay' }], holdMs: 30_000, expect: all(ok(30)) },
  { name: '401', plan: [status(401)], expect: all(fails('401', 1, 0)) },
  {
    name: '429, Retry-After: 2, once',
    plan: [status(429, { 'retry-after': '2', connection: 'close' }), { kind: 'none' }],
    expect: all(ok(2, 2)),
  },
  {
    name: '429, Retry-After: a date, once',
    plan: [status(429, { 'retry-after': IN_3_S, connection: 'close' }), { kind: 'none' }],
    expect: all(ok(3, 2)),
  },
  { name: '429, Retry-After: 1', plan: [status(429, { 'retry-after': '1' })], expect: all(fails('429', 5, 4)) },
  {
    name: '429, Retry-After: 600',
    plan: [status(429, { 'retry-after': '600' })],
    expect: all(fails('429', 1, 0)),
  },
  { name: '429', plan: [status(429)], expect: reads(fails('429', 5, 0.75), fails('429', 1, 0)) },
  { name: '500', plan: [status(500)], expect: reads(fails('500', 5, 0.75), fails('500', 1, 0)) },
  {
    name: '503, Retry-After: 1, once',
    plan: [status(503, { 'retry-after': '1', connection: 'close' }), { kind: 'none' }],
    expect: all(ok(1, 2)),
  },
  {
    name: '503, once',
    plan: [status(503, { connection: 'close' }), { kind: 'none' }],
    expect: reads(ok(0.05, 2), fails('503', 1, 0)),
  },
];

function dated([first, ...rest]: Row['plan'], now: number): Row['plan'] {
  if (first.kind !== 'answer' || first.headers?.['retry-after'] !== IN_3_S) return [first, ...rest];
  return [{ ...first, headers: { ...first.headers, 'retry-after': new Date(now + 3000).toUTCString() } }, ...rest];
}

const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);
const matrix: string[] = [];
const pki = localPki();
let api: ApiServer;
let listener: Listener;

beforeAll(async () => {
  process.on('unhandledRejection', note);
  api = new ApiServer({ controllers: [] });
  listener = await listen(api);
  await using cluster = await connect({ server: listener.url });
  await cluster.resource(Namespace).create({ metadata: { name: 'shop' } });
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    await cluster
      .resource(ConfigMap)
      .in('shop')
      .create(configMap(name, 8000, { seen: 'yes' }));
  }
  await cluster.resource(ConfigMap).in('shop').create(configMap('large', 60_000));
});

afterAll(async () => {
  await listener.close();
  await api.close();
  for (const { name, only } of ROWS) {
    if (only !== undefined) matrix.push(`http  ${name.padEnd(30)} there is no TLS to break`);
  }
  process.off('unhandledRejection', note);
  console.log(`\nWhat users see under faults (verb: outcome, times sent, seconds)\n${matrix.join('\n')}\n`);
});

const configMap = (name: string, size = 60_000, labels: Record<string, string> = {}) => ({
  metadata: { name, labels },
  data: { text: 'x'.repeat(size) },
});

/** Runs one request, and says how it went. */
async function run(cluster: Cluster, verb: Verb, name: string): Promise<string> {
  const maps = cluster.resource(ConfigMap).in('shop');
  let events = 0;
  try {
    if (verb === 'get') await maps.get('large');
    else if (verb === 'create') await maps.create(configMap(name));
    else if (verb === 'list') await maps.list({ labels: { seen: 'yes' } }).page();
    else {
      for await (const _ of maps.watch({ labels: { seen: 'yes' }, timeoutSeconds: 300 })) if (++events === 3) break;
    }
    return 'ok';
  } catch (error) {
    const before = events > 0 ? '+' : '';
    if (!isKubeError(error)) return `${before}not our error: ${error}`;
    if ('httpStatus' in error) return `${before}${error.httpStatus}`;
    return `${before}${error.code}${'deadline' in error ? ` ${error.deadline}` : ''}`;
  }
}

describe.each(['http', 'https'] as const)('over %s', (scheme) => {
  let proxy: FaultProxy;
  let clock: SleepingClock;
  let cluster: Cluster;

  beforeEach(async () => {
    rejections.length = 0;
    proxy = await FaultProxy.start(listener.url, scheme === 'https' ? pki.server : undefined);
    clock = new SleepingClock();
    cluster = await connect({ server: proxy.url, ca: pki.ca, clock, random: () => 0.5 });
  });
  afterEach(async () => {
    await cluster.close();
    await proxy[Symbol.asyncDispose]();
  });

  const rows = ROWS.filter(({ only }) => only === undefined || only === scheme);
  test.each(rows)('$name', async (row) => {
    const told: string[] = [];
    for (const verb of ['get', 'create', 'list', 'watch'] as const) {
      await proxy.plan(...dated(row.plan, clock.now()));
      const before = { requests: proxy.requests.length, now: clock.now() };
      const silent = proxy.silent();
      let over = false;
      const outcome = run(cluster, verb, `${scheme}-${row.name.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}`).finally(
        () => {
          over = true;
        },
      );
      if (row.holdMs !== undefined || row.plan[0].kind === 'drip') {
        await silent;
        if (row.holdMs !== undefined) await clock.advance(row.holdMs);
        while (!over) {
          proxy.step(row.plan[0].kind === 'drip' ? row.plan[0].bytes : undefined);
          await new Promise((resolve) => setImmediate(resolve));
        }
      } else if (row.plan[0].kind.startsWith('black-hole')) {
        await silent;
        // What is on its way arrives first; then there is nothing left but the clock.
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        await clock.runUntil(outcome);
      }
      const sees = await outcome;
      const sent = proxy.requests.length - before.requests;
      const seconds = (clock.now() - before.now) / 1000;
      told.push(`${verb}: ${sees}, ${sent}x, ${seconds} s`);
      expect({ verb, sees, sent, seconds }).toEqual({ verb, ...row.expect[verb] });
    }
    matrix.push(`${scheme.padEnd(5)} ${row.name.padEnd(30)} ${told.join(' | ')}`);
    await cluster.close();
    expect({ timers: clock.pending, rejections }).toEqual({ timers: 0, rejections: [] });
    while (proxy.open > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
