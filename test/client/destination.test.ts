import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { connect, isApiError, isNetworkError } from 'keelson';
import { ConfigMap, Pod } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, serve } from '../../src/server/serve.js';
import { TestFolder } from '../config/kubeconfig-files.js';

let folder: TestFolder;
let server: RunningServer;
beforeAll(async () => {
  folder = await TestFolder.make();
  const tokenAuthFile = await folder.write('tokens', 'good-token,jane,1\n');
  server = await serve({ securePort: 0, insecurePort: 0, controllers: [], anonymousAuth: false, tokenAuthFile });
});
afterAll(async () => {
  await server.close();
  await folder[Symbol.asyncDispose]();
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Writes a kubeconfig whose context `dev` leads to `address` as the user `jane-dev` with a token. */
function kubeconfig(address: string, token: string): Promise<string> {
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'jane-dev' } }],
    clusters: [{ name: 'c', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'jane-dev', user: { token } }],
  };
  return folder.write(`kubeconfig-${token.length}`, JSON.stringify(document));
}

/** Returns an address on which no server listens. */
async function closedAddress(): Promise<string> {
  const probe = createTcp().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const once = { retry: { retries: 0 } };

describe('errors name the server, the user and the context', () => {
  test('when the server does not know the user (401)', async () => {
    const path = await kubeconfig(server.secureUrl ?? '', 'bad-token');
    await using cluster = await connect({ kubeconfig: path, ...once });
    const error = await failure(cluster.resource(Pod).in('shop').get('web-0'));
    expect(isApiError(error) && error.httpStatus).toBe(401);
    expect(String(error)).toBe(
      `ApiError: get Pod shop/web-0: 401 Unauthorized (server ${server.secureUrl}, user "jane-dev", context "dev" of ${path})`,
    );
    expect(JSON.stringify(error)).not.toContain('bad-token');
  });

  test('when the user may not do it (403), and not when the object is missing (404)', async () => {
    const path = await kubeconfig(server.secureUrl ?? '', 'good-token');
    await using cluster = await connect({ kubeconfig: path, ...once });
    const where = `(server ${server.secureUrl}, user "jane-dev", context "dev" of ${path})`;
    const denied = await failure(cluster.resource(ConfigMap).in('shop').get('settings'));
    expect(isApiError(denied) && denied.httpStatus).toBe(403);
    expect(String(denied)).toMatch(/get ConfigMap shop\/settings: 403 Forbidden: .*User "jane" cannot get resource/);
    expect(String(denied).endsWith(where)).toBe(true);
    const streamed = await failure(cluster.resource(Pod).in('shop').exec('web-0', ['date'], { container: 'app' }));
    expect(String(streamed).endsWith(where)).toBe(true);

    await using plain = await connect({ server: server.insecureUrl ?? '', ...once });
    const missing = await failure(plain.resource(ConfigMap).in('default').get('settings'));
    expect(String(missing)).toBe(
      'ApiError: get ConfigMap default/settings: 404 NotFound: configmaps "settings" not found',
    );
  });

  test('when no connection can be made, also for a stream, and whom requests impersonate', async () => {
    const address = await closedAddress();
    await using cluster = await connect({ server: address, ...once });
    const pods = cluster.impersonate({ user: 'joe' }).resource(Pod).in('shop');
    for (const error of [
      await failure(pods.get('web-0')),
      await failure(pods.exec('web-0', ['date'], { container: 'app' })),
    ]) {
      expect(isNetworkError(error)).toBe(true);
      expect(String(error)).toMatch(/shop\/web-0: .*connection refused/);
      expect(String(error)).toContain(`(server ${address}, impersonating "joe")`);
    }
  });
});

describe('errors say which scheme the port takes', () => {
  let answering: Server;
  let port: number;
  beforeAll(async () => {
    answering = createServer((_, response) =>
      response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n'),
    ).listen(0, '127.0.0.1');
    await new Promise((resolve) => answering.once('listening', resolve));
    port = (answering.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => answering.close(resolve)));

  const told = async (address: string) => {
    await using cluster = await connect({ server: address, insecureSkipTlsVerify: true, ...once });
    return String(await failure(cluster.version()));
  };

  test('when plain HTTP goes to a TLS port that cuts the connection', async () => {
    expect(await told((server.secureUrl ?? '').replace('https:', 'http:'))).toContain(
      'If this is a TLS port, begin the address with https:// instead of http://.',
    );
  });

  test('when plain HTTP goes to a TLS port of a Go server', async () => {
    expect(await told(`http://127.0.0.1:${port}`)).toContain(
      'This looks like a TLS port: begin the address of the server with https:// instead of http://.',
    );
  });

  test('when TLS goes to a plain port', async () => {
    expect(await told((server.insecureUrl ?? '').replace('http:', 'https:'))).toContain(
      'the server does not speak TLS. If its port is a plain one, begin the address with http:// instead of https://.',
    );
  });
});
