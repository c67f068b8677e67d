import { spawn } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { createServer as createHttp, get as forward, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect as connectTcp, createServer as createTcp, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { type Cluster, connect, isNetworkError } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, serve } from '../../src/server/serve.js';
import { TestFolder } from '../config/kubeconfig-files.js';
import { localPki } from '../helpers/pki.js';
import { secret } from '../helpers/watch-secrets.js';

function installed(program: string): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function listening(server: Server | ReturnType<typeof createTcp>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let server: RunningServer;
let ca: string;
let token: string;
beforeAll(async () => {
  server = await serve({ insecurePort: 0, securePort: 0, controllers: [] });
  const kubeconfig = JSON.parse(server.kubeconfig) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: { token: string } }[];
  };
  ca = Buffer.from(kubeconfig.clusters[0]?.cluster['certificate-authority-data'] ?? '', 'base64').toString();
  token = kubeconfig.users[0]?.user.token ?? '';
});
afterAll(() => server.close());

const list = (cluster: Cluster) => cluster.resource(Namespace).list().page();

/** Reaches the server by https and by http through the proxy; three requests each. */
async function bothWays(proxyUrl: string): Promise<void> {
  for (const options of [{ server: server.secureUrl, ca, token }, { server: server.insecureUrl }]) {
    await using cluster = await connect({ ...options, proxyUrl });
    for (let call = 0; call < 3; call++) expect((await list(cluster)).items.length).toBeGreaterThan(0);
    for await (const event of cluster.resource(Namespace).watch()) {
      expect(event.type).toBe('ADDED');
      break;
    }
  }
}

const failure = async (proxyUrl: string): Promise<string> => {
  await using cluster = await connect({ server: server.secureUrl, ca, token, proxyUrl });
  return await list(cluster).then(
    () => 'ok',
    (error: unknown) => (isNetworkError(error) ? error.message : `not a NetworkError: ${error}`),
  );
};

describe('an HTTP proxy', () => {
  /** Tunnels and forwards, if user and password are right. */
  function proxy(secure: boolean, seen: string[]): Server {
    const wanted = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    const pki = localPki();
    const made = secure ? createHttps({ cert: pki.server.cert, key: pki.server.key }) : createHttp();
    made.on('connect', (request, socket: Socket, head: Buffer) => {
      seen.push(`CONNECT ${request.url} ${request.headers.authorization ?? 'no authorization'}`);
      if (request.headers['proxy-authorization'] !== wanted) return void socket.end('HTTP/1.1 407 No\r\n\r\n');
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const upstream = connectTcp(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.write(head);
        socket.pipe(upstream).pipe(socket);
      });
      const part = () => {
        socket.destroy();
        upstream.destroy();
      };
      for (const end of [socket, upstream]) end.on('error', part).on('close', part);
    });
    made.on('request', (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.headers['proxy-authorization'] !== wanted) return void response.writeHead(407).end();
      const upstream = forward(request.url ?? '', (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
      });
      upstream.on('error', () => response.destroy());
      response.on('close', () => upstream.destroy());
    });
    return Object.assign(made, { ca: pki.ca });
  }

  test('tunnels https, forwards http, with user and password, and sees no credential of the tunnelled', async () => {
    const seen: string[] = [];
    const running = proxy(false, seen);
    await bothWays(`http://me:p%40ss@127.0.0.1:${await listening(running)}`);
    expect(seen.filter((line) => line.startsWith('CONNECT'))).toEqual(
      Array.from({ length: 2 }, () => `CONNECT ${new URL(server.secureUrl ?? '').host} no authorization`),
    );
    expect(seen.filter((line) => line.startsWith(`GET ${server.insecureUrl}/api/v1/namespaces`))).toHaveLength(4);
    running.closeAllConnections();
    running.close();
  });

  test('may itself be reached by TLS', async () => {
    const seen: string[] = [];
    const running = proxy(true, seen) as Server & { ca: string };
    const proxyUrl = `https://me:p%40ss@127.0.0.1:${await listening(running)}`;
    await using cluster = await connect({ server: server.secureUrl, ca: `${ca}${running.ca}`, token, proxyUrl });
    expect((await list(cluster)).items.length).toBeGreaterThan(0);
    expect(seen).toHaveLength(1);
    const wrong = `https://me:${secret('wrong-secret')}@127.0.0.1:${new URL(proxyUrl).port}`;
    await using stranger = await connect({
      server: server.secureUrl,
      ca: `${ca}${running.ca}`,
      token,
      proxyUrl: wrong,
    });
    await expect(list(stranger)).rejects.toThrow('refused the tunnel (HTTP 407)');
    expect(await failure(proxyUrl)).toContain(
      `the proxy https://127.0.0.1:${new URL(proxyUrl).port} cannot be reached: the server's certificate is signed by an unknown`,
    );
    running.closeAllConnections();
    running.close();
  });

  test('that refuses, or is none, is named without its password', async () => {
    const seen: string[] = [];
    const running = proxy(false, seen);
    const port = await listening(running);
    expect(await failure(`http://me:${secret('wrong-secret')}@127.0.0.1:${port}`)).toBe(
      `list Namespace: GET /api/v1/namespaces: the proxy http://127.0.0.1:${port} refused the tunnel (HTTP 407): it wants another user and password than proxy-url gives (server ${server.secureUrl})`,
    );
    running.close();
    const mute = createTcp((socket) => void socket.end('220 mail\r\n\r\n'));
    expect(await failure(`http://127.0.0.1:${await listening(mute)}`)).toContain('does not speak HTTP');
    mute.close();
  });

  test('that is not there is named, and looked for again', async () => {
    for (const scheme of ['http', 'https', 'socks5']) {
      expect(await failure(`${scheme}://me:${secret('wrong-secret')}@127.0.0.1:1`)).toBe(
        `list Namespace: GET /api/v1/namespaces: the proxy ${scheme}://127.0.0.1:1 cannot be reached: connection refused: is the server running, and the address right? (server ${server.secureUrl})`,
      );
    }
  });

  test('of the environment is used, but not for what NO_PROXY names, and proxy-url goes before it', async () => {
    const seen: string[] = [];
    const running = proxy(false, seen);
    const port = await listening(running);
    await using folder = await TestFolder.make();
    // 127.0.0.1 is never proxied by the environment; a name that only the proxy would resolve tells who was asked.
    const kubeconfig = await folder.kubeconfig('https://kube.invalid:6443', { token: 't' });
    const env = { HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${port}` };
    const ask = async (options: object) => {
      await using cluster = await connect({ kubeconfig, ...options, retry: { retries: 0 } });
      await list(cluster).catch(() => {});
      return seen.splice(0).length;
    };
    expect(await ask({ env })).toBe(1);
    expect(await ask({ env: { ...env, NO_PROXY: '.invalid' } })).toBe(0);
    expect(await ask({ env, proxyUrl: false })).toBe(0);
    expect(await ask({ env: { ...env, HTTPS_PROXY: 'http://127.0.0.1:1' }, proxyUrl: env.HTTPS_PROXY })).toBe(1);
    running.closeAllConnections();
    running.close();
  });
});

/** Starts a program that listens on the port it is given, and waits until it does. */
async function start(program: string, args: (port: number) => string[]): Promise<{ port: number; stop(): void }> {
  const probe = createTcp();
  const port = await listening(probe);
  await new Promise((resolve) => probe.close(resolve));
  const child = spawn(program, args(port), { stdio: 'ignore', env: { PATH: `${process.env.PATH}:/usr/sbin` } });
  for (let tries = 0; ; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connectTcp(port, '127.0.0.1');
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) break;
    if (tries > 500) throw new Error(`${program} does not listen`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { port, stop: () => void child.kill() };
}

describe('programs of the distribution', () => {
  const has = { tinyproxy: installed('tinyproxy'), microsocks: installed('microsocks') };
  for (const [name, there] of Object.entries(has)) {
    if (!there) console.warn(`SKIPPED: ${name} is not installed (apt-get install ${name})`);
  }

  test.skipIf(!has.tinyproxy)('tinyproxy tunnels and forwards', async () => {
    await using folder = await TestFolder.make();
    const running = await start('tinyproxy', (port) => {
      const config = join(folder.path, 'tinyproxy.conf');
      // Written at once, before the program reads it.
      writeFileSync(config, `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nBasicAuth me secret\n`);
      return ['-d', '-c', config];
    });
    await bothWays(`http://me:secret@127.0.0.1:${running.port}`);
    expect(await failure(`http://127.0.0.1:${running.port}`)).toContain('HTTP 407');
    running.stop();
  });

  test.skipIf(!has.microsocks)('microsocks connects, with user and password and without', async () => {
    const open = await start('microsocks', (port) => ['-i', '127.0.0.1', '-p', String(port)]);
    await bothWays(`socks5://127.0.0.1:${open.port}`);
    open.stop();
    const closed = await start('microsocks', (port) => [
      '-i',
      '127.0.0.1',
      '-p',
      String(port),
      '-u',
      'me',
      '-P',
      'secret',
    ]);
    await bothWays(`socks5://me:secret@127.0.0.1:${closed.port}`);
    expect(await failure(`socks5://me:wrong@127.0.0.1:${closed.port}`)).toContain('refused user and password');
    expect(await failure(`socks5://127.0.0.1:${closed.port}`)).toContain('wants a user and a password');
    closed.stop();
  });
});
