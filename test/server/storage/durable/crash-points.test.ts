import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { seededRandom } from '../../../../src/util/random.js';
import { crashOnce } from './crash-points.js';

/** `npm run crashes` sets it. */
const crashes = Number(process.env.KEELSON_CRASHES ?? 20);

describe('a data folder', () => {
  it(
    `holds every answered write after its process was killed, at ${crashes} random moments`,
    async () => {
      const random = seededRandom(inject('seed'));
      const folder = await mkdtemp(join(tmpdir(), 'keelson-crash-'));
      const known = new Map();
      let answered = 0;
      try {
        for (let i = 0; i < crashes; i++) answered += (await crashOnce(folder, known, random)).answered;
      } finally {
        await rm(folder, { recursive: true });
      }
      expect(answered).toBeGreaterThan(crashes * 10);
    },
    crashes * 6_000,
  );
});
