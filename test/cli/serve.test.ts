import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/serve.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-serve-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Runs the command until it says that it is ready. `stop` sends it a SIGTERM. */
async function started(...args: string[]): Promise<{ lines: string[]; stop(): Promise<number> }> {
  const lines: string[] = [];
  const ready = new Promise<void>((resolve) => {
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(String(text));
      resolve();
      return true;
    });
  });
  const ended = run(args);
  await Promise.race([ready, ended]);
  return {
    lines,
    stop: () => {
      process.emit('SIGTERM');
      return ended;
    },
  };
}

describe('keelson serve', () => {
  it('prints one line when it is ready, answers, and ends with SIGTERM, taking its kubeconfig along', async () => {
    const { lines, stop } = await started('--insecure-port', '0');
    const [, url, path = ''] =
      /^keelson is ready at (http:\/\/127\.0\.0\.1:\d+), kubeconfig (.+)\n$/.exec(lines.join('')) ?? [];
    expect(path).toBe(join(folder, `keelson-${process.pid}.kubeconfig`));
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(JSON.parse(await readFile(path, 'utf8')).clusters[0].cluster.server).toBe(url);
    expect(await stop()).toBe(0);
    expect(lines).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
    await expect(fetch(`${url}/readyz`)).rejects.toThrow();
  });

  it.each([
    '--token-auth-file',
    '--basic-auth-file',
    '--client-ca-file',
    '--tls-cert-file',
    '--tls-private-key-file',
    '--authorization-policy-file',
    '--admission-control-config-file',
    '--service-account-key-file',
    '--service-account-signing-key-file',
    '--requestheader-client-ca-file',
    '--proxy-client-cert-file',
    '--audit-policy-file',
    '--kubeconfig-out',
  ])('names %s and its file, where it is missing', async (flag) => {
    const missing = join(folder, 'no', 'such.file');
    const present = join(folder, 'present');
    await writeFile(present, '');
    const partner: Readonly<Record<string, readonly string[]>> = {
      '--tls-cert-file': [`--tls-private-key-file=${present}`],
      '--tls-private-key-file': [`--tls-cert-file=${present}`],
      '--authorization-policy-file': ['--authorization-mode=ABAC'],
      '--requestheader-client-ca-file': ['--requestheader-username-headers=x-remote-user'],
      '--proxy-client-cert-file': [`--proxy-client-key-file=${present}`],
      '--audit-policy-file': ['--audit-log-path=-'],
    };
    const error = await run(['--secure-port=0', `${flag}=${missing}`, ...(partner[flag] ?? [])]).catch(String);
    expect(error).toMatch(new RegExp(`^Error: cannot (read|write) ${flag} ${missing}: ENOENT`));
  });

  it.each(['--insecure-port', '--secure-port'])('names %s and the address, where the port is taken', async (flag) => {
    const { lines, stop } = await started('--insecure-port', '0');
    const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(lines.join('')) ?? [];
    const error = await run([`${flag}=${port}`]).catch(String);
    expect(await stop()).toBe(0);
    expect(error).toBe(
      `Error: cannot listen on ${flag} 127.0.0.1:${port}: EADDRINUSE, another process listens there. Stop it, or choose another port; 0 takes a free one.`,
    );
  });

  it('records requests in --audit-log-path, by --audit-policy-file', async () => {
    const policy = join(folder, 'policy.yaml');
    const log = join(folder, 'audit.log');
    await writeFile(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata, colour: red}]\n');
    const warnings = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { lines, stop } = await started('--insecure-port=0', '--audit-log-path', log, '--audit-policy-file', policy);
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(lines.join('')) ?? [];
    const response = await fetch(`${url}/api/v1/namespaces`);
    await response.text();
    await stop();
    expect(warnings.mock.calls).toEqual([[`Warning: audit policy ${policy}: unknown field "rules[0].colour"\n`]]);
    const events = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const own = events.filter(({ auditID }) => auditID === response.headers.get('audit-id'));
    expect(own.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseComplete']);
    expect(own[1]).toMatchObject({ verb: 'list', sourceIPs: ['127.0.0.1'], responseStatus: { code: 200 } });
  });

  it('writes legacy audit lines to the standard output', async () => {
    const policy = join(folder, 'policy.json');
    await writeFile(policy, '{"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":[{"level":"Metadata"}]}');
    const flags = ['--audit-log-path=-', '--audit-log-format=legacy', '--audit-policy-file', policy];
    const { lines, stop } = await started('--insecure-port=0', ...flags);
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(lines.join('')) ?? [];
    await (await fetch(`${url}/version`)).text();
    await stop();
    expect(lines.at(-1)).toMatch(
      / AUDIT: id="[-0-9a-f]{36}" stage="ResponseComplete" .* uri="\/version" response="200"\n$/,
    );
  });

  it.each([
    [['--audit-log-path=-'], '--audit-log-path has no effect without --audit-policy-file'],
    [['--audit-policy-file=x'], '--audit-policy-file has no effect without --audit-log-path'],
  ])('warns of %j', async (flags, warning) => {
    const warnings = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { stop } = await started('--insecure-port=0', ...flags);
    await stop();
    expect(warnings.mock.calls).toEqual([[`Warning: ${warning}\n`]]);
  });

  it('lets nobody but its owner read the kubeconfig, whatever lay at its place before', async () => {
    const named = join(folder, 'kubeconfig');
    await writeFile(named, 'something longer than nothing'.repeat(1_000));
    await chmod(named, 0o666);
    const elsewhere = join(folder, 'elsewhere');
    await writeFile(elsewhere, 'untouched', { mode: 0o666 });
    await symlink(elsewhere, join(folder, `keelson-${process.pid}.kubeconfig`));
    for (const [flags, path] of [
      [['--kubeconfig-out', named], named],
      [[], join(folder, `keelson-${process.pid}.kubeconfig`)],
    ] as const) {
      const { stop } = await started('--secure-port', '0', ...flags);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(JSON.parse(await readFile(path, 'utf8')).users[0].user.token).toMatch(/.{40}/);
      await stop();
    }
    expect(await readFile(elsewhere, 'utf8')).toBe('untouched');
    expect(await readdir(folder)).toEqual(['elsewhere', 'kubeconfig']);
  });

  it('leaves nothing running when the kubeconfig cannot be written', async () => {
    const closed = vi.spyOn((await import('node:http')).Server.prototype, 'close');
    await expect(
      run(['--insecure-port', '0', '--kubeconfig-out', join(folder, 'no', 'such', 'folder')]),
    ).rejects.toThrow(/ENOENT/);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('says what is wrong with a flag', async () => {
    await expect(run(['--insecure-port', '65536'])).rejects.toThrow(
      "--insecure-port takes a port from 0 to 65535, not '65536'",
    );
    await expect(run(['--authorization-mode', 'RBAC,Bogus'])).rejects.toThrow("not 'Bogus'");
    await expect(run(['--disable-admission-plugins', 'Bogus'])).rejects.toThrow(
      'disable-admission-plugins plugin "Bogus" is unknown',
    );
    await expect(run(['--nonsense'])).rejects.toThrow('--nonsense');
  });
});
