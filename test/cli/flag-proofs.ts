import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CertificatePair, makeCertificate } from '../../src/x509/certificate.js';
import { readRepoFile } from '../helpers/repo.js';
import { type Served, serving } from './served.js';

/** Tests that show the effects of flags. */
export interface FlagProofs {
  readonly folder: () => string;
  /** The flags that have a test. */
  readonly proved: ReadonlySet<string>;
  /** Adds a test that shows the effect of flags. `missing` is the reason to skip it. */
  effect(flags: readonly string[], title: string, test: () => Promise<void>, missing?: string): void;
  /** Names the test of another file that shows the effect of flags. */
  elsewhere(flags: readonly string[], path: string, title: string): void;
  /** Writes a file and returns its path. */
  file(name: string, text: string): Promise<string>;
  /** Runs a server with these flags. */
  serve(args: readonly string[], use: (served: Served) => Promise<void>): Promise<void>;
}

/** Returns tests of flags, with a folder of their own. */
export function flagProofs(): FlagProofs {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keelson-flags-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const proved = new Set<string>();
  const effect: FlagProofs['effect'] = (flags, title, test, missing = '') => {
    for (const flag of flags) proved.add(flag);
    it.skipIf(missing !== '')(`${flags.map((flag) => `--${flag}`).join(', ')}: ${title}${missing}`, test, 20_000);
  };
  return {
    folder: () => folder,
    proved,
    effect,
    elsewhere: (flags, path, title) =>
      effect(flags, `shown by '${title}' in ${path}`, async () => {
        const text = readRepoFile(path);
        expect(text).toContain(`'${title}'`);
        for (const flag of flags) expect(text).toContain(flag);
      }),
    file: async (name, text) => {
      const path = join(folder, name);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    },
    serve: (args, use) => serving(folder, args, use),
  };
}

/** Makes a certificate of an authority or of a client. */
export function certificate(commonName: string, use: 'ca' | 'client', issuer?: CertificatePair): CertificatePair {
  const organizations = ['devs'];
  return makeCertificate({ commonName, organizations, use, now: Date.now(), serial: randomBytes(8) }, issuer);
}

/** Starts to listen on a free port, and resolves to it. */
export function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
