import { describe, expect, it, vi } from 'vitest';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { TestServer } from '../client.js';

const lines = (text: unknown): string[] => String(text).trimEnd().split('\n');

describe('health endpoints', () => {
  it.each([
    ['healthz', 'etcd', 'ping'],
    ['livez', 'etcd', 'loopback-serving-certificate'],
    ['readyz', 'informer-sync', 'shutdown'],
  ])('/%s lists the named checks of kube-apiserver and answers each by its name', async (endpoint, ...some) => {
    const server = new TestServer();
    const { body } = await server.ask('GET', `/${endpoint}?verbose`);
    const listed = lines(body);
    expect(listed.at(-1)).toBe(`${endpoint} check passed`);
    const names = listed.slice(0, -1).map((line) => /^\[\+\](\S+) ok$/.exec(line)?.[1] ?? line);
    expect(names).toEqual(expect.arrayContaining([...some, 'poststarthook/rbac/bootstrap-roles']));
    for (const name of names) expect((await server.ask('GET', `/${endpoint}/${name}`)).body).toBe('ok');
    expect((await server.ask('GET', `/${endpoint}/nope`)).status).toBe(404);
    const { body: root } = await server.ask('GET', '/');
    expect(root.paths).toEqual(expect.arrayContaining(names.map((name) => `/${endpoint}/${name}`)));
  });

  it('leave out the checks that are excluded, and warn of excluded checks that do not exist', async () => {
    const server = new TestServer();
    const { body } = await server.ask('GET', '/livez?verbose&exclude=ping&exclude=b&exclude=a');
    expect(lines(body)[0]).toBe('[+]ping excluded: ok');
    expect(lines(body).at(-2)).toBe('warn: some health checks cannot be excluded: no matches for "a","b"');
  });

  it('fail with 500 and say which check it is, when the store does not answer or the server shuts down', async () => {
    const server = new TestServer();
    await server.ask('GET', '/livez');
    await server.api.close();
    const { status, body } = await server.ask('GET', '/readyz');
    expect(status).toBe(500);
    expect(lines(body).slice(-2)).toEqual(['[-]shutdown failed: reason withheld', 'readyz check failed']);
    expect((await server.ask('GET', '/readyz?exclude=shutdown')).status).toBe(200);
  });

  it('say the reason when a check is asked for by its name', async () => {
    const server = new TestServer();
    await server.ask('GET', '/livez');
    await server.api.close();
    const { status, body } = await server.ask('GET', '/readyz/shutdown');
    expect([status, body]).toEqual([500, 'internal server error: process is shutting down\n']);
  });

  it('fail within two seconds when the store does not answer', async () => {
    const clock = new FakeClock();
    const storage = new MemoryStorage();
    const server = new TestServer({ clock, storage });
    expect((await server.ask('GET', '/livez/etcd')).status).toBe(200);
    vi.spyOn(storage, 'revision').mockReturnValue(new Promise(() => {}));
    const one = server.ask('GET', '/livez/etcd');
    await clock.advance(2_000);
    expect((await one).body).toBe('internal server error: etcd failed: context deadline exceeded\n');
    const all = server.ask('GET', '/livez');
    await clock.advance(10_000);
    const { status, body } = await all;
    expect(status).toBe(500);
    expect(lines(body).filter((line) => line.startsWith('[-]'))).toEqual([
      '[-]etcd failed: reason withheld',
      '[-]poststarthook/storage-readiness failed: reason withheld',
    ]);
    expect((await server.ask('GET', '/livez?exclude=etcd&exclude=poststarthook/storage-readiness')).body).toBe('ok');
  });

  it('fail while the FlowSchemas cannot be read', async () => {
    const storage = new MemoryStorage();
    const server = new TestServer({ storage });
    expect((await server.ask('GET', '/livez/etcd')).status).toBe(200);
    await server.ask('DELETE', '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/probes');
    vi.spyOn(storage, 'range').mockRejectedValue(new Error('no'));
    const { status } = await server.ask('GET', '/livez/poststarthook/priority-and-fairness-config-consumer');
    expect(status).toBe(500);
  });

  it.each(['/livez/', '/readyz/ping/', '/metrics/', '/openapi/v2/', '/livez/poststarthook'])(
    'have no path %s',
    async (path) => {
      expect((await new TestServer().ask('GET', path)).status).toBe(404);
    },
  );

  it('count their results under /metrics/slis, until those are deleted', async () => {
    const server = new TestServer();
    for (let times = 0; times < 2; times++) await server.ask('GET', '/livez');
    const { body } = await server.ask('GET', '/metrics/slis');
    expect(lines(body)).toEqual(
      expect.arrayContaining([
        'kubernetes_healthcheck{name="etcd",type="livez"} 1',
        'kubernetes_healthchecks_total{name="etcd",status="success",type="livez"} 2',
      ]),
    );
    await server.ask('DELETE', '/metrics/slis');
    expect((await server.ask('GET', '/metrics/slis')).body).toBeFalsy();
  });
});
