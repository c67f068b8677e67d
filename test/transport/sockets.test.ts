import { gzipSync } from 'node:zlib';
import { type Cluster, collectMetrics, connect, isNetworkError } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { describe, expect, test } from 'vitest';
import { UndiciTransport } from '../../src/transport/undici-transport.js';
import { defaultUserAgent, VERSION } from '../../src/transport/user-agent.js';
import { packageJson } from '../helpers/repo.js';
import { startHttp } from './http-server.js';

const EMPTY = '{"kind":"NamespaceList","apiVersion":"v1","metadata":{},"items":[]}';
const list = (cluster: Cluster) => cluster.resource(Namespace).list().page();

describe('connections', () => {
  test('one serves a thousand requests in a row, and two hundred derived handles, and none is left after close()', async () => {
    await using server = await startHttp((_, response) =>
      response.setHeader('content-type', 'application/json').end(EMPTY),
    );
    const cluster = await connect({ server: server.url });
    for (let call = 0; call < 1000; call++) await list(cluster);
    expect(server.connections).toBe(1);
    for (let user = 0; user < 200; user++)
      await list(cluster.impersonate({ user: `user-${user}`, groups: ['a', 'b'] }));
    expect(server.connections).toBe(1);
    expect(server.requests.at(-1)?.headers).toMatchObject({
      'impersonate-user': ['user-199'],
      'impersonate-group': ['a', 'b'],
    });
    await cluster.close();
    while (server.open.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('of aborted requests are gone, and none is left in their place', async () => {
    await using server = await startHttp(
      (_, response) => void response.write('{"type":"BOOKMARK","object":{"metadata":{}}}\n'),
    );
    await using cluster = await connect({ server: server.url });
    for (let call = 0; call < 20; call++) {
      const controller = new AbortController();
      const watch = cluster.resource(Namespace).watch({ signal: controller.signal, bookmarks: true });
      await watch.next();
      controller.abort(new Error('enough'));
      await expect(watch.next()).rejects.toThrow('enough');
    }
    while (server.open.size > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.requests).toHaveLength(20);
  });
});

describe('bodies', () => {
  test('are asked for gzipped and unpacked, whole or as a stream, up to the bound', async () => {
    const text = 'kubernetes '.repeat(50_000);
    await using server = await startHttp((request, response) => {
      const packed = request.url === '/bad' ? Buffer.from('no gzip') : gzipSync(text);
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    });
    const transport = new UndiciTransport({ server: server.url, compression: true, maxBodyBytes: text.length });
    const send = async (kind: 'unary' | 'stream', path = '/') =>
      (await transport.send({ method: 'GET', path, kind })).body;
    expect(Buffer.from(await (await send('unary')).bytes()).toString()).toBe(text);
    let streamed = '';
    await (await send('stream')).consume((chunk) => {
      streamed += Buffer.from(chunk).toString();
    });
    expect(streamed).toBe(text);
    const asked = server.requests.map(({ headers }) => headers['accept-encoding']);
    expect(asked).toEqual([['gzip'], undefined]);
    const small = new UndiciTransport({ server: server.url, maxBodyBytes: text.length - 1 });
    const bomb = (await small.send({ method: 'GET', path: '/', kind: 'unary' })).body.bytes();
    await expect(bomb).rejects.toSatisfy((error) => isNetworkError(error) && error.message.includes('larger than'));
    for (const kind of ['unary', 'stream'] as const) {
      const body = await send(kind, '/bad');
      const read = kind === 'unary' ? body.bytes() : body.consume(() => {});
      await expect(read).rejects.toSatisfy((error) => isNetworkError(error) && error.message.includes('not the gzip'));
    }
    const mine = new Error('mine');
    const failing = (await send('stream')).consume(() => {
      throw mine;
    });
    await expect(failing).rejects.toBe(mine);
    await transport.close();
    await small.close();
  });

  test('are not asked for gzipped from this machine, nor where compression is disabled', async () => {
    await using server = await startHttp((_, response) => response.end(EMPTY));
    await using cluster = await connect({ server: server.url, compression: true, disableCompression: true });
    await list(cluster);
    await using local = await connect({ server: server.url });
    await list(local);
    expect(server.requests.map(({ headers }) => headers['accept-encoding'])).toEqual([undefined, undefined]);
  });
});

describe('seeing inside', () => {
  test('the user agent names the package, and can be set', async () => {
    expect(VERSION).toBe(packageJson().version);
    expect(defaultUserAgent()).toMatch(/^keelson\/\d+\.\d+\.\d+ \(\w+\/\w+\) node\/\d+/);
    await using server = await startHttp((_, response) => response.end(EMPTY));
    await using cluster = await connect({ server: server.url, userAgent: 'shop-operator/2' });
    await list(cluster);
    expect(server.requests[0]?.headers['user-agent']).toEqual(['shop-operator/2']);
  });

  test('counters and histograms have the names and labels of client-go, as text and in a registry', async () => {
    const registered = new Map<string, { name: string; get(): Promise<object> }>();
    const register = {
      registerMetric: (metric: { name: string; get(): Promise<object> }) => registered.set(metric.name, metric),
      removeSingleMetric: (name: string) => registered.delete(name),
    };
    await using server = await startHttp((_, response, count) => {
      if (count === 1) response.writeHead(503).end();
      else response.end(EMPTY);
    });
    const { host } = new URL(server.url);
    const metrics = collectMetrics({ register });
    await using cluster = await connect({ server: server.url, random: () => 0 });
    await list(cluster);
    await using nowhere = await connect({ server: 'http://127.0.0.1:1', retry: { retries: 0 } });
    await list(nowhere).catch(() => {});
    const text = metrics.text();
    for (const line of [
      `rest_client_requests_total{code="503",method="GET",host="${host}"} 1`,
      `rest_client_requests_total{code="200",method="GET",host="${host}"} 1`,
      'rest_client_requests_total{code="<error>",method="GET",host="127.0.0.1:1"} 1',
      `rest_client_request_retries_total{code="200",verb="GET",host="${host}"} 1`,
      `rest_client_request_duration_seconds_count{verb="GET",host="${host}"} 2`,
      `rest_client_request_duration_seconds_bucket{verb="GET",host="${host}",le="+Inf"} 2`,
      `rest_client_response_size_bytes_sum{verb="GET",host="${host}"} ${EMPTY.length}`,
      '# TYPE rest_client_requests_total counter',
      '# TYPE rest_client_request_duration_seconds histogram',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(await registered.get('rest_client_requests_total')?.get()).toMatchObject({
      type: 'counter',
      aggregator: 'sum',
    });
    metrics.stop();
    expect(registered.size).toBe(0);
    await list(cluster);
    expect(metrics.text()).toBe(text);
  });
});
