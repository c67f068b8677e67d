import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceFromFolder } from '../../src/codegen/from-folder.js';
import { generateFiles } from '../../src/codegen/generate-files.js';
import { compareOutput } from '../../src/codegen/output.js';
import { describeDocument } from '../../src/meta/descriptions/describe-schema.js';
import { generated, ownOptions, recordedDocuments, servedSource } from './sources.js';

const same = { missing: [], changed: [], stale: [] };

describe('generated/', () => {
  it('is a fixpoint: generating from what is served of its facts gives the same bytes', async () => {
    expect(await compareOutput(generated, await generateFiles(await servedSource(), ownOptions))).toEqual(same);
  });

  it('is what the recorded documents of a real server give', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keelson-openapi-'));
    try {
      for (const [name, document] of Object.entries(recordedDocuments))
        await writeFile(join(folder, name), JSON.stringify(describeDocument(document as object)));
      const files = await generateFiles(await sourceFromFolder(folder), ownOptions);
      expect(await compareOutput(generated, files)).toEqual(same);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
