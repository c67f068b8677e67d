import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../helpers/repo.js';

describe('keelson/browser as a page loads it', () => {
  it('is one file of at most 10 KB compressed, with nothing of Node in it', async () => {
    const { outputFiles, warnings } = await build({
      entryPoints: [join(ROOT, 'src/browser/index.ts')],
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      write: false,
    });
    expect(warnings).toEqual([]);
    const [file] = outputFiles;
    expect(gzipSync(file?.contents ?? '').length).toBeLessThanOrEqual(10_000);
    expect(file?.text).not.toMatch(/\bprocess\.|node:|Buffer\b/);
  });
});
