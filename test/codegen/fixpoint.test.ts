import { describe, expect, it } from 'vitest';
import { sourceFromFolder } from '../../src/codegen/from-folder.js';
import { generateFiles } from '../../src/codegen/generate.js';
import { compareOutput } from '../../src/codegen/output.js';
import { generated, hasRecorded, needsRecorded, ownOptions, recorded, servedSource } from './sources.js';

const same = { missing: [], changed: [], stale: [] };

describe('generated/', () => {
  it('is a fixpoint: generating from what is served of its facts gives the same bytes', async () => {
    expect(await compareOutput(generated, await generateFiles(await servedSource(), ownOptions))).toEqual(same);
  });

  it.skipIf(!hasRecorded)(`is what the recorded documents of a real server give ${needsRecorded}`, async () => {
    const files = await generateFiles(await sourceFromFolder(recorded), ownOptions);
    expect(await compareOutput(generated, files)).toEqual(same);
  });
});
