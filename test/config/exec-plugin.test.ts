import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isConfigError } from 'keelson';
import { describe, expect, test } from 'vitest';
import { type ClusterConfig, type ConfigOptions, resolveConfig } from '../../src/config/index.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { secret } from '../helpers/watch-secrets.js';
import { TestFolder } from './kubeconfig-files.js';

const V1 = 'client.authentication.k8s.io/v1';
const V1BETA1 = 'client.authentication.k8s.io/v1beta1';
const SERVER = 'https://127.0.0.1:6443';

/** A plugin that notes each run and answers with what `status` evaluates to; `n` counts the runs. */
const plugin = (status: string, version = V1) => `
const fs = require('node:fs');
const log = __dirname + '/runs';
fs.appendFileSync(log, JSON.stringify({ info: JSON.parse(process.env.KUBERNETES_EXEC_INFO), args: process.argv.slice(2), env: process.env.MINE, stdin: !!process.stdin.isTTY }) + '\\n');
const n = fs.readFileSync(log, 'utf8').trim().split('\\n').length;
process.stdout.write(JSON.stringify({ kind: 'ExecCredential', apiVersion: '${version}', status: ${status} }));
`;

// What plugins write that is refused is never shown to a server, and so not known as secret by itself.
for (const word of ['sk-secret', 'hunter2']) secret(word);

async function runs(folder: TestFolder): Promise<{ info: Record<string, unknown>; args: string[]; env?: string }[]> {
  const text = await readFile(join(folder.path, 'runs'), 'utf8').catch(() => '');
  return text === ''
    ? []
    : text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
}

async function config(
  folder: TestFolder,
  exec: object,
  options: ConfigOptions = {},
  cluster = {},
): Promise<ClusterConfig> {
  const kubeconfig = await folder.kubeconfig(
    SERVER,
    { exec: { apiVersion: V1, interactiveMode: 'Never', ...exec } },
    cluster,
  );
  return resolveConfig({ kubeconfig, env: { PATH: process.env.PATH }, ...options });
}

const authorization = async (resolved: ClusterConfig) => (await resolved.credentials?.headers())?.authorization;

async function failure(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => new Error('it went well'),
    (thrown: unknown) => thrown,
  );
  if (!isConfigError(error)) throw new Error(`not a ConfigError: ${inspect(error)}`);
  return error;
}

/** Reports whether a process still runs. A zombie, which has ended but was not waited for, counts as ended. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) Z /.test(stat);
}

describe('credential plugins', () => {
  test('are run once for many who ask, with arguments and environment, from a path relative to the kubeconfig', async () => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', plugin("{ token: 'token-' + n }"));
    const resolved = await config(folder, {
      command: './plugin',
      args: ['get', '--x'],
      env: [{ name: 'MINE', value: 'yes' }, { name: 'EMPTY' }],
    });
    const asked = await Promise.all(Array.from({ length: 20 }, () => authorization(resolved)));
    expect(new Set(asked)).toEqual(new Set(['Bearer token-1']));
    expect(await runs(folder)).toEqual([
      {
        info: { kind: 'ExecCredential', apiVersion: V1, spec: { interactive: false } },
        args: ['get', '--x'],
        env: 'yes',
        stdin: false,
      },
    ]);
  });

  test('are told of the cluster when they ask for it, with what its extension holds', async () => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', plugin("{ token: 't' }", V1BETA1));
    const ca = Buffer.from('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n').toString('base64');
    const resolved = await config(
      folder,
      { apiVersion: V1BETA1, command: './plugin', provideClusterInfo: true },
      {},
      {
        'certificate-authority-data': ca,
        'tls-server-name': 'kube',
        'proxy-url': 'http://proxy:3128',
        'disable-compression': true,
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
      },
    );
    await authorization(resolved);
    expect((await runs(folder))[0]?.info).toEqual({
      kind: 'ExecCredential',
      apiVersion: V1BETA1,
      spec: {
        interactive: false,
        cluster: {
          server: SERVER,
          'tls-server-name': 'kube',
          'certificate-authority-data': ca,
          'proxy-url': 'http://proxy:3128',
          'disable-compression': true,
          config: { audience: 'x' },
        },
      },
    });
  });

  test('are run again shortly before what they gave expires, and not before', async () => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', plugin("{ token: 'token-' + n, expirationTimestamp: '2026-01-01T01:00:00Z' }"));
    const clock = new FakeClock();
    const resolved = await config(folder, { command: './plugin' }, { clock });
    expect(await authorization(resolved)).toBe('Bearer token-1');
    await clock.advance(3_589_000);
    expect(await authorization(resolved)).toBe('Bearer token-1');
    await clock.advance(2000);
    expect(await authorization(resolved)).toBe('Bearer token-2');
  });

  test('whose credentials live for seconds only are run again when these are over, not at each request', async () => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', plugin("{ token: 'token-' + n, expirationTimestamp: '2026-01-01T00:00:05Z' }"));
    const clock = new FakeClock();
    const resolved = await config(folder, { command: './plugin' }, { clock });
    expect([await authorization(resolved), await authorization(resolved)]).toEqual([
      'Bearer token-1',
      'Bearer token-1',
    ]);
    await clock.advance(4600);
    expect(await authorization(resolved)).toBe('Bearer token-2');
  });

  test.each([
    ['a token', { token: 'mine' }, 'Bearer mine'],
    ['a password', { username: 'me', password: 'mine' }, `Basic ${Buffer.from('me:mine').toString('base64')}`],
  ])('are not run where the user has %s', async (_, more, expected) => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', plugin("{ token: 't' }"));
    const exec = { apiVersion: V1, interactiveMode: 'Never', command: './plugin' };
    const kubeconfig = await folder.kubeconfig(SERVER, { exec, ...more });
    expect(await authorization(await resolveConfig({ kubeconfig }))).toBe(expected);
    expect(await runs(folder)).toEqual([]);
  });

  test('are run again after a 401, and say whether they gave something new', async () => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', plugin("{ token: n < 3 ? 'token-' + n : 'token-2' }"));
    const { credentials } = await config(folder, { command: './plugin' });
    await credentials?.headers();
    expect(await credentials?.refresh()).toBe(true);
    expect(await credentials?.headers()).toEqual({ authorization: 'Bearer token-2' });
    expect(await credentials?.refresh()).toBe(false);
    expect(await runs(folder)).toHaveLength(3);
  });

  test('are shared by all who have the same spec and cluster, and by nobody else', async () => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', plugin("{ token: 'token-' + n }"));
    const exec = { apiVersion: V1, interactiveMode: 'Never', command: './plugin' };
    const resolve = async (server: string, args: string[]) =>
      resolveConfig({ kubeconfig: await folder.kubeconfig(server, { exec: { ...exec, args } }) });
    const tokens: (string | undefined)[] = [];
    for (const [server, args] of [
      [SERVER, []],
      [SERVER, []],
      [SERVER, ['other']],
      ['https://elsewhere', []],
    ] as const) {
      tokens.push(await authorization(await resolve(server, [...args])));
    }
    expect(tokens).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2', 'Bearer token-3']);
  });

  test('that are not installed are told with the hint, and the next try looks again', async () => {
    await using folder = await TestFolder.make();
    const resolved = await config(folder, {
      command: 'no-such-plugin',
      installHint: '\u001b[31mGet it at https://example.com',
    });
    const error = await failure(authorization(resolved) as Promise<unknown>);
    expect(error.message).toBe(
      'the credential plugin no-such-plugin is not installed, or not in PATH\n[31mGet it at https://example.com',
    );
  });

  test('that fail are told with their exit code and what they said, without secrets and without end', async () => {
    await using folder = await TestFolder.make();
    await folder.program(
      'plugin',
      "process.stderr.write('login failed: password=hunter2 ' + 'x'.repeat(100000)); process.stdout.write('secret'); process.exitCode = 3;",
    );
    const error = await failure(authorization(await config(folder, { command: './plugin' })) as Promise<unknown>);
    expect(error.message).toContain('failed with exit code 3; it said: ');
    expect(error.message.length).toBeLessThan(1400);
    expect(inspect(error)).not.toMatch(/hunter2|secret/);
  });

  test('that hang are ended after their time, even if they hold on to their output', async () => {
    await using folder = await TestFolder.make();
    await folder.program(
      'plugin',
      `process.on('SIGTERM', () => {}); process.stderr.write('waiting');
       require('node:fs').writeFileSync(__dirname + '/pid', String(process.pid)); setInterval(() => {}, 1000);`,
    );
    const clock = new FakeClock();
    const resolved = await config(folder, { command: './plugin' }, { clock, exec: { timeoutMs: 5000 } });
    const asked = failure(authorization(resolved) as Promise<unknown>);
    let pid = '';
    while (pid === '') pid = await readFile(join(folder.path, 'pid'), 'utf8').catch(() => '');
    await clock.advance(5000);
    expect((await asked).message).toMatch(/did not finish within 5000 ms and was stopped/);
    await clock.advance(2000);
    while (await isRunning(Number(pid))) await new Promise((resolve) => setImmediate(resolve));
  });

  test('that hang take with them what they have started', async () => {
    await using folder = await TestFolder.make();
    await folder.program(
      'plugin',
      `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
       require('node:fs').writeFileSync(__dirname + '/pid', String(child.pid)); setInterval(() => {}, 1000);`,
    );
    const clock = new FakeClock();
    const resolved = await config(folder, { command: './plugin' }, { clock, exec: { timeoutMs: 5000 } });
    const asked = failure(authorization(resolved) as Promise<unknown>);
    let pid = '';
    while (pid === '') pid = await readFile(join(folder.path, 'pid'), 'utf8').catch(() => '');
    await clock.advance(5000);
    await asked;
    while (await isRunning(Number(pid))) await new Promise((resolve) => setImmediate(resolve));
  });

  test('that write without end are stopped', async () => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', "const x = 'x'.repeat(65536); const go = () => process.stdout.write(x, go); go();");
    const error = await failure(authorization(await config(folder, { command: './plugin' })) as Promise<unknown>);
    expect(error.message).toContain('wrote more than a credential can be');
  });

  test.each([
    ['nothing', '', 'wrote nothing'],
    ['no JSON', 'sk-secret', 'wrote something that is not JSON'],
    ['another kind', '{"kind":"Pod"}', 'wrote JSON that is no ExecCredential'],
    ['another version', `{"kind":"ExecCredential","apiVersion":"${V1BETA1}","status":{}}`, `asks for ${V1}`],
    ['no status', `{"kind":"ExecCredential","apiVersion":"${V1}"}`, 'without a status'],
    ['no credential', `{"kind":"ExecCredential","apiVersion":"${V1}","status":{}}`, 'neither a token nor'],
    [
      'half a pair',
      `{"kind":"ExecCredential","apiVersion":"${V1}","status":{"clientKeyData":"sk-secret"}}`,
      'not both',
    ],
    [
      'a bad time',
      `{"kind":"ExecCredential","apiVersion":"${V1}","status":{"token":"sk-secret","expirationTimestamp":"soon"}}`,
      'no RFC 3339 time',
    ],
    [
      'a token for two headers',
      `{"kind":"ExecCredential","apiVersion":"${V1}","status":{"token":"sk-secret\\r\\nx: y"}}`,
      'printable ASCII',
    ],
  ])('that write %s are refused without quoting it', async (_, output, message) => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', `process.stdout.write(${JSON.stringify(output)});`);
    const error = await failure(authorization(await config(folder, { command: './plugin' })) as Promise<unknown>);
    expect(error.message).toContain(message);
    expect(inspect(error)).not.toContain('sk-secret');
  });

  test.each([
    [{ apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' }, 'exec.apiVersion must be'],
    [{ command: '' }, 'names no command'],
    [{ command: 'x', interactiveMode: null }, 'interactiveMode is required'],
    [{ command: 'x', interactiveMode: 'Sometimes' }, 'users.0.user.exec.interactiveMode'],
    [{ command: 'x', env: [{ name: 'A=B', value: '' }] }, 'without a usable name'],
  ])('with a wrong entry are refused by file and field: %j', async (exec, message) => {
    await using folder = await TestFolder.make();
    const error = await failure(config(folder, exec));
    expect(error.message).toContain(message);
    expect(error.message).toContain(folder.path);
  });

  test('that need a person are not run where there is no terminal', async () => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', plugin("{ token: 't' }"));
    const always = { command: './plugin', interactiveMode: 'Always' };
    const error = await failure(
      authorization(await config(folder, always, { exec: { terminal: false } })) as Promise<unknown>,
    );
    expect(error.message).toContain('needs a person at a terminal');
    expect(await runs(folder)).toEqual([]);
    const maybe = { command: './plugin', interactiveMode: 'IfAvailable' };
    await authorization(await config(folder, maybe, { exec: { terminal: true } }));
    expect((await runs(folder))[0]?.info.spec).toEqual({ interactive: true });
  });

  test('can be waited for with a signal, without stopping the run for others', async () => {
    await using folder = await TestFolder.make();
    await folder.program('plugin', plugin("{ token: 'token-' + n }"));
    const { credentials } = await config(folder, { command: './plugin' });
    const controller = new AbortController();
    const given = credentials?.headers(controller.signal);
    const waited = credentials?.headers();
    controller.abort('enough');
    await expect(given).rejects.toBe('enough');
    expect(await waited).toEqual({ authorization: 'Bearer token-1' });
  });
});
