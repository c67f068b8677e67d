import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The seed of fast-check, printed at the start of a run; `KEELSON_SEED` sets it. */
    seed: number;
    /** An empty home folder, so that no test ever reads the user's kubeconfig. */
    fakeHome: string;
    /** The user's own home folder: for npm alone, whose cache and settings are there. */
    realHome: string;
  }
}

/** Runs once, before any test: chooses the seed and makes an empty home folder, which goes away with the run. */
export default function setup(project: TestProject): () => void {
  const seed = seedFrom(process.env.KEELSON_SEED);
  const fakeHome = mkdtempSync(join(tmpdir(), 'keelson-home-'));
  project.provide('seed', seed);
  project.provide('fakeHome', fakeHome);
  project.provide('realHome', homedir());
  console.log(`Property tests start from KEELSON_SEED=${seed}`);
  return () => rmSync(fakeHome, { recursive: true, force: true });
}

function seedFrom(wanted: string | undefined): number {
  if (wanted === undefined || wanted === '') return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(wanted);
  if (!Number.isInteger(seed)) throw new Error(`KEELSON_SEED must be a whole number, not '${wanted}'`);
  return seed;
}
