import { readFileSync } from 'node:fs';

// The same relative path leads from src/ to generated/ and, once built, from dist/src/ to dist/generated/.
const folder = new URL('../../../generated/facts/', import.meta.url);

/**
 * Returns one file of the facts, such as `apps/v1.json`, as text. `npm run build` replaces this module by one that holds the texts
 * (`scripts/inline-facts.mjs`), so that a bundler carries them and the package reads no files.
 */
export function factsText(path: string): string {
  return readFileSync(new URL(path, folder), 'utf8');
}
