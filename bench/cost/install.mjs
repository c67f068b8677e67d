import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs npm quietly; its error carries all it said: compilers complain on standard output, which the error of a child leaves out. */
async function npm(args, cwd) {
  try {
    await run('npm', [...args, '--no-audit', '--no-fund', '--prefer-offline'], { cwd, maxBuffer: 2 ** 26 });
  } catch (error) {
    const { code, signal, stdout = '', stderr = '' } = error;
    const end = signal ? `was ended by ${signal}` : `ended with ${code}`;
    throw new Error(`npm ${args.join(' ')} in ${cwd} ${end}:\n${stdout}\n${stderr}`, { cause: error });
  }
}

/**
 * Packs a copy of the checkout. Packing begins by removing `dist`: in the checkout itself, that takes the ground from under whatever else
 * builds or runs there (the tests pack too), and that from under this.
 */
async function pack(scratch) {
  const copy = join(scratch, 'checkout');
  const left = new Set(['node_modules', 'dist', '.git', 'docs'].map((name) => join(root, name)));
  await cp(root, copy, { recursive: true, filter: (path) => !left.has(path) });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  await npm(['pack', '--pack-destination', scratch], copy);
}

/** Installs both packages and a Node 24 binary into a scratch folder, and weighs them. The caller removes the folder. */
export async function install(say) {
  const scratch = await mkdtemp(join(tmpdir(), 'keelson-cost-'));
  const [node, ours, theirs] = await Promise.all(['node', 'ours', 'theirs'].map((name) => folder(scratch, name)));

  say('packing keelson …');
  await pack(scratch);
  const tarball = (await readdir(scratch)).find((name) => name.endsWith('.tgz'));

  say('installing keelson, @kubernetes/client-node and Node 24 …');
  await npm(['install', join(scratch, tarball)], ours);
  await npm(['install', '@kubernetes/client-node'], theirs);
  const binary = `node-${process.platform}-${process.arch}`;
  await npm(['install', '--force', `${binary}@24`], node);
  const bytes = { ours: await weigh(join(ours, 'node_modules')), theirs: await weigh(join(theirs, 'node_modules')) };

  // For the compiler: client-node brings Node's types as a dependency, users of ours have them by themselves. The same for both.
  const types = await versionOf(theirs, '@types/node');
  await npm(['install', '--save-dev', `@types/node@${types}`], ours);

  return {
    scratch,
    ours,
    theirs,
    bytes,
    node24: join(node, 'node_modules', binary, 'bin', 'node'),
    tsc: join(root, 'node_modules', 'typescript', 'lib', 'tsc.js'),
    versions: {
      keelson: await versionOf(ours, 'keelson'),
      'client-node': await versionOf(theirs, '@kubernetes/client-node'),
      node: await versionOf(node, binary),
      'node at hand': process.versions.node,
      typescript: await versionOf(root, 'typescript'),
    },
  };
}

async function folder(scratch, name) {
  const path = join(scratch, name);
  await mkdir(path);
  await writeFile(join(path, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  return path;
}

async function versionOf(folder, name) {
  return JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** The bytes of all files under a folder. */
async function weigh(path) {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
