import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/proxy.js';
import { filesUnder, ROOT } from '../helpers/repo.js';
import { exchange, type RecordedRequest, type RecordedResponse } from './raw-exchange.js';
import { ScriptedBackend } from './scripted-backend.js';

// What `kubectl proxy` 1.36 answered. The API server behind it is played by a backend that answers with what the real one did.

interface Recording {
  readonly args: readonly string[];
  /** The address of the server, where it had a path. */
  readonly server?: string;
  readonly stdout: string;
  readonly exitCode?: number | 'serves';
  readonly requests?: readonly (RecordedRequest & { readonly res: RecordedResponse })[];
}

const files = filesUnder('test/fixtures/proxy', '.json');
let folder = '';
let backend: ScriptedBackend;

beforeAll(async () => {
  backend = await ScriptedBackend.start();
  folder = await mkdtemp(join(tmpdir(), 'keelson-proxy-'));
  await mkdir(join(folder, 'www', 'sub'), { recursive: true });
  await mkdir(join(folder, 'www', 'empty'));
  await writeFile(join(folder, 'www', 'a.txt'), 'file a\n');
  await writeFile(join(folder, 'www', 'p.json'), '{"x":1}\n');
  await writeFile(join(folder, 'www', 'sub', 'index.html'), '<p>index</p>\n');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Runs the command until it serves or ends. */
async function started(args: readonly string[], serverPath: string) {
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = { server: `${backend.url}${serverPath}` };
  const document = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token: 'from-the-kubeconfig' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(document));
  vi.stubEnv('KUBECONFIG', kubeconfig);
  let stdout = '';
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const serving = new Promise<void>((resolve) => {
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += String(text);
      resolve();
      return true;
    });
  });
  const ended = run(args);
  const code = await Promise.race([serving.then(() => 'serves' as const), ended]);
  const stop = async () => {
    process.emit('SIGTERM');
    await ended;
  };
  return { stdout, code, stop: code === 'serves' ? stop : async () => {} };
}

/** Reports whether the recorded answer came from the API server, not from the proxy itself. */
function isFromServer({ status, headers }: RecordedResponse): boolean {
  return (
    status === 101 ||
    headers.some(([name, value]) => name === 'cache-control' || (name === 'connection' && value === 'close'))
  );
}

describe.each(files)('%s', (file) => {
  test('is answered as kubectl answers it', async () => {
    const recording = JSON.parse(await readFile(join(ROOT, file), 'utf8')) as Recording;
    const args = recording.args.map((arg) => arg.replace('{TMP}', folder));
    const path = recording.server?.replace('https://{SERVER}', '') ?? '';
    const { stdout, code, stop } = await started(args, path);
    try {
      const address = /Starting to serve on (.*)\n/.exec(stdout)?.[1] ?? '';
      const port = /:(\d+)$/.exec(address)?.[1] ?? 'x';
      const shown = (text: string) => text.replaceAll(folder, '{TMP}').replaceAll(`:${port}`, ':{PORT}');
      expect(shown(stdout)).toBe(recording.stdout);
      expect(code).toBe(recording.exitCode ?? 'serves');
      const to: NetConnectOpts = address.startsWith('/')
        ? { path: address }
        : { host: address.slice(0, address.lastIndexOf(':')), port: Number(port) };
      for (const { res, ...request } of recording.requests ?? []) {
        const what = `${request.method} ${request.path} ${request.host} ${JSON.stringify(request.headers ?? {})}`;
        const { sawOutput: _, ...expected } = res;
        backend.response = expected;
        const before = backend.seen.length;
        const filled = (text: string) => text.replaceAll('{PORT}', port);
        const headers = Object.entries(request.headers ?? {}).map(([name, value]) => [name, filled(value)] as const);
        const sent = { ...request, host: filled(request.host), headers: Object.fromEntries(headers) };
        expect(await exchange(to, sent), what).toEqual(expected);
        expect(backend.seen.length - before, what).toBe(isFromServer(res) ? 1 : 0);
      }
    } finally {
      await stop();
    }
  });
});

test('the flags are those of kubectl', async () => {
  const flags = JSON.parse(await readFile(join(ROOT, 'test/fixtures/proxy-flags.json'), 'utf8')) as {
    name: string;
    short: string | null;
  }[];
  const { stdout } = await started(['--help'], '');
  for (const { name, short } of flags) expect(stdout).toContain(`${short === null ? '' : `-${short}, `}--${name}`);
});
