import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type Cluster, connect, isApiError, tokenSource } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, serve } from '../../src/server/serve.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { TestFolder } from '../config/kubeconfig-files.js';

let folder: TestFolder;
let server: RunningServer;
let ca: string;
beforeAll(async () => {
  folder = await TestFolder.make();
  server = await serve({
    securePort: 0,
    controllers: [],
    tokenAuthFile: await folder.write('tokens', 'good-token,jane,1,"dev,ops"\nalso-good,joe,2\n'),
    basicAuthFile: await folder.write('passwords', 'good-password,jack,3\n'),
  });
  const kubeconfig = JSON.parse(server.kubeconfig) as { clusters: { cluster: Record<string, string> }[] };
  ca = Buffer.from(kubeconfig.clusters[0]?.cluster['certificate-authority-data'] ?? '', 'base64').toString();
});
afterAll(async () => {
  await server.close();
  await folder[Symbol.asyncDispose]();
});

const outcome = (cluster: Cluster) =>
  cluster
    .resource(Namespace)
    .list()
    .page()
    .then(
      () => 200,
      (error: unknown) => (isApiError(error) ? error.httpStatus : error),
    );
const reach = (options: object) => connect({ server: server.secureUrl, ca, ...options });

describe('credentials on the reference server', () => {
  test('tokens and passwords let in when they are right', async () => {
    const cases: readonly [object, number][] = [
      [{ token: 'good-token' }, 200],
      [{ token: 'bad-token' }, 401],
      [{ username: 'jack', password: 'good-password' }, 200],
      [{ username: 'jack', password: 'bad-password' }, 401],
      [{}, 401],
    ];
    for (const [options, status] of cases) {
      await using cluster = await reach(options);
      expect([options, await outcome(cluster)]).toEqual([options, status]);
    }
  });

  test('a token file is read again at once after a 401, and the request is sent again', async () => {
    const tokenFile = await folder.write('token', 'expired-token\n');
    await using cluster = await reach({ tokenFile });
    expect(await outcome(cluster)).toBe(401);
    await writeFile(`${tokenFile}.new`, 'good-token\n');
    await rename(`${tokenFile}.new`, tokenFile);
    expect(await outcome(cluster)).toBe(200);
  });

  test('a source of your own is asked once for many, again after a 401, and gives up when it has nothing new', async () => {
    let issued = 0;
    const credentials = tokenSource(async () => (++issued === 1 ? 'stale' : 'good-token'));
    await using cluster = await reach({ credentials });
    expect(await Promise.all(Array.from({ length: 10 }, () => outcome(cluster)))).toEqual(Array(10).fill(200));
    expect(issued).toBe(2);

    let asked = 0;
    const useless = tokenSource(async () => {
      asked++;
      return 'never-good';
    });
    await using other = await reach({ credentials: useless });
    expect(await outcome(other)).toBe(401);
    expect(asked).toBe(2);
  });

  test('a write is sent again after a 401 too: the server has not looked at it', async () => {
    let issued = 0;
    await using cluster = await reach({
      credentials: tokenSource(async () => (++issued === 1 ? 'stale' : 'good-token')),
    });
    const made = await cluster.resource(Namespace).create({ metadata: { name: 'after-401' } });
    expect(made.metadata.name).toBe('after-401');
  });

  test('nothing that is secret shows in handles, errors and events', async () => {
    const secrets = [
      'bad-token',
      'bad-password',
      'good-password',
      'proxy-password',
      Buffer.from('jack:bad-password').toString('base64'),
    ];
    const seen: string[] = [];
    const listen = (event: unknown) => seen.push(inspect(event, { depth: 10 }));
    const channels = ['start', 'headers', 'end', 'retry'].map((name) => `keelson:request:${name}`);
    for (const name of [...channels, 'keelson:credentials']) subscribe(name, listen);
    for (const options of [
      { token: 'bad-token' },
      { username: 'jack', password: 'bad-password' },
      { username: 'jack', password: 'good-password' },
      { token: 'bad-token', proxyUrl: 'http://me:proxy-password@127.0.0.1:1', retry: { retries: 1 } },
      { token: 'bad-token', proxyUrl: 'socks5://me:proxy-password@127.0.0.1:1', retry: { retries: 1 } },
      { credentials: tokenSource(async () => 'bad-token') },
    ]) {
      await using cluster = await reach(options);
      const error = await cluster
        .resource(Namespace)
        .list()
        .page()
        .catch((thrown: unknown) => thrown);
      seen.push(inspect(cluster, { depth: 10, showHidden: true }), inspect(error, { depth: 10, showHidden: true }));
      seen.push(JSON.stringify(error), String(error));
    }
    for (const name of [...channels, 'keelson:credentials']) unsubscribe(name, listen);
    expect(seen.length).toBeGreaterThan(30);
    for (const secret of secrets) expect(seen.filter((text) => text.includes(secret))).toEqual([]);
  });
});

describe('an OpenID Connect provider', () => {
  const jwt = (name: string, exp: number) =>
    [{ alg: 'none' }, { sub: name, exp }, name]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');

  interface Provider extends AsyncDisposable {
    readonly issuer: string;
    readonly requests: { url: string; body: string; authorization: string | undefined }[];
  }
  async function startProvider(grant: (form: URLSearchParams) => { status: number; body: object }): Promise<Provider> {
    const requests: Provider['requests'] = [];
    const http = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      requests.push({ url: request.url ?? '', body, authorization: request.headers.authorization });
      const discovery = request.url === '/.well-known/openid-configuration';
      const answer = discovery
        ? { status: 200, body: { issuer: url(), token_endpoint: `${url()}/token` } }
        : grant(new URLSearchParams(body));
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const url = () => `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    return {
      issuer: url(),
      requests,
      [Symbol.asyncDispose]: async () => {
        http.closeAllConnections();
        http.close();
      },
    };
  }

  const user = (issuer: string, config: object) => ({
    'auth-provider': { name: 'oidc', config: { 'idp-issuer-url': issuer, 'client-id': 'kube', ...config } },
  });

  test('is asked for a new ID token when the old one has expired, and the new tokens are kept in the file', async () => {
    const clock = new FakeClock();
    const soon = jwt('new', clock.now() / 1000 + 3600);
    await using provider = await startProvider(() => ({
      status: 200,
      body: { id_token: soon, refresh_token: 'rotated' },
    }));
    const config = { 'client-secret': 's3cret', 'id-token': jwt('old', 1000), 'refresh-token': 'first' };
    const kubeconfig = await folder.kubeconfig('https://127.0.0.1:1', user(provider.issuer, config), {}, 'oidc');
    const { resolveConfig } = await import('../../src/config/index.js');
    const { credentials } = await resolveConfig({ kubeconfig, clock });
    const tokens = await Promise.all([1, 2, 3].map(() => credentials?.headers()));
    expect(tokens).toEqual(Array(3).fill({ authorization: `Bearer ${soon}` }));
    expect(provider.requests).toHaveLength(2);
    expect(provider.requests[1]).toMatchObject({
      body: 'grant_type=refresh_token&refresh_token=first',
      authorization: `Basic ${Buffer.from('kube:s3cret').toString('base64')}`,
    });
    const again = await resolveConfig({ kubeconfig, clock });
    expect(await again.credentials?.headers()).toEqual({ authorization: `Bearer ${soon}` });
    expect(provider.requests).toHaveLength(2);
    expect(await again.credentials?.refresh()).toBe(false);
    expect(provider.requests[3]?.body).toContain('refresh_token=rotated');
  });

  test('that refuses is named, and no token of anybody is', async () => {
    await using provider = await startProvider(() => ({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'the token first-refresh is used up' },
    }));
    const config = { 'id-token': jwt('old', 1000), 'refresh-token': 'first-refresh' };
    const kubeconfig = await folder.kubeconfig('https://127.0.0.1:1', user(provider.issuer, config), {}, 'oidc-2');
    await using cluster = await connect({ kubeconfig });
    const error = await outcome(cluster);
    expect(String(error)).toContain(`${provider.issuer} gave no new token (HTTP 400, invalid_grant)`);
    expect(inspect(error, { depth: 10 })).not.toMatch(/first-refresh/);
  });

  test('an auth-provider that Kubernetes has removed is refused by name', async () => {
    const kubeconfig = await folder.kubeconfig('https://x', { 'auth-provider': { name: 'gcp' } }, {}, 'gcp');
    await expect(connect({ kubeconfig })).rejects.toThrow('auth-provider "gcp", which Kubernetes removed in 1.26');
    expect(join(folder.path, 'gcp')).toBe(kubeconfig);
  });
});
