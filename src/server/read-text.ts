import { readFile } from 'node:fs/promises';

/** Reads a file that a flag names. Rejects with an error that names both. */
export async function readText(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new Error(`cannot read ${flag} ${path}: ${why}. Check the path and its permissions.`);
  }
}
