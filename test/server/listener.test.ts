import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiServer, listen } from '../../src/server/index.js';
import { type RunningServer, serve } from '../../src/server/serve.js';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

async function start(options: Parameters<typeof serve>[0]): Promise<RunningServer> {
  const server = await serve({ controllers: [], ...options });
  running.push(server);
  return server;
}

function get(
  url: string,
  options: { ca?: string; token?: string; method?: string; body?: Uint8Array } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https') ? httpsRequest : httpRequest;
    const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
    const request = send(
      url,
      { method: options.method ?? 'GET', headers, ca: options.ca, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

describe('the ports', () => {
  it('listen on loopback only, unless told otherwise', async () => {
    const server = await start({ insecurePort: 0, securePort: 0 });
    expect(server.insecureUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(server.secureUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect((await get(`${server.insecureUrl}/healthz`)).text).toBe('ok');
  });

  it('ask for the kubeconfig’s token on the secure port, whose certificate its authority vouches for', async () => {
    const server = await start({ securePort: 0 });
    const config = JSON.parse(server.kubeconfig);
    const ca = Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString();
    const { token } = config.users[0].user;
    expect(config.clusters[0].cluster.server).toBe(server.secureUrl);
    const known = await get(`${server.secureUrl}/api/v1/namespaces`, { ca, token });
    expect(known.status).toBe(200);
    for (const wrong of [undefined, 'wrong', `${token}x`]) {
      const refused = await get(`${server.secureUrl}/api/v1/namespaces`, {
        ca,
        ...(wrong === undefined ? {} : { token: wrong }),
      });
      expect(refused.status).toBe(401);
      expect(JSON.parse(refused.text).reason).toBe('Unauthorized');
    }
  });

  it('refuse bodies above 3 MiB', async () => {
    const server = await start({ insecurePort: 0 });
    const url = `${server.insecureUrl}/api/v1/namespaces/default/configmaps`;
    const { status } = await get(url, { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 10, 0x20) });
    expect(status).toBe(413);
  });

  it('close promptly with watches open, which end properly', async () => {
    const api = new ApiServer({ controllers: [] });
    const listener = await listen(api);
    const watching = get(`${listener.url}/api/v1/namespaces?watch=1`);
    // The namespaces come at once; then the watch is open.
    await new Promise((resolve) => setImmediate(resolve));
    await get(`${listener.url}/healthz`);
    await api.close();
    await listener.close();
    await watching.catch(() => undefined);
    await expect(get(`${listener.url}/healthz`)).rejects.toThrow();
  });

  it('say so when a port is taken, and leave nothing running', async () => {
    const first = await start({ insecurePort: 0 });
    const port = Number(first.insecureUrl?.split(':').at(-1));
    await expect(serve({ controllers: [], securePort: 0, insecurePort: port })).rejects.toThrow(/EADDRINUSE/);
  });
});

describe('the controllers', () => {
  it('empty and remove a deleted namespace, and make its service account', async () => {
    const server = await start({ insecurePort: 0, controllers: ['*'] });
    const ask = (method: string, path: string, body?: object) =>
      get(`${server.insecureUrl}${path}`, {
        method,
        ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      });
    await ask('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    expect((await ask('GET', '/api/v1/namespaces/shop/serviceaccounts/default')).status).toBe(200);
    await ask('POST', '/api/v1/namespaces/shop/configmaps', { metadata: { name: 'a' } });
    await ask('DELETE', '/api/v1/namespaces/shop');
    let left = 200;
    for (let i = 0; i < 100 && left !== 404; i++) ({ status: left } = await ask('GET', '/api/v1/namespaces/shop'));
    expect(left).toBe(404);
    expect(JSON.parse((await ask('GET', '/api/v1/namespaces/shop/configmaps')).text).items).toEqual([]);
  });

  it('are named as kube-controller-manager names them', async () => {
    expect(() => new ApiServer({ controllers: ['nonsense'] })).toThrow(/there is no controller 'nonsense'/);
  });
});
