import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HEADER } from '../../src/codegen/header.js';
import { compareOutput, writeOutput } from '../../src/codegen/output.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-output-'));
});
afterEach(() => rm(folder, { recursive: true }));

const files = [
  { path: 'apps/v1.ts', text: `${HEADER}export {};\n` },
  { path: 'index.ts', text: `${HEADER}export * from './apps/v1.js';\n` },
];

describe('an output folder', () => {
  it('is made to hold what was generated, and then is up to date', async () => {
    const out = join(folder, 'new');
    expect((await compareOutput(out, files)).missing).toEqual(['apps/v1.ts', 'index.ts']);
    await writeOutput(out, files);
    expect(await compareOutput(out, files)).toEqual({ missing: [], changed: [], stale: [] });
    expect(await readFile(join(out, 'apps/v1.ts'), 'utf8')).toBe(files[0]?.text);
  });

  it('loses what was generated once and is no longer, and keeps what its owner put there', async () => {
    await mkdir(join(folder, 'old'));
    await writeFile(join(folder, 'old/v1.ts'), `${HEADER}export {};\n`);
    await writeFile(join(folder, 'old/mine.ts'), 'export const mine = 1;\n');
    await writeFile(join(folder, 'README.md'), HEADER);
    await writeFile(join(folder, 'index.ts'), 'changed');
    expect(await writeOutput(folder, files)).toEqual({
      missing: ['apps/v1.ts'],
      changed: ['index.ts'],
      stale: ['old/v1.ts'],
    });
    const left = await readdir(folder, { recursive: true });
    expect(left.sort()).toEqual(['README.md', 'apps', 'apps/v1.ts', 'index.ts', 'old', 'old/mine.ts']);
  });

  it('is not touched by a comparison', async () => {
    await writeFile(join(folder, 'index.ts'), 'changed');
    expect(await compareOutput(folder, files)).toEqual({ missing: ['apps/v1.ts'], changed: ['index.ts'], stale: [] });
    expect(await readFile(join(folder, 'index.ts'), 'utf8')).toBe('changed');
  });
});
