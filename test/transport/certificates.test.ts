import { X509Certificate } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Cluster, collectMetrics, connect, isApiError, isNetworkError } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { serve } from '../../src/server/serve.js';
import { systemClock } from '../../src/util/clock.js';
import { TestFolder } from '../config/kubeconfig-files.js';
import { hasOpenssl, OpensslAuthority, type PemFiles } from '../helpers/openssl.js';

const openssl = await hasOpenssl();
if (!openssl) console.warn('SKIPPED test/transport/certificates.test.ts: there is no openssl on this machine');

const message = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: unknown) => (isNetworkError(error) ? error.message : `not a NetworkError: ${error}`),
  );

describe.skipIf(!openssl)('certificates by openssl', () => {
  let folder: TestFolder;
  let ca: OpensslAuthority;
  let other: OpensslAuthority;

  beforeAll(async () => {
    folder = await TestFolder.make();
    ca = await OpensslAuthority.make(folder.path, 'ca');
    other = await OpensslAuthority.make(folder.path, 'other-ca');
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  /** A server that answers every request with an empty list of namespaces. */
  async function startHttps(files: PemFiles): Promise<{ url: string; server: Server }> {
    const server = createServer({ cert: await readFile(files.cert), key: await readFile(files.key) }, (_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{"kind":"NamespaceList","apiVersion":"v1","metadata":{},"items":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
  }
  const stop = (server: Server) =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const list = (cluster: Cluster) => cluster.resource(Namespace).list().page();

  test.each([
    ['expired', { san: 'IP:127.0.0.1', expired: true }, {}, 'has expired'],
    ['for another host', { san: 'DNS:kube.example.com' }, {}, 'is for another name'],
    ['for the name that is expected', { san: 'DNS:kube.example.com' }, { tlsServerName: 'kube.example.com' }, 'ok'],
    ['for this address', { san: 'IP:127.0.0.1' }, {}, 'ok'],
    ['for another host, with checks off', { san: 'DNS:x' }, { insecureSkipTlsVerify: true }, 'ok'],
  ])('a certificate %s', async (name, certificate, options, outcome) => {
    const files = await ca.issue(name.replace(/\W/g, '-'), '/CN=server', { use: 'serverAuth', ...certificate });
    const { url, server } = await startHttps(files);
    await using cluster = await connect({ server: url, caFile: ca.files.cert, ...options });
    expect(await message(list(cluster))).toContain(outcome);
    await stop(server);
  });

  test('from an unknown authority is refused, and no credential has left', async () => {
    const { url, server } = await startHttps(
      await ca.issue('unknown', '/CN=server', { use: 'serverAuth', san: 'IP:127.0.0.1' }),
    );
    let requests = 0;
    server.on('request', () => requests++);
    await using cluster = await connect({ server: url, caFile: other.files.cert, token: 'secret' });
    expect(await message(list(cluster))).toContain('signed by an unknown authority');
    expect(requests).toBe(0);
    await stop(server);
  });

  test('rotated, with its authority, while connected: the next connection believes the new ones', async () => {
    const caFile = join(folder.path, 'rotating-ca.crt');
    await copyFile(ca.files.cert, caFile);
    const before = await startHttps(await ca.issue('before', '/CN=server', { use: 'serverAuth', san: 'IP:127.0.0.1' }));
    await using cluster = await connect({ server: before.url, caFile });
    await list(cluster);
    const port = Number(new URL(before.url).port);
    await stop(before.server);
    const files = await other.issue('after', '/CN=server', { use: 'serverAuth', san: 'IP:127.0.0.1' });
    const after = createServer({ cert: await readFile(files.cert), key: await readFile(files.key) }, (_, response) =>
      response.end('{"kind":"NamespaceList","apiVersion":"v1","metadata":{},"items":[]}'),
    );
    await new Promise<void>((resolve) => after.listen(port, '127.0.0.1', resolve));
    expect(await message(list(cluster))).toContain('unknown authority');
    await copyFile(other.files.cert, caFile);
    expect(await message(list(cluster))).toBe('ok');
    await stop(after);
  });

  describe('on the reference server', () => {
    /** These tests are about identity, not rights: every user, even an anonymous one, may do everything. */
    const onlyWho = { securePort: 0, controllers: [], authorizationMode: 'AlwaysAllow' } as const;

    /** Returns the user that the server sees, by a review of itself. */
    const denied = (promise: Promise<unknown>) =>
      promise.then(
        () => 'ok',
        (error: unknown) => (isApiError(error) ? error.httpStatus : String(error)),
      );

    test('a client certificate lets in, one from another authority does not, and rotated files are read again after a 401', async () => {
      const clientCaFile = ca.files.cert;
      const server = await serve({ ...onlyWho, clientCaFile });
      const kubeconfig = JSON.parse(server.kubeconfig) as { clusters: { cluster: Record<string, string> }[] };
      const serverCa = Buffer.from(
        kubeconfig.clusters[0]?.cluster['certificate-authority-data'] ?? '',
        'base64',
      ).toString();
      const jane = await ca.issue('jane', '/O=dev/O=ops/CN=jane', { use: 'clientAuth' });
      const eve = await other.issue('eve', '/O=system:masters/CN=eve', { use: 'clientAuth' });
      const cert = join(folder.path, 'client.crt');
      const key = join(folder.path, 'client.key');
      const show = async (files: PemFiles) => {
        await copyFile(files.cert, cert);
        await copyFile(files.key, key);
      };
      await show(eve);
      await using cluster = await connect({
        server: server.secureUrl,
        ca: serverCa,
        clientCertificate: { file: cert },
        clientKey: { file: key },
      });
      expect(await denied(list(cluster))).toBe(401);
      await show(jane);
      expect(await denied(list(cluster))).toBe('ok');
      await server.close();
    });

    test('a plugin may give the certificate, and a new one makes new connections', async () => {
      const server = await serve({ ...onlyWho, clientCaFile: ca.files.cert });
      const kubeconfig = JSON.parse(server.kubeconfig) as { clusters: { cluster: object }[] };
      const good = await ca.issue('good', '/CN=plugin-user', { use: 'clientAuth' });
      const bad = await other.issue('bad', '/CN=plugin-user', { use: 'clientAuth' });
      const pems = await Promise.all(
        [bad, good].flatMap(({ cert, key }) => [readFile(cert, 'utf8'), readFile(key, 'utf8')]),
      );
      await writeFile(join(folder.path, 'pems.json'), JSON.stringify(pems));
      await folder.program(
        'cert-plugin',
        `const fs = require('node:fs'); const [badCert, badKey, cert, key] = JSON.parse(fs.readFileSync(__dirname + '/pems.json'));
         const first = !fs.existsSync(__dirname + '/ran'); fs.writeFileSync(__dirname + '/ran', '');
         process.stdout.write(JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1',
           status: { clientCertificateData: first ? badCert : cert, clientKeyData: first ? badKey : key } }));`,
      );
      const exec = {
        apiVersion: 'client.authentication.k8s.io/v1',
        interactiveMode: 'Never',
        command: './cert-plugin',
      };
      const path = await folder.kubeconfig(server.secureUrl ?? '', { exec }, kubeconfig.clusters[0]?.cluster);
      const metrics = collectMetrics({ clock: { ...systemClock, now: () => 0 } });
      onTestFinished(metrics.stop);
      expect(metrics.text()).toContain('\nrest_client_exec_plugin_ttl_seconds +Inf\n');
      await using cluster = await connect({ kubeconfig: path });
      expect(await denied(list(cluster))).toBe('ok');
      const seconds = Date.parse(new X509Certificate(pems[2] ?? '').validTo) / 1000;
      expect(metrics.text()).toContain(`\nrest_client_exec_plugin_ttl_seconds ${seconds}\n`);
      await server.close();
    });
  });
});
