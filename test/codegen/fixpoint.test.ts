import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceFromFolder } from '../../src/codegen/from-folder.js';
import { generateFiles } from '../../src/codegen/generate.js';
import { generated, hasRecorded, needsRecorded, ownOptions, recorded, servedSource } from './sources.js';

function committed(): Map<string, string> {
  const files = readdirSync(generated, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(generated.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

describe('generated/', () => {
  it('is a fixpoint: generating from what is served of its facts gives the same bytes', async () => {
    const files = await generateFiles(await servedSource(), ownOptions);
    const expected = committed();
    expect(files.map(({ path }) => path)).toEqual([...expected.keys()].sort());
    for (const { path, text } of files) expect(text === expected.get(path) ? 'same' : 'differs', path).toBe('same');
  });

  it.skipIf(!hasRecorded)(`is what the recorded documents of a real server give ${needsRecorded}`, async () => {
    const files = await generateFiles(await sourceFromFolder(recorded), ownOptions);
    const expected = committed();
    expect(files.map(({ path }) => path)).toEqual([...expected.keys()].sort());
    for (const { path, text } of files) expect(text === expected.get(path) ? 'same' : 'differs', path).toBe('same');
  });
});
