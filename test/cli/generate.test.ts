import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generate } from '../../src/cli/generate.js';
import { serve } from '../../src/server/serve.js';
import { generated, servedSource } from '../codegen/sources.js';
import { website } from '../codegen/website.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  return { status: await generate(args, { stdout, stderr }), out, err };
}

describe('keelson generate', () => {
  it('makes our own generated/ again, byte for byte, from the reference server over HTTP', async () => {
    const server = await serve({ insecurePort: 0, securePort: 0, runtimeConfig: 'api/all=true', controllers: [] });
    try {
      const own = ['--out', generated, '--check', '--facts', '--meta-module', '../../src/meta/index.js'];
      const same = { status: 0, err: '', out: `${generated} is up to date\n` };
      expect(await run('--spec', `${server.insecureUrl}/openapi/v3`, ...own)).toEqual(same);
      const kubeconfig = join(folder, 'kubeconfig');
      await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 });
      expect(await run('--from-cluster', '--kubeconfig', kubeconfig, ...own)).toEqual(same);
      const wrong = await run('--from-cluster', '--kubeconfig', kubeconfig, '--context', 'nowhere', ...own);
      expect(wrong).toMatchObject({ status: 1, err: expect.stringContaining('nowhere') });
    } finally {
      await server.close();
    }
  }, 60_000);

  it('writes what --crd describes, and --check names what differs without writing', async () => {
    const crd = join(folder, 'crd.json');
    const out = join(folder, 'out');
    await writeFile(crd, JSON.stringify(website));
    const checked = await run('--crd', crd, '--out', out, '--check');
    expect(checked).toMatchObject({ status: 1, err: expect.stringContaining('missing stable.example.com/v1.ts\n') });
    expect(await run('--crd', crd, '--out', out)).toMatchObject({ status: 0, err: '' });
    expect(await readFile(join(out, 'stable.example.com/v1.ts'), 'utf8')).toContain('/** A website. */');
    expect(await run('--crd', crd, '--out', out, '--check')).toMatchObject({ status: 0, err: '' });
    await writeFile(join(out, 'index.ts'), 'edited');
    expect(await run('--crd', crd, '--out', out, '--check')).toMatchObject({ status: 1, err: 'differs index.ts\n' });
    expect(await readFile(join(out, 'index.ts'), 'utf8')).toBe('edited');
    await run('--crd', crd, '--out', out, '--no-descriptions');
    expect(await readFile(join(out, 'stable.example.com/v1.ts'), 'utf8')).not.toContain('A website.');
  });

  it('says what is wrong with the arguments, with status 2, or with the input, with status 1', async () => {
    expect(await run()).toMatchObject({ status: 2, err: expect.stringMatching(/^Give exactly one of .*\n\nUsage: /) });
    expect(await run('--spec', 'a', '--crd', 'b')).toMatchObject({ status: 2 });
    expect(await run('--nonsense')).toMatchObject({ status: 2, err: expect.stringContaining('--nonsense') });
    expect(await run('--crd', 'b', '--context', 'c')).toMatchObject({ status: 2 });
    const missing = join(folder, 'missing.json');
    expect(await run('--spec', missing)).toMatchObject({ status: 1, err: expect.stringContaining('it is not there') });
    expect(await run('--help')).toMatchObject({ status: 0, out: expect.stringMatching(/^Usage: /) });
  });

  it('reads --spec from a URL: of the index, of one document', async () => {
    const { documents, discovery = [] } = await servedSource();
    const apps = documents.find(({ group }) => group === 'apps')?.document;
    const answers: { [path: string]: unknown } = {
      '/openapi/v3': { paths: { 'apis/apps/v1': { serverRelativeURL: '/openapi/v3/apis/apps/v1?hash=1' } } },
      '/openapi/v3/apis/apps/v1?hash=1': apps,
      '/api': { kind: 'APIGroupDiscoveryList', items: discovery.slice(0, 1) },
      '/apis': { kind: 'APIGroupDiscoveryList', items: discovery.slice(1) },
    };
    const server = createServer((request, response) => {
      const answer = answers[request.url ?? ''];
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const out = join(folder, 'out');
      expect(await run('--spec', `${origin}/openapi/v3`, '--out', out)).toMatchObject({ status: 0, err: '' });
      const fromIndex = await readFile(join(out, 'apps/v1.ts'), 'utf8');
      expect(fromIndex).toContain("shortNames: ['deploy'],");
      expect(await run('--spec', `${origin}/openapi/v3/apis/apps/v1?hash=1`, '--out', out)).toMatchObject({
        status: 0,
      });
      const fromOne = await readFile(join(out, 'apps/v1.ts'), 'utf8');
      expect(fromOne).toBe(
        fromIndex.replace(/shortNames: \[.*\],/g, 'shortNames: [],').replace(/categories: \[.*\],/g, 'categories: [],'),
      );
      expect(await run('--spec', `${origin}/nothing`)).toMatchObject({
        status: 1,
        err: expect.stringContaining('404'),
      });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
