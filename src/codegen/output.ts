import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { GeneratedFile } from './facts-files.js';
import { HEADER } from './header.js';

/** The difference between a folder and the output that would be generated into it. Paths are below the folder, with `/`, sorted. */
export interface OutputDifference {
  /** Not there yet. */
  missing: string[];
  /** There with another text. */
  changed: string[];
  /** Generated once, and no longer. */
  stale: string[];
}

/** Compares a folder with what would be generated into it. Files of the folder that were not generated do not count. */
export async function compareOutput(folder: string, files: readonly GeneratedFile[]): Promise<OutputDifference> {
  const wanted = new Map(files.map(({ path, text }) => [path, text]));
  const missing = new Set(wanted.keys());
  const difference: OutputDifference = { missing: [], changed: [], stale: [] };
  for (const path of await filesBelow(folder)) {
    const text = wanted.get(path);
    missing.delete(path);
    const present = text !== undefined || wasGenerated(path) ? await readFile(join(folder, path), 'utf8') : '';
    if (text !== undefined) {
      if (present !== text) difference.changed.push(path);
    } else if (wasGenerated(path) && present.startsWith(path.endsWith('.json') ? '{\n"' : HEADER)) {
      difference.stale.push(path);
    }
  }
  difference.missing = [...missing];
  for (const paths of Object.values(difference) as string[][]) paths.sort();
  return difference;
}

/** Makes a folder hold what was generated: writes what is missing or changed, removes what is stale, leaves the rest. */
export async function writeOutput(folder: string, files: readonly GeneratedFile[]): Promise<OutputDifference> {
  const difference = await compareOutput(folder, files);
  const touched = new Set([...difference.missing, ...difference.changed]);
  for (const path of difference.stale) await rm(join(folder, path));
  for (const { path, text } of files) {
    if (!touched.has(path)) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return difference;
}

/**
 * Reports whether the generator may have written a path: a module of a group, the index, or facts. The files in `facts/wire` come from
 * the protobuf definitions, which OpenAPI does not contain.
 */
function wasGenerated(path: string): boolean {
  if (path.startsWith('facts/wire/')) return false;
  return /^(?:index|[^/]+\/[^/]+)\.ts$/.test(path) || /^facts\/(?:index|meta|[^/]+\/[^/]+)\.json$/.test(path);
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
