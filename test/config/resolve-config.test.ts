import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { type ConfigOptions, resolveConfig } from '../../src/config/index.js';
import { isConfigError } from '../../src/errors/index.js';

const folder = mkdtempSync(join(tmpdir(), 'keelson-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(text: string): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, text);
  return path;
}

const pem = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig with one context of everything, all called `name`. */
function kubeconfig(name: string, user = '{}', cluster = `{server: "https://${name}:6443"}`, current = true): string {
  return file(
    `apiVersion: v1
kind: Config
${current ? `current-context: ${name}` : ''}
clusters: [{name: ${name}, cluster: ${cluster}}]
users: [{name: ${name}, user: ${user}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: ns-${name}}}]
`,
  );
}

const nowhere = { HOME: join(folder, 'no-home') };
const failure = async (options: ConfigOptions) => {
  const error = await resolveConfig({ env: nowhere, ...options }).catch((thrown: unknown) => thrown);
  if (!isConfigError(error)) throw error;
  return error.message;
};

describe('resolveConfig', () => {
  test('takes an address as it is, and reads nothing else', async () => {
    const config = await resolveConfig({
      server: 'https://host:6443/prefix/',
      token: 't',
      env: { KUBECONFIG: '/no/such/file' },
    });
    expect(config).toMatchObject({ server: 'https://host:6443/prefix', namespace: 'default' });
    expect(await config.credentials?.headers()).toEqual({ authorization: 'Bearer t' });
  });

  test('merges the files of KUBECONFIG, first definition first, and leaves out what does not exist', async () => {
    const first = kubeconfig('one', '{}', undefined, false);
    const second = file(
      'current-context: two\nclusters: [{name: one, cluster: {server: "https://other"}}, {name: two, cluster: {server: "https://two"}}]\ncontexts: [{name: two, context: {cluster: two}}]\n',
    );
    const env = { ...nowhere, KUBECONFIG: [first, '/no/such/file', second].join(delimiter) };
    expect(await resolveConfig({ env })).toMatchObject({ server: 'https://two', namespace: 'default', context: 'two' });
    expect(await resolveConfig({ env, context: 'one' })).toMatchObject({
      server: 'https://one:6443',
      namespace: 'ns-one',
    });
    expect(await resolveConfig({ env, context: 'one', namespace: 'mine', cluster: 'two' })).toMatchObject({
      server: 'https://two',
      namespace: 'mine',
    });
  });

  test('reads ~/.kube/config, but not when KUBECONFIG names something else', async () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const { mkdirSync, copyFileSync } = await import('node:fs');
    mkdirSync(join(home, '.kube'));
    copyFileSync(kubeconfig('home'), join(home, '.kube', 'config'));
    expect((await resolveConfig({ env: { HOME: home } })).context).toBe('home');
    expect(await failure({ env: { HOME: home, KUBECONFIG: delimiter } })).toContain(`KUBECONFIG=${delimiter}: no such`);
    expect(await failure({ env: { HOME: home, KUBECONFIG: '/no/such/file' } })).toContain(
      'KUBECONFIG=/no/such/file: no such file',
    );
  });

  test('falls back to the service account of the pod, IPv6 too', async () => {
    const serviceAccountDir = mkdtempSync(join(folder, 'account-'));
    for (const [name, text] of [
      ['token', 'pod-token\n'],
      ['ca.crt', pem('CERTIFICATE')],
      ['namespace', 'pod-ns'],
    ] as const) {
      writeFileSync(join(serviceAccountDir, name), text);
    }
    const env = { ...nowhere, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    const config = await resolveConfig({ env, serviceAccountDir });
    expect(config).toMatchObject({ server: 'https://[fd00::1]:443', namespace: 'pod-ns' });
    expect(await config.credentials?.headers()).toEqual({ authorization: 'Bearer pod-token' });
    expect(
      (await resolveConfig({ env: { ...env, POD_NAMESPACE: 'by-downward-api' }, serviceAccountDir })).namespace,
    ).toBe('by-downward-api');
    expect((await resolveConfig({ env: { ...env, KUBECONFIG: kubeconfig('file') }, serviceAccountDir })).context).toBe(
      'file',
    );
  });

  test('lists what it tried when there is nothing', async () => {
    expect(await failure({})).toBe(
      `no cluster found. Tried:
- ${join(nowhere.HOME, '.kube', 'config')}: no such file
- service account of a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set
Pass { server } or { kubeconfig }.`,
    );
    expect(await failure({ kubeconfig: '/no/such/file' })).toContain('kubeconfig /no/such/file: no such file');
  });

  test('reads certificates from data and from files beside the kubeconfig, and hides the key', async () => {
    writeFileSync(join(folder, 'ca.pem'), pem('CERTIFICATE'));
    const path = kubeconfig(
      'tls',
      `{client-certificate-data: ${base64(pem('CERTIFICATE'))}, client-key-data: ${base64(pem('PRIVATE KEY'))}}`,
      '{server: "https://host", certificate-authority: ca.pem, tls-server-name: name, insecure-skip-tls-verify: false}',
    );
    const { tls } = await resolveConfig({ kubeconfig: path });
    expect(await tls?.connectOptions()).toEqual({
      ca: pem('CERTIFICATE'),
      cert: pem('CERTIFICATE'),
      key: pem('PRIVATE KEY'),
      servername: 'name',
    });
    expect(inspect(tls, { showHidden: true, depth: 9 })).not.toContain('PRIVATE KEY');
  });

  test('knows passwords, token files and whom to act as', async () => {
    const basic = await resolveConfig({ kubeconfig: kubeconfig('basic', '{username: jane, password: sesame}') });
    expect(await basic.credentials?.headers()).toEqual({ authorization: `Basic ${base64('jane:sesame')}` });
    writeFileSync(join(folder, 'token'), 'from-file\n');
    const both = await resolveConfig({ kubeconfig: kubeconfig('both', '{token: stale, tokenFile: token}') });
    expect(await both.credentials?.headers()).toEqual({ authorization: 'Bearer from-file' });
    const acting = await resolveConfig({
      kubeconfig: kubeconfig('acting', '{as: bob, as-groups: [g], as-user-extra: {k: [v]}}'),
    });
    expect(acting.impersonate).toMatchObject({ user: 'bob', groups: ['g'], extra: { k: ['v'] } });
  });

  test('reads no credentials for a server in the open, as kubectl, but for one on this machine', async () => {
    const at = (server: string) => kubeconfig('open', '{token: secret}', `{server: "${server}"}`);
    const shown = async (server: string) => (await resolveConfig({ kubeconfig: at(server) })).credentials?.headers();
    expect(await shown('http://kube.example.com')).toBeUndefined();
    await expect(shown('kube.example.com:8080')).rejects.toThrow('"kube.example.com:8080": it has no scheme');
    for (const server of ['https://kube.example.com', 'http://localhost:8080', 'http://[::1]:8080', 'http://127.0.0.9'])
      expect(await shown(server)).toEqual({ authorization: 'Bearer secret' });
  });

  test('refuses a kubeconfig whose aliases stand for too much, and a CA that is not PEM', async () => {
    const level = (n: number) =>
      `e${n}: &e${n} [${Array(10)
        .fill(`*e${n - 1}`)
        .join(', ')}]\n`;
    const bomb = join(folder, 'bomb');
    writeFileSync(bomb, `e0: &e0 [x]\n${[1, 2, 3, 4, 5, 6, 7, 8].map(level).join('')}`);
    await expect(resolveConfig({ kubeconfig: bomb })).rejects.toThrow('repeats aliases too often');
    const ca = { server: 'https://127.0.0.1:6443', ca: 'not PEM' };
    await expect(resolveConfig(ca)).rejects.toThrow('cannot use the certificate authority: it is not PEM text');
  });

  test('shows the token beside a token file as long as that cannot be read', async () => {
    const config = await resolveConfig({ kubeconfig: kubeconfig('fallback', '{token: spare, tokenFile: not-there}') });
    expect(await config.credentials?.headers()).toEqual({ authorization: 'Bearer spare' });
    writeFileSync(join(folder, 'not-there'), 'there-now');
    expect(await config.credentials?.refresh()).toBe(true);
    expect(await config.credentials?.headers()).toEqual({ authorization: 'Bearer there-now' });
    rmSync(join(folder, 'not-there'));
  });

  test.each([
    ['{token: t, username: u, password: p}', '{server: "https://x"}', 'both a token and a username'],
    [
      '{}',
      '{server: "https://x", insecure-skip-tls-verify: true, certificate-authority: ca.crt}',
      'contradict each other',
    ],
    ['{as-groups: [g]}', '{server: "https://x"}', 'need "as"'],
    ['{client-certificate: a.crt}', '{server: "https://x"}', 'needs both'],
  ])('refuses what kubectl refuses: user %s of cluster %s', async (user, cluster, message) => {
    expect(await failure({ kubeconfig: kubeconfig('odd', user, cluster) })).toContain(message);
  });

  test.each([
    ['kind: [', 'is not YAML'],
    ['clusters: {}', 'clusters: '],
    ['clusters: [{name: a, cluster: {server: 7}}]', 'clusters.0.cluster.server: '],
    ['clusters: [{name: a}, {name: b}, {name: a}]', 'clusters.2.name: the same name as number 0'],
    ['users: [{name: a}, {name: a}]', 'users.1.name: '],
    ['contexts: [{name: a}, {name: a}]', 'contexts.1.name: '],
    ['clusters: [{name: a, cluster: {server: "https://a"}}]', 'no current-context'],
    ['current-context: b\nclusters: [{name: a}]', 'no context "b"'],
    ['current-context: a\ncontexts: [{name: a, context: {cluster: x}}]', 'no cluster "x"'],
    ['current-context: a\ncontexts: [{name: a, context: {cluster: x}}]\nclusters: [{name: x}]', 'cluster "x"'],
    [
      'current-context: a\ncontexts: [{name: a, context: {cluster: x}}]\nclusters: [{name: x, cluster: {server: "ftp://x"}}]',
      'https:// or http://',
    ],
  ])('says which file is wrong, and where: %j', async (text, why) => {
    const path = file(text);
    const message = await failure({ kubeconfig: path });
    expect(message).toContain(why);
    expect(message).toContain(path);
  });

  test('shows the credentials of your own source before those of a kubeconfig', async () => {
    const credentials = { headers: async () => ({ authorization: 'Bearer mine' }), refresh: async () => false };
    const config = await resolveConfig({ kubeconfig: kubeconfig('own', '{token: theirs}'), credentials });
    expect(await config.credentials?.headers()).toEqual({ authorization: 'Bearer mine' });
  });

  test('refuses options that contradict each other', async () => {
    expect(await failure({ insecureSkipTlsVerify: true })).toContain(
      'insecureSkipTlsVerify can only be given together',
    );
    expect(await failure({ server: 'https://x', context: 'y' })).toContain('contradict');
    expect(await failure({ token: 't' })).toContain('together with server');
    expect(await failure({ server: 'https://user:password@x' })).not.toContain('password@');
  });
});
