import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type Cluster, connect, isApiError, tokenSource } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, serve } from '../../src/server/serve.js';
import { systemClock } from '../../src/util/clock.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { TestFolder } from '../config/kubeconfig-files.js';
import { localPki } from '../helpers/pki.js';
import { secret } from '../helpers/watch-secrets.js';

let folder: TestFolder;
let server: RunningServer;
let ca: string;
beforeAll(async () => {
  folder = await TestFolder.make();
  server = await serve({
    securePort: 0,
    controllers: [],
    // Who one is, is what these tests are about, not what one may do.
    authorizationMode: 'AlwaysAllow',
    anonymousAuth: false,
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

  test('a pod shows its service account, and the token that the kubelet has put in its place', async () => {
    await using account = await TestFolder.make();
    await account.write('token', 'good-token');
    await account.write('ca.crt', ca);
    await account.write('namespace', 'default');
    const { hostname, port } = new URL(server.secureUrl ?? '');
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, HOME: account.path };
    const clock = new FakeClock();
    await using cluster = await connect({ env, serviceAccountDir: account.path, clock });
    expect([cluster.namespace, await outcome(cluster)]).toEqual(['default', 200]);
    await account.write('token', 'bad-token');
    expect(await outcome(cluster)).toBe(200);
    await clock.advance(60_000);
    expect(await outcome(cluster)).toBe(401);
    await account.write('token', 'also-good');
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
      body: 'refresh_token=first&grant_type=refresh_token',
      authorization: `Basic ${Buffer.from('kube:s3cret').toString('base64')}`,
    });
    const again = await resolveConfig({ kubeconfig, clock });
    expect(await again.credentials?.headers()).toEqual({ authorization: `Bearer ${soon}` });
    expect(provider.requests).toHaveLength(2);
    expect(await again.credentials?.refresh()).toBe(false);
    expect(provider.requests[3]?.body).toContain('refresh_token=rotated');
  });

  test('is asked once for two handles to the same user, whose refresh token is good for one of them only', async () => {
    const fresh = jwt('shared', Date.now() / 1000 + 3600);
    let good = 'first';
    await using provider = await startProvider((form) => {
      if (form.get('refresh_token') !== good) return { status: 400, body: { error: 'invalid_grant' } };
      good = 'second';
      return { status: 200, body: { id_token: fresh, refresh_token: good } };
    });
    const config = { 'id-token': jwt('old', 1000), 'refresh-token': 'first' };
    const kubeconfig = await folder.kubeconfig('https://127.0.0.1:1', user(provider.issuer, config), {}, 'oidc-3');
    const { resolveConfig } = await import('../../src/config/index.js');
    const handles = await Promise.all([1, 2].map(() => resolveConfig({ kubeconfig })));
    const shown = await Promise.all(handles.map(({ credentials }) => credentials?.headers()));
    expect(shown).toEqual(Array(2).fill({ authorization: `Bearer ${fresh}` }));
    expect(provider.requests.filter(({ url }) => url === '/token')).toHaveLength(1);
  });

  test('is not asked when another process has put new tokens into the file meanwhile', async () => {
    const clock = new FakeClock();
    await using provider = await startProvider(() => ({ status: 400, body: { error: 'invalid_grant' } }));
    const inAnHour = jwt('mine', clock.now() / 1000 + 3600);
    const later = jwt('theirs', clock.now() / 1000 + 7200);
    const write = (idToken: string, refreshToken: string) =>
      folder.kubeconfig(
        'https://127.0.0.1:1',
        user(provider.issuer, { 'id-token': idToken, 'refresh-token': refreshToken }),
        {},
        'oidc-4',
      );
    const { resolveConfig } = await import('../../src/config/index.js');
    const { credentials } = await resolveConfig({ kubeconfig: await write(inAnHour, 'used-up'), clock });
    expect(await credentials?.headers()).toEqual({ authorization: `Bearer ${inAnHour}` });
    await write(later, 'rotated');
    await clock.advance(3_600_000);
    expect(await credentials?.headers()).toEqual({ authorization: `Bearer ${later}` });
    expect(provider.requests).toEqual([]);
  });

  test('is reached through the proxy of the environment, and by its own CA', async () => {
    const pki = localPki();
    const idToken = jwt('by-tls', Date.now() / 1000 + 3600);
    const http = createHttps({ cert: pki.server.cert, key: pki.server.key }, (request, response) => {
      response.setHeader('content-type', 'application/json');
      const { port } = http.address() as AddressInfo;
      const issuer = `https://localhost:${port}`;
      const discovery = { issuer, token_endpoint: `${issuer}/token` };
      response.end(JSON.stringify(request.method === 'POST' ? { id_token: idToken } : discovery));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const tunnelled: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket: Socket) => {
      tunnelled.push(`${request.url} ${request.headers['proxy-authorization']}`);
      const upstream = connectTcp((http.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      for (const end of [socket, upstream]) end.on('error', () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    const { identityProvider } = await import('../../src/config/identity-provider.js');
    secret('proxy-word-1');
    const env = { HTTPS_PROXY: `http://me:proxy-word-1@127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    // `localhost` never goes through a proxy: the name that the proxy is asked for is one that only it would know.
    await using provider = await identityProvider({
      issuer: 'https://idp.invalid',
      ca: pki.ca,
      env,
      clock: systemClock,
    });
    const failed = await provider.fetch(`https://idp.invalid:${port}/`, { method: 'GET', headers: {} }).catch((e) => e);
    expect(tunnelled).toEqual([`idp.invalid:${port} Basic ${Buffer.from('me:proxy-word-1').toString('base64')}`]);
    // The certificate is for localhost: that it was looked at shows that the tunnel led to it.
    expect(inspect(failed)).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    const config = {
      'refresh-token': 'first',
      'idp-certificate-authority-data': Buffer.from(pki.ca).toString('base64'),
    };
    const kubeconfig = await folder.kubeconfig(
      'https://127.0.0.1:1',
      user(`https://localhost:${port}`, config),
      {},
      'oidc-5',
    );
    const { resolveConfig } = await import('../../src/config/index.js');
    const { credentials } = await resolveConfig({ kubeconfig, env: {} });
    expect(await credentials?.headers()).toEqual({ authorization: `Bearer ${idToken}` });
    for (const server of [http, proxy]) {
      server.closeAllConnections();
      server.close();
    }
  });

  test.each([
    ['http://idp.example.com', /must begin with https/],
    ['no url', /is no URL/],
  ])('at %j is refused: the refresh token would go there', async (issuer, message) => {
    const kubeconfig = await folder.kubeconfig('https://x', user(issuer, { 'refresh-token': 'r' }), {}, 'oidc-6');
    await expect(connect({ kubeconfig })).rejects.toThrow(message);
  });

  test('that describes another issuer, or no endpoint, gets no refresh token', async () => {
    await using provider = await startProvider(() => ({ status: 200, body: {} }));
    const other = `${provider.issuer}/tenant`;
    const kubeconfig = await folder.kubeconfig('https://x', user(other, { 'refresh-token': 'r' }), {}, 'oidc-7');
    await using cluster = await connect({ kubeconfig });
    expect(String(await outcome(cluster))).toContain('names no token endpoint (HTTP 200): is idp-issuer-url right?');
    expect(provider.requests.filter(({ url }) => url === '/token')).toEqual([]);
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
