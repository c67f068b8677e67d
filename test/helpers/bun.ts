import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of Bun: `KEELSON_BUN`, or the one in `PATH`. Undefined if it is not installed. */
export const bunPath: string | undefined =
  process.env.KEELSON_BUN ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'bun'))
    .find((path) => existsSync(path));

/** The reason to skip tests that need Bun, to put into their title; empty if it is installed. */
export const bunMissing = bunPath === undefined ? ' (skipped: Bun is not installed; set KEELSON_BUN to its path)' : '';
