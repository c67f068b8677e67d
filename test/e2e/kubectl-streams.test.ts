import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClients } from '../helpers/real-clients.js';
import { ProxiedCluster } from '../helpers/streams/proxied-cluster.js';

const programs = realClients();

/** A command that ended. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const overSpdy = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };

describe.skipIf(programs === undefined).each([
  ['WebSockets', true, {}],
  ['WebSockets, for a kubelet that takes SPDY only', false, {}],
  ['SPDY', true, overSpdy],
] as const)('kubectl over %s', { timeout: 60_000 }, (_name, takesWebSockets, switches) => {
  let cluster: ProxiedCluster;
  let folder = '';

  beforeAll(async () => {
    cluster = await ProxiedCluster.start({ withKubelet: true, takesWebSockets });
    folder = await mkdtemp(join(tmpdir(), 'keelson-kubectl-'));
    await writeFile(join(folder, 'kubeconfig'), cluster.server.kubeconfig);
  }, 60_000);

  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function start(...args: string[]): ChildProcess {
    const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig'), ...switches };
    return spawn(programs?.kubectl ?? '', ['-n', 'hs', ...args], { env, stdio: 'pipe' });
  }

  async function run(args: readonly string[], stdin?: string): Promise<Ended> {
    const child = start(...args);
    child.stdin?.end(stdin);
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error('kubectl has no output');
    const [[code], out, err] = await Promise.all([once(child, 'close'), text(stdout), text(stderr)]);
    return { code, stdout: out, stderr: err };
  }

  it('reads logs', async () => {
    expect(await run(['logs', 'done'])).toEqual({ code: 0, stdout: 'all done\n', stderr: '' });
    expect((await run(['logs', 'logger', '-c', 'main', '--tail=2'])).stdout).toMatch(
      /^err line 9\nno newline at end|^out line 8\nerr line 9\n$/,
    );
    expect((await run(['logs', 'crash', '--previous'])).stdout).toBe('first attempt\n');
    expect((await run(['logs', 'done', '--timestamps'])).stdout).toMatch(/^\d{4}-\S+Z all done\n$/);
    expect((await run(['logs', '-l', 'app=single'])).code).toBe(0);
    const none = await run(['logs', 'single', '--previous']);
    expect(none.stderr).toContain('previous terminated container "main" in pod "single" not found');
  });

  it('follows a log until it is stopped', async () => {
    const child = start('logs', '-f', 'follow', '--tail=0');
    const line = `followed ${takesWebSockets} ${Object.keys(switches).length}`;
    const written = setInterval(
      () => void run(['exec', 'follow', '--', 'sh', '-c', `echo ${line} > /tmp/hs-fifo-$POD_UID`]),
      1_000,
    );
    const [chunk] = await once(child.stdout ?? child, 'data');
    clearInterval(written);
    expect(String(chunk)).toContain(line);
    child.kill();
    await once(child, 'close');
  });

  it('runs commands with their exit code, input and both outputs', async () => {
    const script = 'cat; echo to stderr >&2; exit 3';
    const ended = await run(['exec', '-i', 'single', '--', 'sh', '-c', script], 'through stdin\n');
    expect(ended.code).toBe(3);
    expect(ended.stdout).toBe('through stdin\n');
    expect(ended.stderr).toContain('to stderr\n');
    expect(ended.stderr).toContain('command terminated with exit code 3');
    const big = 'x'.repeat(3_000_000);
    expect((await run(['exec', '-i', 'single', '--', 'cat'], big)).stdout.length).toBe(big.length);
    const missing = await run(['exec', 'single', '--', 'no-such-program']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('executable file not found in $PATH');
    expect((await run(['exec', 'nope', '--', 'true'])).stderr).toContain('pods "nope" not found');
  });

  it('attaches to a container', async () => {
    const child = start('attach', '-i', 'io', '-c', 'cat');
    child.stdin?.write('echoed\n');
    const [chunk] = await once(child.stdout ?? child, 'data');
    expect(String(chunk)).toContain('echoed');
    child.kill();
    await once(child, 'close');
  });

  it('copies files both ways', async () => {
    const content = 'x'.repeat(2_000_000);
    await writeFile(join(folder, 'sent.txt'), content);
    const target = join(folder, 'container.txt');
    expect((await run(['cp', join(folder, 'sent.txt'), `single:${target}`])).stderr).toBe('');
    expect(await readFile(target, 'utf8')).toBe(content);
    expect((await run(['cp', `single:${target}`, join(folder, 'received.txt')])).code).toBe(0);
    expect(await readFile(join(folder, 'received.txt'), 'utf8')).toBe(content);
  });

  it('forwards ports, again and again', async () => {
    const child = start('port-forward', 'web', `:${cluster.backend.port}`);
    const [chunk] = await once(child.stdout ?? child, 'data');
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(String(chunk)) ?? [];
    const get = async (path: string) => {
      const sent = request({ port: Number(port), path, agent: false });
      sent.end();
      const [response] = await once(sent, 'response');
      return json(response);
    };
    expect(await get('/one')).toMatchObject({ url: '/one' });
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => get(`/${index}`)));
    expect(all).toHaveLength(20);
    child.kill();
    await once(child, 'close');
  });

  it('asks through the proxies', async () => {
    const raw = await run(['get', '--raw', '/api/v1/namespaces/hs/services/one/proxy/raw']);
    expect(JSON.parse(raw.stdout)).toMatchObject({ url: '/raw' });
    expect((await run(['get', '--raw', '/api/v1/nodes/node-a/proxy/healthz'])).stdout).toBe('ok');
  });
});
