import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository, without a trailing slash. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** Every file under a folder of the repository whose name ends so, as sorted paths relative to the top with `/` between. */
export function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => posix.join(entry.parentPath.slice(ROOT.length + 1), entry.name))
    .sort();
}

/** A file of the repository as text. */
export function readRepoFile(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The part of package.json that these tests read. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** The package's own manifest. */
export function packageJson(): PackageJson {
  return JSON.parse(readRepoFile('package.json')) as PackageJson;
}

/** One public entry point: what a user imports, and the source file behind it. */
export interface EntryPoint {
  readonly specifier: string;
  readonly source: string;
}

/** The entry points that package.json exports, a pattern such as `./k8s/*` spelt out over the files that it matches. */
export function entryPoints(): EntryPoint[] {
  const manifest = packageJson();
  const found: EntryPoint[] = [];
  for (const [key, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue;
    const source = target.types.replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, '.ts');
    const specifier = posix.join(manifest.name, key);
    if (!source.includes('*')) {
      found.push({ specifier, source });
      continue;
    }
    const [head = '', tail = ''] = source.split('*');
    for (const file of filesUnder(posix.dirname(`${head}x`), tail)) {
      const matched = file.slice(head.length, -tail.length);
      if (file.startsWith(head) && matched !== 'index')
        found.push({ specifier: specifier.replace('*', matched), source: file });
    }
  }
  return found;
}
