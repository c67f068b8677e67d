import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** client-node and the Node 24 it needs, in a scratch folder unless folders are given. The caller removes `scratch`. */
export async function scratchInstall(given, say) {
  const scratch = await mkdtemp(join(tmpdir(), 'keelson-informer-'));
  const install = async (name, spec) => {
    const path = join(scratch, name);
    await mkdir(path);
    await writeFile(join(path, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
    say(`installing ${spec} …`);
    const args = ['install', '--force', spec, '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', args, { cwd: path, maxBuffer: 2 ** 26 });
    return path;
  };
  const binary = `node-${process.platform}-${process.arch}`;
  const node24 = given.node24 ?? join(await install('node', `${binary}@24`), 'node_modules', binary, 'bin', 'node');
  return { scratch, node24, theirs: given['client-node'] ?? (await install('theirs', '@kubernetes/client-node')) };
}
