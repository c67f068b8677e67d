import { describe, expect, inject, it } from 'vitest';
import { seededRandom } from '../../src/util/random.js';
import { readCorpus } from './corpus.js';
import { type Finding, fuzz } from './fuzz.js';
import { startTarget } from './target.js';

/** A moment's worth; `npm run fuzz` sends more, to a server in a process of its own, where stalls and memory mean something. */
const requests = 1_000;

describe('the HTTP surface', () => {
  it('answers mutated requests without an unhandled error, a hang or a cut connection', async () => {
    const target = await startTarget();
    const result = await fuzz({ target, corpus: readCorpus(), random: seededRandom(inject('seed')), requests });
    await target.close();
    const isMeasured = ({ kind }: Finding): boolean => kind === 'stall' || kind === 'memory';
    expect(result.findings.filter((finding) => !isMeasured(finding))).toEqual([]);
    expect(result.statuses.get(200)).toBeGreaterThan(100);
    expect(result.statuses.get(422)).toBeGreaterThan(10);
  }, 120_000);
});
