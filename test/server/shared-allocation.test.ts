import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, type ServeOptions, serve } from '../../src/server/serve.js';
import { EtcdClient } from '../../src/server/storage/etcd/etcd-client.js';
import { encodeUtf8 } from '../../src/util/bytes.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { etcdMissing, startEtcd, type TestEtcd } from '../helpers/etcd.js';
import type { Answer } from './client.js';

const services = '/api/v1/namespaces/default/services';

describe.skipIf(etcdMissing !== '')(`two servers on one etcd${etcdMissing}`, () => {
  let etcd: TestEtcd;
  let prefixes = 0;
  const running: RunningServer[] = [];
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.close();
  });
  afterAll(() => etcd.stop());

  /** Starts servers on the same keys. Returns a function for each that sends a request. */
  async function start(options: ServeOptions = {}) {
    const prefix = `/allocation-${prefixes++}`;
    const one = await serve({ insecurePort: 0, controllers: [], etcd: { servers: [etcd.url], prefix }, ...options });
    const two = await serve({ insecurePort: 0, controllers: [], etcd: { servers: [etcd.url], prefix }, ...options });
    running.push(one, two);
    return [one, two].map(({ insecureUrl }) => async (method: string, path: string, body?: object): Promise<Answer> => {
      const headers = { 'content-type': 'application/json' };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      return (await fetch(`${insecureUrl}${path}`, { method, headers, ...sent })).json();
    });
  }

  const named = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
  const nodePort = (name: string) => named(name, { type: 'NodePort' });

  it('never give one node port twice, and give out all of them', async () => {
    const servers = await start({ serviceNodePortRange: '30000-30019' });
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, i) => servers[i % 2]?.('POST', services, nodePort(`web-${i}`))),
    );
    const made = answers.filter((answer) => answer?.kind === 'Service');
    const ports = made.map((answer) => answer?.spec.ports[0].nodePort);
    expect(new Set(ports).size).toBe(ports.length);
    expect(ports).toHaveLength(20);
    for (const answer of answers)
      if (answer?.kind === 'Status') expect(answer.message).toContain('failed to allocate a nodePort: range is full');
    const last = made.at(-1);
    await servers[0]?.('DELETE', `${services}/${last?.metadata.name}`);
    const again = await servers[1]?.('POST', services, nodePort('again'));
    expect(again?.spec?.ports[0].nodePort).toBe(last?.spec.ports[0].nodePort);
  });

  it('never give one address twice, and give out all of them', async () => {
    const servers = await start({ serviceClusterIpRange: '10.7.0.0/27' });
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, i) => servers[i % 2]?.('POST', services, named(`web-${i}`))),
    );
    const addresses = answers.flatMap((answer) => answer?.spec?.clusterIP ?? []);
    expect(new Set(addresses).size).toBe(addresses.length);
    // Of 32, the network's own, its broadcast and that of the service kubernetes are taken.
    expect(addresses).toHaveLength(29);
    const [failure] = answers.filter((answer) => answer?.kind === 'Status');
    expect(failure).toMatchObject({ code: 500, message: expect.stringContaining('range is full') });
  });

  it('refuse a port and an address that the other one has given to a service', async () => {
    const [one, two] = await start();
    const first = await one?.('POST', services, nodePort('web'));
    const { nodePort: port } = first?.spec.ports[0] ?? {};
    expect(
      await two?.('POST', services, named('other', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] })),
    ).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'spec.ports[0].nodePort', message: expect.stringContaining('already allocated') }] },
    });
    expect(await two?.('POST', services, named('other', { clusterIP: first?.spec.clusterIP }))).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'spec.clusterIPs', message: expect.stringContaining('already allocated') }] },
    });
  });

  it('take the port of a refused service again', async () => {
    const [one, two] = await start({ serviceNodePortRange: '30000-30001' });
    await one?.('POST', services, nodePort('web'));
    expect(await two?.('POST', services, nodePort('Bad_Name'))).toMatchObject({ code: 422 });
    expect(await two?.('POST', services, nodePort('other'))).toMatchObject({ kind: 'Service' });
    expect(await one?.('POST', services, nodePort('third'))).toMatchObject({ code: 500 });
  });

  it('read the record of a kube-apiserver, and free a port after some repairs that no service has', async () => {
    const prefix = `/allocation-${prefixes}`;
    const client = await EtcdClient.open({ servers: [etcd.url] });
    // Two ports are taken: the lowest bits of a number. A newline ends JSON of kube-apiserver.
    const record = { kind: 'RangeAllocation', apiVersion: 'v1', metadata: {}, range: '30000-30002', data: 'Aw==' };
    const value = encodeUtf8(`${JSON.stringify(record)}\n`);
    const key = `${prefix}/ranges/servicenodeports`;
    await client.transaction({ compare: { key, version: 0 }, success: { put: { key, value } } });
    client.close();
    const clock = new FakeClock(Date.now());
    const [one] = await start({ serviceNodePortRange: '30000-30002', clock, compactionIntervalMs: 0 });
    const first = await one?.('POST', services, nodePort('web'));
    expect(first?.spec.ports[0].nodePort).toBe(30_002);
    expect(await one?.('POST', services, nodePort('other'))).toMatchObject({ code: 500 });
    let found: Answer = {};
    for (let repairs = 0; found.kind !== 'Service' && repairs < 50; repairs++) {
      await clock.advance(180_000);
      found = (await one?.('POST', services, nodePort('other'))) ?? {};
    }
    expect(found).toMatchObject({ kind: 'Service' });
  });
});
