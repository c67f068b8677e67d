import { describe, expect, it } from 'vitest';
import { nodePortsKey } from '../../src/server/kinds/core/services/node-port-book.js';
import { MemoryStorage } from '../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { type Answer, TestServer, turn } from './client.js';
import { SharedStorage } from './shared-storage.js';

const services = '/api/v1/namespaces/default/services';
const addresses = '/apis/networking.k8s.io/v1/ipaddresses';
const range = '30000-32767';
const service = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
const nodePort = (name: string, port?: number) =>
  service(name, { type: 'NodePort', ports: [{ port: 80, ...(port === undefined ? {} : { nodePort: port }) }] });

/** Two servers on one store. `options` are those of both. */
function two(options: object = {}): { store: MemoryStorage; one: TestServer; other: TestServer } {
  const store = new MemoryStorage();
  const [one, other] = [0, 1].map(() => new TestServer({ ...options, storage: new SharedStorage(store) }));
  if (one === undefined || other === undefined) throw new Error('there are two');
  return { store, one, other };
}

const portOf = ({ body }: { body: Answer }): number => body.spec.ports[0].nodePort;

/** The range as it is stored. */
async function stored(store: MemoryStorage): Promise<{ range: string; data: string; metadata: object }> {
  const { kv } = await store.get(nodePortsKey);
  return JSON.parse(new TextDecoder().decode(kv?.value));
}

/** The set bits of the stored range, the lowest one first. */
const portsIn = ({ data }: { data: string }): number[] =>
  [...Buffer.from(data, 'base64').reverse()].flatMap((byte, index) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte >> bit) & 1).map((bit) => 30_000 + index * 8 + bit),
  );

describe('two servers on one store', () => {
  it('never give one node port to two services, however few there are', async () => {
    const { store, one, other } = two({ serviceNodePortRange: '30000-30019' });
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).ask('POST', services, nodePort(`s${i}`))),
    );
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
    expect(new Set(made.map(portOf)).size).toBe(20);
    expect(portsIn(await stored(store))).toEqual(Array.from({ length: 20 }, (_, i) => 30_000 + i));
    const full = await one.ask('POST', services, nodePort('more'));
    expect([full.status, full.body.message]).toEqual([500, expect.stringContaining('range is full')]);
  });

  it('give a node port that a client chooses to one service', async () => {
    const { one, other } = two();
    const made = await Promise.all([
      one.ask('POST', services, nodePort('a', 30_100)),
      other.ask('POST', services, nodePort('b', 30_100)),
    ]);
    expect(made.map(({ status }) => status).sort()).toEqual([201, 422]);
    const refused = made.find(({ status }) => status === 422);
    expect(refused?.body.message).toContain('provided port is already allocated');
    // The other server learns at once that the port is free again.
    await one.ask('DELETE', `${services}/${made[0]?.status === 201 ? 'a' : 'b'}`);
    expect((await other.ask('POST', services, nodePort('c', 30_100))).status).toBe(201);
  });

  it('never give one address to two services, and choose again instead of failing', async () => {
    const { one, other } = two({ serviceClusterIpRange: '10.0.0.0/28', random: () => 0 });
    await one.ask('GET', addresses);
    // Of 14 addresses, `kubernetes` has one. Both servers choose the first free one each time.
    const made = await Promise.all(
      Array.from({ length: 13 }, (_, i) => (i % 2 ? one : other).ask('POST', services, service(`s${i}`))),
    );
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
    expect(new Set(made.map(({ body }) => body.spec.clusterIP)).size).toBe(13);
    const { items } = (await one.ask('GET', addresses)).body;
    expect(items.map(({ spec }: Answer) => spec.parentRef.name).sort()).toEqual(
      [...made.map(({ body }) => body.metadata.name), 'kubernetes'].sort(),
    );
  });

  it('give an address that a client chooses to one service, and know at once when it is free again', async () => {
    const { one, other } = two();
    const wanted = { clusterIP: '10.0.0.9' };
    const made = await Promise.all([
      one.ask('POST', services, service('a', wanted)),
      other.ask('POST', services, service('b', wanted)),
    ]);
    expect(made.map(({ status }) => status).sort()).toEqual([201, 422]);
    await one.ask('DELETE', `${services}/${made[0]?.status === 201 ? 'a' : 'b'}`);
    expect((await other.ask('POST', services, service('c', wanted))).status).toBe(201);
  });

  it('keep nothing for a service that is refused, or whose name is taken', async () => {
    const { store, one, other } = two();
    await Promise.all([
      one.ask('POST', services, nodePort('a')),
      other.ask('POST', services, nodePort('a')),
      one.ask('POST', services, { ...nodePort('b'), metadata: { name: 'b', labels: { x: '/' } } }),
    ]);
    const { body } = await one.ask('GET', `${services}/a`);
    expect(portsIn(await stored(store))).toEqual([body.spec.ports[0].nodePort]);
    const { items } = (await one.ask('GET', addresses)).body;
    expect(items.map(({ metadata }: Answer) => metadata.name).sort()).toEqual(['10.0.0.1', body.spec.clusterIP].sort());
  });
});

describe('the repair of node ports', () => {
  it('takes the ports of services, and frees others at the third look', async () => {
    const clock = new FakeClock();
    const { store, one } = two({ clock });
    const port = portOf(await one.ask('POST', services, nodePort('a')));
    const leaked = port === 32_000 ? 32_001 : 32_000;
    const bits = (...ports: number[]) => {
      const data = Buffer.alloc(346);
      for (const at of ports) {
        const index = data.length - 1 - ((at - 30_000) >> 3);
        data[index] = (data[index] ?? 0) | (1 << ((at - 30_000) & 7));
      }
      return data.toString('base64');
    };
    // A server has lost the port of `a`, and another one ended after it took a port for a service that it never stored.
    const { kv } = await store.get(nodePortsKey);
    const value = new TextEncoder().encode(JSON.stringify({ metadata: {}, range, data: bits(leaked) }));
    await store.put(nodePortsKey, value, kv?.modRevision ?? 0);
    const seen: number[][] = [];
    for (let round = 0; round < 3; round++) {
      await clock.advance(180_000);
      for (let i = 0; i < 20; i++) await turn();
      seen.push(portsIn(await stored(store)));
    }
    const both = [port, leaked].sort((x, y) => x - y);
    expect(seen).toEqual([both, both, [port]]);
    await one.api.close();
  });

  it('begins with the services of a store that has no range yet, or another one', async () => {
    const store = new MemoryStorage();
    const alone = new TestServer({ storage: store });
    const port = portOf(await alone.ask('POST', services, nodePort('a')));
    const server = new TestServer({ storage: new SharedStorage(store) });
    const refused = await server.ask('POST', services, nodePort('b', port));
    expect(refused.body.message).toContain('provided port is already allocated');
    expect(await stored(store)).toMatchObject({ range });
    const wider = new TestServer({ storage: new SharedStorage(store), serviceNodePortRange: '30000-32999' });
    expect((await wider.ask('POST', services, nodePort('c', 32_900))).status).toBe(201);
    expect((await stored(store)).range).toBe('30000-32999');
  });
});
