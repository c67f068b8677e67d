import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install } from 'keelson/crd';
import { startServer } from 'keelson/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { crd } from '../../src/cli/crd.js';
import { manifestsOf } from '../../src/crd/index.js';
import { Website } from '../crd/website.js';

let folder = '';
let module = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-cli-'));
  module = await moduleOf(manifestsOf([Website])[0]);
});
afterEach(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  return { status: await crd(args, { stdout, stderr }), out, err };
}

/** A user's module, as if another copy of the package had made what it exports. */
async function moduleOf(definition: unknown): Promise<string> {
  const file = join(folder, `kinds-${Math.floor(performance.now() * 1000)}.mjs`);
  const { group, version, kind, plural, scope } = Website;
  const value = { group, version, kind, plural, scope, definition };
  await writeFile(
    file,
    `export const nothing = 1;\nexport const Website = ${JSON.stringify(value)};\nexport default [Website];\n`,
  );
  return file;
}

describe('keelson crd print', () => {
  it('writes the definition of every kind a module exports, as YAML', async () => {
    const { status, out, err } = await run('print', module);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(parse(out)).toEqual(JSON.parse(JSON.stringify(Website.definition)));
    const file = join(folder, 'crd.yaml');
    expect(await run('print', module, '--out', file)).toEqual({ status: 0, out: '', err: '' });
    expect(await readFile(file, 'utf8')).toBe(out);
  });

  it('says where the conversion webhook is, if told', async () => {
    const { out } = await run('print', module, '--conversion-service', 'ops/website:8443/convert');
    const service = { namespace: 'ops', name: 'website', port: 8443, path: '/convert' };
    expect(parse(out)).toMatchObject({ spec: { conversion: { webhook: { clientConfig: { service } } } } });
  });

  it('says what is wrong with the arguments, with status 2, or with the module, with status 1', async () => {
    expect(await run()).toMatchObject({
      status: 2,
      err: expect.stringMatching(/^Say what to do: print or diff\n\nUsage: /),
    });
    expect(await run('print')).toMatchObject({ status: 2, err: expect.stringContaining('Give exactly one FILE') });
    expect(await run('print', module, '--context', 'x')).toMatchObject({ status: 2 });
    expect(await run('diff', module, '--out', 'x')).toMatchObject({ status: 2 });
    expect(await run('print', module, '--conversion-service', 'x')).toMatchObject({ status: 2 });
    expect(await run('--help')).toMatchObject({ status: 0, out: expect.stringContaining('keelson crd diff FILE') });
    expect(await run('print', join(folder, 'none.mjs'))).toMatchObject({
      status: 1,
      err: expect.stringContaining('Cannot load'),
    });
    await writeFile(join(folder, 'empty.mjs'), 'export const a = 1;\n');
    expect(await run('print', join(folder, 'empty.mjs'))).toMatchObject({
      status: 1,
      err: expect.stringContaining('exports no kinds'),
    });
  });
});

describe('keelson crd diff', () => {
  it('ends with 1 and shows lines where cluster and code differ, and with 0 where they do not', async () => {
    await using server = await startServer();
    const kubeconfig = join(folder, 'kubeconfig');
    await server.writeKubeconfig(kubeconfig);
    const diff = (...more: string[]) => run('diff', module, '--kubeconfig', kubeconfig, ...more);
    const absent = await diff();
    expect(absent).toMatchObject({ status: 1, err: 'websites.example.com is not in the cluster\n' });
    expect(absent.out).toContain('\n+  group: example.com\n');
    await using cluster = await server.connect();
    await install(cluster, [Website]);
    expect(await diff()).toEqual({ status: 0, out: '', err: '' });
    const changed = structuredClone(Website.definition);
    changed.spec.names.shortNames = ['site'];
    module = await moduleOf(changed);
    const changes = await diff();
    expect(changes).toMatchObject({ status: 1, err: '' });
    expect(changes.out).toContain('--- websites.example.com in the cluster\n+++ websites.example.com in the code\n@@ ');
    expect(changes.out.split('\n').filter((line) => /^[-+] /.test(line))).toEqual(['-      - ws', '+      - site']);
    expect(await diff('--context', 'nowhere')).toMatchObject({ status: 3, err: expect.stringContaining('nowhere') });
  });
});
